# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is learned from a project after a run: labels as Compose wrote them, ids, and what containers got."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from . import oneshots
from .facts import Facts
from .learned import Learned, LearnedService
from .model import Service, Stack
from .plan import CREATE, RECREATE, SIGNAL, Plan, Step
from .present import LABEL, Present


def learn(
    known: Learned,
    stack: Stack,
    present: Present,
    facts: Facts,
    plan: Plan,
    **run: Any,
) -> Learned:
    """`run` are the fields of Learned that the run itself knows: fingerprint, cli, release."""
    elsewhere = {name: one for name, one in known.services.items() if name not in stack.services}
    services = {
        name: _service(service, present, facts, plan.step(name), known.services.get(name))
        for name, service in stack.services.items()
    }
    return Learned(
        version=facts.version,
        services={**elsewhere, **{name: one for name, one in services.items() if one is not None}},
        networks=_pairs(stack.networks, facts.network_hashes, present.networks),
        volumes=_pairs(stack.volumes, facts.volume_hashes, present.volumes),
        **run,
    )


def after_rollback(known: Learned, present: Present) -> Learned:
    """Containers of the old release were made anew: their ids are new, what they got is what it was."""
    services = {
        name: replace(one, containers=tuple(each.id for each in present.of(name)))
        for name, one in known.services.items()
    }
    return replace(known, services=services)


def _service(
    service: Service, present: Present, facts: Facts, step: Step, known: LearnedService | None
) -> LearnedService | None:
    containers = present.of(service.name)
    if not containers:
        return known
    first = containers[0]
    ids = tuple(one.id for one in containers)
    contents = facts.contents.get(service.name, {})
    fresh = known is None or step.action in (CREATE, RECREATE, SIGNAL) or not set(ids) & set(known.containers)
    done = known.done if known else ""
    if service.one_shot and first.exit_code == 0:
        done = oneshots.key(service, first.image_id, contents)
    return LearnedService(
        computed=facts.hashes[service.name],
        label=first.config_hash,
        image_id=first.image_id,
        containers=ids,
        contents=contents if fresh or known is None else known.contents,
        build=facts.builds.get(service.name, known.build if known else ""),
        inodes=facts.inodes.get(service.name, {}) if fresh or known is None else known.inodes,
        done=done,
    )


def _pairs(
    wanted: Mapping[str, Mapping[str, Any]], computed: Mapping[str, str], there: Mapping[str, Any]
) -> dict[str, tuple[str, str]]:
    """Name on the engine -> our hash and Compose's."""
    return {
        str(one["name"]): (computed.get(key, ""), str(there[one["name"]].labels.get(f"{LABEL}config-hash", "")))
        for key, one in wanted.items()
        if one["name"] in there and not one.get("external")
    }
