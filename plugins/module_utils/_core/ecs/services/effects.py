# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each path that differs means: a deployment, tasks that wait for one, a change in place, or a replacement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...tree import label, labels
from .members import EFFECTS, ELSEWHERE, FORCING, IN_PLACE, NEEDS_FORCE, REPLACEMENT, elsewhere, member_of
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
        return effect, sentence + (_UNTIL_FORCED if effect == NEEDS_FORCE and member not in FORCING else "")

    def _launch_type(self) -> tuple[str, str]:
        """UpdateService takes none; an empty list of capacity providers leads back from them to the launch type."""
        if self.present.settings.get("capacityProviderStrategy"):
            return EFFECTS["launchType"]
        hint = "a capacity_provider_strategy could take its place without that"
        return REPLACEMENT, f"UpdateService takes no launch type: the service must be deleted and created again; {hint}"


def brought(changes: Iterable[Change]) -> list[Change]:
    """The same where the run starts a deployment anyway: what waits for one comes with it."""
    return [replace(change, sentence=change.sentence.replace(_UNTIL_FORCED, _BROUGHT)) for change in changes]


def differences(before: Any, after: Any, path: str = "") -> list[str]:
    """The places that differ, each as far in as both sides go: an item that came is one place, whatever it holds."""
    if before == after:
        return []
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return _within(before, after, path, "{}.{}" if path else "{}{}")
    named = _by_name(before), _by_name(after)
    if path and named[0] and named[1]:
        return _within(named[0], named[1], path, "{}[{}]")
    return [path]


def _within(before: Mapping[str, Any], after: Mapping[str, Any], path: str, place: str) -> list[str]:
    found = []
    for key in dict.fromkeys((*before, *after)):
        found.extend(differences(before.get(key, _NOTHING), after.get(key, _NOTHING), place.format(path, key)))
    return found


def _by_name(items: Any) -> dict[str, Any]:
    """The items of a list by their names; nothing where one has none of its own."""
    if not isinstance(items, list) or any(label(item) is None for item in items):
        return {}
    names = labels(items)
    return dict(zip(names, items)) if names == [label(item) for item in items] else {}


_NOTHING = object()
