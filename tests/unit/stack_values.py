# SPDX-License-Identifier: GPL-3.0-or-later
"""Small projects made of values, for tests that need no recording: what they are and what an engine has of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.slipway.containers.plugins.module_utils._core.stack.decide import decide
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.facts import Facts
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.learned import Learned, LearnedService
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.model import Stack
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.plan import Plan, Step
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.present import (
    LABEL,
    Container,
    Network,
    Present,
    Volume,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.reader import read
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.wish import Wish

PROJECT = "shop"
IMAGE, IMAGE_ID = "app:1", "sha256:" + "1" * 64


def stack(services: Mapping[str, Mapping[str, Any]], one_shot: tuple[str, ...] = (), **rest: Any) -> Stack:
    """Services with no more than what a test is about."""
    full = {name: {**({} if "build" in config else {"image": IMAGE}), **config} for name, config in services.items()}
    for config in full.values():
        needs = config.get("depends_on") or {}
        if not isinstance(needs, Mapping):
            config["depends_on"] = {name: {"condition": "service_started", "required": True} for name in needs}
    return read({"name": PROJECT, "services": full, **rest}, one_shot)


def container(service: str, number: int = 1, **facts: Any) -> Container:
    """One that is as it should be, but for `facts`."""
    known = {
        "id": f"{service}-{number}".ljust(64, "0"),
        "name": f"{PROJECT}-{service}-{number}",
        "service": service,
        "number": number,
        "state": "running",
        "status": "Up 3 hours",
        "image": IMAGE,
        "image_id": IMAGE_ID,
        "config_hash": f"hash-of-{service}",
        "labels": {f"{LABEL}project": PROJECT, f"{LABEL}service": service},
        "networks": {},
    }
    return Container(**{**known, **facts})


def as_wanted(project: Stack) -> Present:
    """What an engine has where everything is as it should be."""
    networks = {str(one["name"]): _network(key, one) for key, one in project.networks.items()}
    volumes = {
        str(one["name"]): Volume(str(one["name"]), _labels("volume", key)) for key, one in project.volumes.items()
    }
    found = []
    for name, service in project.services.items():
        attached = {str(project.networks[key]["name"]): f"id-of-{key}" for key in service.networks}
        mounts = tuple(
            {"Type": "volume", "Name": project.volumes[one.source]["name"], "Destination": one.target}
            for one in service.mounts
            if one.kind == "volume" and one.source
        )
        ended = {"state": "exited", "status": "Exited (0) 2 hours ago"} if service.one_shot else {}
        same = {"image": service.image, "networks": attached, "mounts": mounts, **ended}
        found.extend(container(name, number, **same) for number in range(1, service.replicas + 1))
    return Present(tuple(found), networks, volumes, {service.image: IMAGE_ID for service in project.services.values()})


def _labels(kind: str, key: str) -> dict[str, str]:
    return {f"{LABEL}project": PROJECT, f"{LABEL}{kind}": key, f"{LABEL}config-hash": f"hash-of-{key}"}


def _network(key: str, definition: Mapping[str, Any]) -> Network:
    return Network(f"id-of-{key}", str(definition["name"]), _labels("network", key))


def facts(project: Stack, **more: Any) -> Facts:
    known = {
        "hashes": {name: f"hash-of-{name}" for name in project.services},
        "network_hashes": {key: f"hash-of-{key}" for key in project.networks},
        "volume_hashes": {key: f"hash-of-{key}" for key in project.volumes},
        "version": "2.40.3",
    }
    return Facts(**{**known, **more})


def learned_of(present: Present, **services: Mapping[str, Any]) -> Learned:
    """As after a run that found everything as it is, but for what is told of a service."""
    known = {}
    for name in sorted({one.service for one in present.containers}):
        ids = tuple(one.id for one in present.of(name))
        same = {"computed": f"hash-of-{name}", "label": f"hash-of-{name}", "image_id": IMAGE_ID, "containers": ids}
        known[name] = LearnedService(**{**same, "contents": {}, **services.get(name, {})})
    return Learned(services=known)


def plan(
    project: Stack,
    present: Present | None = None,
    learned: Learned | None = None,
    wish: Wish | None = None,
    **more: Any,
) -> Plan:
    there = as_wanted(project) if present is None else present
    return decide(project, there, learned or Learned(), wish or Wish(), facts(project, **more))


def only(project: Stack, present: Present | None = None, **options: Any) -> Step:
    """The step of a project of one service."""
    return plan(project, present, **options).step(next(iter(project.services)))
