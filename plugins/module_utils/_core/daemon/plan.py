# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of docker_daemon does, decided from values: check mode, diff mode and the real run share it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..findings import ERROR, Finding
from . import changes as core
from .document import text_of
from .masking import masked, masked_pair
from .merge import ABSENT, Merged, Setting, look_up, merge, put
from .schema import OF_THE_BRIDGE, RESTART
from .validate import Dockerd, mended, problems

AUTO, NOTHING = "auto", "none"


@dataclass(frozen=True)
class Record:
    """What earlier runs left: our settings, whether the file is ours, and what dockerd has not taken yet."""

    settings: tuple[Setting, ...] = ()
    created: bool = False
    pending: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        listed = [setting.as_json() for setting in self.settings]
        return {"settings": listed, "created": self.created, "pending": dict(self.pending)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Record:
        settings = tuple(Setting.from_json(it) for it in value.get("settings", ()))
        return cls(settings, bool(value.get("created")), dict(value.get("pending", {})))


@dataclass(frozen=True)
class Wanted:
    """What the user asks for. `config` is empty when nothing of ours shall stay."""

    config: Mapping[str, Any]
    apply: str = AUTO
    allow_restart: bool = True


@dataclass(frozen=True)
class Present:
    """What is there. `config` is None where there is no file, `info` where no dockerd runs.

    `restartable` says that systemd started the dockerd that runs.
    """

    config: Mapping[str, Any] | None
    record: Record = field(default_factory=Record)
    dockerd: Dockerd = field(default_factory=Dockerd)
    info: Mapping[str, Any] | None = None
    restartable: bool = True


@dataclass(frozen=True)
class Plan:
    """`pending` is what dockerd still has to take when this plan has been carried out."""

    present: Present
    ours: Mapping[str, Any]
    merged: Merged
    changes: tuple[core.Change, ...]
    action: str
    pending: Mapping[str, str]
    findings: tuple[Finding, ...]

    @property
    def removes(self) -> bool:
        """A file that we made, and in which nothing is left."""
        return self.present.config is not None and self.present.record.created and not self.merged.config

    @property
    def installs(self) -> bool:
        missing = self.present.config is None and bool(self.merged.config)
        return bool(self.changes) or missing or self.removes

    @property
    def text(self) -> str:
        return text_of(self.merged.config)

    @property
    def changed(self) -> bool:
        return self.installs or self.action != core.NONE

    @property
    def keeps_containers(self) -> bool:
        return bool(self.merged.config.get("live-restore"))

    @property
    def reload_first(self) -> bool:
        """live-restore has to be on in the dockerd that stops, or its containers stop with it."""
        active = bool((self.present.info or {}).get("LiveRestoreEnabled"))
        return self.action == RESTART and self.keeps_containers and not active

    @property
    def for_no_containers(self) -> set[str]:
        """What changes, and is not in effect after a restart that leaves containers running."""
        keeping = self.action == RESTART and self.keeps_containers
        return {change.key for change in self.changes if change.key in OF_THE_BRIDGE} if keeping else set()

    @property
    def record(self) -> Record:
        created = bool(self.merged.config) and (self.present.config is None or self.present.record.created)
        return Record(self.merged.settings, created, self.pending)

    @property
    def reasons(self) -> list[str]:
        waiting = [f"{key}: in the file, and not in effect yet ({takes})" for key, takes in self._waiting().items()]
        return [*(change.as_text() for change in self.changes), *waiting]

    def _waiting(self) -> dict[str, str]:
        changed = {change.key for change in self.changes}
        return {key: takes for key, takes in sorted(self.present.record.pending.items()) if key not in changed}

    @property
    def conflicts(self) -> list[dict[str, Any]]:
        return [_conflict(setting) for setting in sorted(self.merged.conflicts, key=lambda it: it.path)]

    @property
    def diff(self) -> tuple[str, str]:
        """Empty on both sides exactly when nothing changes."""
        if not self.changed:
            return "", ""
        before, after = masked_pair(dict(self.present.config or {}), self.merged.config)
        sides = ["" if self.present.config is None else text_of(before), "" if self.removes else text_of(after)]
        if self.action != core.NONE:
            sides[1] += f"# dockerd: {self.action}\n"
        return sides[0], sides[1]


def _conflict(setting: Setting) -> dict[str, Any]:
    """Both values masked; `None` is a setting that is taken out."""
    shown: dict[str, Any] = {}
    for name, value in (("host", setting.before), ("ours", setting.ours)):
        whole: dict[str, Any] = {}
        put(whole, setting.path, value)
        found = look_up(masked(whole), setting.path)
        shown[name] = None if found is ABSENT else found
    return {"key": ".".join(setting.path), **shown}


def decide(wanted: Wanted, present: Present) -> Plan:
    ours = mended(wanted.config)
    merged = merge(present.config or {}, ours, present.record.settings)
    changed = tuple(core.changes(present.config or {}, merged.config))
    takes = {**present.record.pending, **{change.key: change.takes for change in changed}}
    action = _action(wanted.apply, takes) if present.info is not None else core.NONE
    found = problems(merged.config, ours, present.dockerd)
    found += _not_here(merged.config, changed, present.info or {})
    if action == RESTART and not (wanted.allow_restart and present.restartable):
        found += _refused(takes, wanted.allow_restart)
    pending = _left(action, takes) if present.info is not None else {}
    return Plan(present, ours, merged, changed, action, pending, tuple(found))


def _action(apply: str, takes: Mapping[str, str]) -> str:
    if apply == NOTHING or not takes:
        return core.NONE
    return core.action(takes.values()) if apply == AUTO else apply


def _left(action: str, takes: Mapping[str, str]) -> dict[str, str]:
    if action == RESTART:
        return {}
    return {key: how for key, how in sorted(takes.items()) if action == core.NONE or how == RESTART}


def _refused(takes: Mapping[str, str], allowed: bool) -> list[Finding]:
    why = "systemd did not start the dockerd that runs" if allowed else "allow_restart is false"
    keys = sorted(key for key, how in takes.items() if how == RESTART)
    message = f"dockerd takes a change of this only when it is restarted, and {why}"
    return [Finding("restart-needed", ERROR, key, message) for key in keys]


def _not_here(config: Mapping[str, Any], changed: tuple[core.Change, ...], info: Mapping[str, Any]) -> list[Finding]:
    """What dockerd would refuse, or lose containers by, because of the state that it is in."""
    found = []
    swarm = (info.get("Swarm") or {}).get("LocalNodeState")
    if swarm in ("active", "pending", "locked") and config.get("live-restore"):
        message = f"found true, expected false: the node is part of a swarm ({swarm}), which excludes live-restore"
        found.append(Finding("swarm", ERROR, "live-restore", message))
    if info.get("Containers"):
        found += [_left_behind(change, info) for change in changed if _hides_data(change, info)]
    return found


def _hides_data(change: core.Change, info: Mapping[str, Any]) -> bool:
    """Containers, images and volumes belong to one place, one mapping of users, and one storage driver."""
    if change.key == "storage-driver":
        return bool(change.after is not ABSENT and change.after != info.get("Driver"))
    if change.key == "features":
        sides = [it if isinstance(it, Mapping) else {} for it in (change.before, change.after)]
        return bool(sides[0].get("containerd-snapshotter") != sides[1].get("containerd-snapshotter"))
    return change.key in ("data-root", "userns-remap")


def _left_behind(change: core.Change, info: Mapping[str, Any]) -> Finding:
    message = f"would leave {info['Containers']} containers behind in {info.get('DockerRootDir')}, and images with them"
    return Finding("data-left-behind", ERROR, change.key, message, "remove the containers, or move the data, first")
