# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Capacity providers of Auto Scaling groups: what is asked for, and what would change.

Source: botocore, the texts of CreateCapacityProvider, AutoScalingGroupProvider and ManagedScaling.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..aws import tag_rules, tags
from ..aws.compare import asked_of, without_defaults
from ..aws.request import request
from ..aws.shape import ApiModel
from ..findings import ERROR, Finding
from ..tree import differing
from . import capacity_providers

SHAPE = "CreateCapacityProviderRequest"
_GROUP, _ARN, _SCALING = "autoScalingGroupProvider", "autoScalingGroupArn", "managedScaling"
_OFF = "DISABLED"
_DEFAULTS = {"managedTerminationProtection": _OFF, "managedDraining": _OFF}
_SCALING_DEFAULTS = {
    "status": _OFF,
    "targetCapacity": 100,
    "minimumScalingStepSize": 1,
    "maximumScalingStepSize": 10000,
    "instanceWarmupPeriod": 300,
}


@dataclass(frozen=True)
class Wish:
    """What the options ask for; no `group` and no `tags` leave both as they are."""

    name: str
    group: Mapping[str, Any] | None
    tags: Mapping[str, str] | None
    purge_tags: bool


@dataclass(frozen=True)
class Decision:
    """`create` and `update` are the requests to send, None where there is none."""

    before: dict[str, Any]
    after: dict[str, Any]
    reasons: list[str]
    tags: tags.TagChange
    create: dict[str, Any] | None = None
    update: dict[str, Any] | None = None

    @property
    def changed(self) -> bool:
        return self.before != self.after


def read(options: Mapping[str, Any], model: ApiModel) -> tuple[Wish, list[Finding]]:
    """The wish, and everything wrong with it that can be told without asking AWS."""
    name = str(options["name"])
    asked = request({"auto_scaling_group_provider": options.get("auto_scaling_group_provider")}, model, SHAPE)
    tagged, wrong_tags = tag_rules.typed(options.get("tags"))
    wish = Wish(name, asked.values.get(_GROUP), tagged, bool(options.get("purge_tags", True)))
    return wish, [*capacity_providers.names([name], "name"), *asked.findings, *_protected(wish), *wrong_tags]


def _protected(wish: Wish) -> list[Finding]:
    group = wish.group or {}
    scaling = (group.get(_SCALING) or {}).get("status", _OFF)
    if group.get("managedTerminationProtection") != "ENABLED" or scaling == "ENABLED":
        return []
    message = "managedTerminationProtection has no effect without managed scaling"
    path = "auto_scaling_group_provider.managedScaling.status"
    return [Finding("termination-protection", ERROR, path, message, "set it to ENABLED")]


def other_group(wish: Wish, present: Mapping[str, Any] | None) -> bool:
    """Whether another Auto Scaling group is asked for, which no provider can be given."""
    wanted, there = (wish.group or {}).get(_ARN), ((present or {}).get(_GROUP) or {}).get(_ARN)
    return bool(wanted and there and _group_name(wanted) != _group_name(there))


def decide(wish: Wish, present: Mapping[str, Any] | None) -> Decision:
    """Compare, and say what to send."""
    there = present or {}
    tagged = tags.change(there.get("tags") or {}, wish.tags, wish.purge_tags)
    wanted = _view(wish.group or {}, tagged.wanted)
    if present is None:
        listed = {"tags": tags.listed(tagged.wanted)} if tagged.wanted else {}
        create = {"name": wish.name, _GROUP: dict(wish.group or {}), **listed}
        reasons = [f"capacity provider {wish.name} does not exist"]
        return Decision({}, {"name": wish.name, **wanted}, reasons, tagged, create)
    held = there.get(_GROUP) or {}
    before = _view(asked_of(held, wish.group or {}), there.get("tags") or {})
    if before == wanted:
        return Decision({}, {}, [], tagged)
    update = None
    if before.get(_GROUP) != wanted.get(_GROUP):
        update = {
            **(wish.group or {}),
            _SCALING: {**(held.get(_SCALING) or {}), **(wish.group or {}).get(_SCALING, {})},
        }
        del update[_ARN]
    return Decision(before, wanted, differing(before, wanted), tagged, update=update)


def _view(group: Mapping[str, Any], tagged: Mapping[str, str]) -> dict[str, Any]:
    """What a provider means, in one form: no defaults, its group by name."""
    kept = without_defaults({key: value for key, value in group.items() if key != _SCALING}, _DEFAULTS)
    if _ARN in kept:
        kept[_ARN] = _group_name(kept[_ARN])
    kept[_SCALING] = without_defaults(group.get(_SCALING) or {}, _SCALING_DEFAULTS)
    view = {_GROUP: {key: value for key, value in kept.items() if value != {}}, "tags": dict(tagged)}
    return {key: value for key, value in view.items() if value}


def _group_name(arn: str) -> str:
    """arn:...:autoScalingGroup:<id>:autoScalingGroupName/NAME; a name is itself."""
    return arn.rpartition("autoScalingGroupName/")[2]
