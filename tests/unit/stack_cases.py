# SPDX-License-Identifier: GPL-3.0-or-later
"""The cases under cases/stack as values: what `tools/record_stack.py` recorded of a real engine, read by our own code.

Beside what that tool reads, `case.yml` has: `about`; `wish` (options); `learned: false` where nothing is known of the
first run; `done` (one-shots known to have run); `stale` (contents that were compared in the containers); `inodes`
(service: [file, then, now]); and what is expected: `plan` (service: action; `plan 2.26.1` where a version differs),
`reasons`, `others`, `findings` (rules), `drift`, `pull`, `run_once`. `unlike_compose` says why the plan is not what
`docker compose up` does, for all versions or by version; without it both have to agree.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import yaml
from ansible_collections.slipway.containers.plugins.module_utils._core.stack import (
    config_hash,
    decide,
    oneshots,
    reader,
    versions,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.learned import Learned, LearnedService
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.model import Content, Stack
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.plan import Plan
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.present import LABEL, Present
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.release import Release
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.wish import Wish
from ansible_collections.slipway.containers.plugins.module_utils._io.engine import reads
from ansible_collections.slipway.containers.plugins.module_utils._io.engine.client import Engine

CASES = Path(__file__).parent / "cases" / "stack"
VERSIONS = ("2.26.1", "2.40.3")


class Recorded:
    """Answers as the engine gave them. Filters were applied when they were recorded, but for the image's name."""

    def __init__(self, listed: Mapping[str, Any]) -> None:
        self.answers = {
            "/containers/json": listed["containers"],
            "/networks": listed["networks"],
            "/volumes": listed["volumes"],
            "/images/json": listed["images"],
        }

    def get(self, path: str, **_query: Any) -> Any:
        return self.answers[path]


@dataclass(frozen=True)
class StackCase:
    """One case under one version of Compose."""

    folder: Path
    version: str

    @cached_property
    def told(self) -> dict[str, Any]:
        return yaml.safe_load((self.folder / "case.yml").read_text(encoding="utf-8"))

    @cached_property
    def recorded(self) -> dict[str, Any]:
        return json.loads((self.folder / f"recorded-{self.version}.json").read_text(encoding="utf-8"))

    @cached_property
    def wish(self) -> Wish:
        wish = dict(self.told.get("wish", {}))
        return Wish(**{name: tuple(value) if isinstance(value, list) else value for name, value in wish.items()})

    @cached_property
    def stack(self) -> Stack:
        return reader.read(self.recorded["model"], self.wish.one_shot)

    @cached_property
    def first_stack(self) -> Stack:
        return reader.read(self.recorded["model_first"], self.wish.one_shot)

    def present(self, when: str = "now") -> Present:
        stack = self.stack if when == "now" else self.first_stack
        references = [service.image for service in stack.services.values()]
        engine: Engine = cast("Engine", Recorded(self.recorded[when]))  # it answers the one method that is called
        return reads.present(engine, stack.project, references)

    def hashes(self, stack: Stack, present: Present) -> dict[str, str]:
        version = versions.parse(self.version)
        ids = {
            name: min(((one.name, one.id) for one in present.of(name)), default=("", name))[1]
            for name in stack.services
        }
        return {name: config_hash.service_hash(one, version, ids) for name, one in stack.services.items()}

    def contents(self, stack: Stack, files: Mapping[str, str]) -> dict[str, dict[str, str]]:
        found = {}
        for name, service in stack.services.items():
            texts = {one.key: _text(one, files) for one in service.contents}
            found[name] = {
                key: hashlib.sha256(text.encode()).hexdigest() for key, text in texts.items() if text is not None
            }
        return found

    @cached_property
    def facts(self) -> decide.Facts:
        version, present = versions.parse(self.version), self.present()
        files = {**self.told.get("files", {}), **self.told.get("files_now", {})}
        learned = self.told.get("learned", True)
        inspects = self.wish.drift != "ignore" or not learned
        return decide.Facts(
            hashes=self.hashes(self.stack, present),
            network_hashes={key: config_hash.network_hash(one, version) for key, one in self.stack.networks.items()},
            volume_hashes={key: config_hash.volume_hash(one, version) for key, one in self.stack.volumes.items()},
            contents=self.contents(self.stack, files),
            inodes=self._inodes(self.stack, 2),
            inspected=self.recorded["now"]["inspected"] if inspects else {},
            last=Release(1, self.first_stack.project, self.recorded["model_first"], {}) if learned else None,
            version=self.version,
            stale_contents={name: tuple(keys) for name, keys in self.told.get("stale", {}).items()},
        )

    def _inodes(self, stack: Stack, which: int) -> dict[str, dict[str, str]]:
        found = {}
        for name, told in self.told.get("inodes", {}).items():
            sources = [mount.source for mount in stack.services[name].mounts if mount.source.endswith(told[0])]
            found[name] = dict.fromkeys(sources, told[which])
        return found

    @cached_property
    def learned(self) -> Learned:
        """As it is after the first run."""
        if not self.told.get("learned", True):
            return Learned()
        stack, present, version = self.first_stack, self.present("first"), versions.parse(self.version)
        hashes = self.hashes(stack, present)
        contents = self.contents(stack, self.told.get("files", {}))
        inodes = self._inodes(stack, 1)
        services = {}
        for name, service in stack.services.items():
            containers = present.of(name)
            if containers:
                image = containers[0].image_id
                services[name] = LearnedService(
                    computed=hashes[name],
                    label=containers[0].config_hash,
                    image_id=image,
                    containers=tuple(one.id for one in containers),
                    contents=contents[name],
                    inodes=inodes.get(name, {}),
                    done=oneshots.key(service, image, contents[name]) if name in self.told.get("done", ()) else "",
                )
        pairs = {
            one.name: (
                config_hash.network_hash(stack.networks[key], version),
                one.labels.get(f"{LABEL}config-hash", ""),
            )
            for key in stack.networks
            for one in present.networks.values()
            if one.name == stack.networks[key]["name"]
        }
        return Learned(services=services, networks=pairs, version=self.version)

    @cached_property
    def plan(self) -> Plan:
        return decide.decide(self.stack, self.present(), self.learned, self.wish, self.facts)

    @property
    def expected(self) -> dict[str, str]:
        return self.told.get(f"plan {self.version}", self.told["plan"])

    @property
    def differs(self) -> str:
        """Why the plan is not what Compose does."""
        unlike = self.told.get("unlike_compose", "")
        return unlike.get(self.version, "") if isinstance(unlike, dict) else unlike


def _text(content: Content, files: Mapping[str, str]) -> str | None:
    if content.text is not None:
        return content.text
    return files.get((content.source or "").rpartition("/")[2])


def cases() -> list[StackCase]:
    folders = sorted(one for one in CASES.iterdir() if one.is_dir())
    return [StackCase(folder, version) for folder in folders for version in VERSIONS]
