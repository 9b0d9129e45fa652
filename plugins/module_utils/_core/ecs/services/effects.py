# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each path that differs means: a deployment, tasks that wait for one, a change in place, or a replacement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .members import DEPLOYMENT, EFFECTS, ELSEWHERE, IN_PLACE, NEEDS_FORCE, REPLACEMENT, elsewhere, member_of
from .present import Present

_UNTIL_FORCED = "; tasks that run keep what they have until force_new_deployment replaces them"
_BROUGHT = "; the deployment of this run brings it to all tasks"


@dataclass(frozen=True)
class Change:
    """One path that differs. `effect` is the kind of change, `sentence` what happens."""

    path: str
    effect: str
    sentence: str

    def as_dict(self) -> dict[str, str]:
        return {"path": self.path, "effect": self.effect, "sentence": self.sentence}


@dataclass(frozen=True)
class Judge:
    """`asked`: the members asked for. `updatable`: those that UpdateService of the installed botocore takes."""

    asked: Mapping[str, Any]
    present: Present
    updatable: tuple[str, ...]

    def change(self, path: str) -> Change:
        return Change(path, *self._effect(member_of(path, self.asked)))

    def member(self, change: Change) -> str:
        return member_of(change.path, self.asked)

    def _effect(self, member: str) -> tuple[str, str]:
        if member == "tags":
            return IN_PLACE, "the tags of the service change, those of its tasks do not"
        other = elsewhere(member, self.present.controller)
        if other:
            return ELSEWHERE, other
        if member == "launchType":
            return self._launch_type()
        if member not in self.updatable:
            return REPLACEMENT, "UpdateService cannot change it: the service must be deleted and created again"
        effect, sentence = EFFECTS.get(member, (IN_PLACE, "UpdateService changes it"))
        if member == "desiredCount":
            sentence = f"{self.present.desired_count} become {self.asked[member]}: {sentence}"
        return effect, sentence + (_UNTIL_FORCED if effect == NEEDS_FORCE else "")

    def _launch_type(self) -> tuple[str, str]:
        """UpdateService takes none; an empty list of capacity providers leads back from them to the launch type."""
        if self.present.settings.get("capacityProviderStrategy"):
            effect, sentence = EFFECTS["launchType"]
            return effect, sentence + _UNTIL_FORCED
        hint = "a capacity_provider_strategy could take its place without that"
        return REPLACEMENT, f"UpdateService takes no launch type: the service must be deleted and created again; {hint}"


def brought(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Where the run starts a deployment anyway, what waits for one comes with it."""
    listed = tuple(changes)
    if not any(change.effect == DEPLOYMENT for change in listed):
        return listed
    return tuple(replace(change, sentence=change.sentence.replace(_UNTIL_FORCED, _BROUGHT)) for change in listed)


def outermost(paths: Iterable[str]) -> list[str]:
    """Where a list came or went as a whole, its items need not be told one by one."""
    kept: list[str] = []
    for path in sorted(paths, key=len):
        if not any(path.startswith((f"{outer}[", f"{outer}.")) for outer in kept):
            kept.append(path)
    return [path for path in paths if path in kept]
