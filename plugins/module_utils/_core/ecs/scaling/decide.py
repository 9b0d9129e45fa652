# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What would change of a service's scaling, and what of it may surprise.

A scheduled action sets the bounds of the scalable target itself. So a bound that one of the actions sets is left alone
where it differs from the option: otherwise each run at night would start what the action has stopped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...aws import tags
from ...findings import ERROR, Finding
from ...tree import differing
from .actions import BOUNDS, Action
from .policies import Policy, same_metric
from .wish import Wish

_SUSPENDED = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")
_OPTIONS = {member: option for option, member in BOUNDS.items()}


@dataclass(frozen=True)
class Present:
    """What is there. `target` is the scalable target as AWS describes it."""

    target: Mapping[str, Any] | None = None
    policies: Sequence[Policy] = ()
    actions: Sequence[Action] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """What results, and how to get there. `before` and `after` are for people, empty where nothing changes."""

    target: dict[str, Any]
    policies: list[Policy]
    actions: list[Action]
    tags: tags.TagChange
    before: dict[str, Any]
    after: dict[str, Any]
    reasons: list[str]
    register: dict[str, Any] | None = None
    remove_policies: list[str] = field(default_factory=list)
    put_policies: list[Policy] = field(default_factory=list)
    remove_actions: list[str] = field(default_factory=list)
    put_actions: list[Action] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        return self.before != self.after


def decide(wish: Wish, present: Present) -> Decision:
    new = present.target is None
    there = {policy.name: policy for policy in present.policies}
    scheduled = {action.name: action for action in present.actions}
    wanted = {policy.name: policy for policy in wish.policies or []}
    timed = {action.name: action for action in wish.actions or []}
    policies = {**_kept(there, wanted, wish.purge_policies and wish.policies is not None), **wanted}
    actions = {**_kept(scheduled, timed, wish.purge_actions and wish.actions is not None), **timed}
    tagged = tags.change(present.tags, wish.tags, wish.purge_tags)
    target = _target(wish, present.target or {}, list(actions.values()))
    before = {} if new else _view(present.target or {}, there, scheduled, present.tags)
    after = _view(target, policies, actions, tagged.wanted)
    other_kind = [name for name in wanted if name in there and there[name].kind != wanted[name].kind]
    return Decision(
        target,
        list(policies.values()),
        list(actions.values()),
        tagged,
        *((before, after) if before != after else ({}, {})),
        reasons=[f"{wish.resource} is no scalable target"] if new else differing(before, after),
        register=_registration(target, present.target, tagged.wanted),
        remove_policies=[*(name for name in there if name not in policies), *other_kind],
        put_policies=[policy for policy in wanted.values() if not _same(policy, there.get(policy.name))],
        remove_actions=[name for name in scheduled if name not in actions],
        put_actions=[action for action in timed.values() if not _same(action, scheduled.get(action.name))],
    )


def _kept(there: Mapping[str, Any], wanted: Mapping[str, Any], purge: bool) -> dict[str, Any]:
    return {name: item for name, item in there.items() if name in wanted or not purge}


def _same(wanted: Policy | Action, there: Policy | Action | None) -> bool:
    return there is not None and there.canonical() == wanted.canonical()


def _target(wish: Wish, present: Mapping[str, Any], actions: Sequence[Action]) -> dict[str, Any]:
    """The scalable target as it will be."""
    suspended = {**_suspended(present), **wish.suspended}
    fires = not suspended["ScheduledScalingSuspended"]
    target = {**present, "SuspendedState": suspended}
    for member, bound in wish.bounds.items():
        by_schedule = [action.bounds[member] for action in actions if member in action.bounds] if fires else []
        if present.get(member) is None or present[member] not in by_schedule:
            target[member] = bound
    return target


def _suspended(target: Mapping[str, Any]) -> dict[str, bool]:
    """All three members, false where AWS or an emulator says nothing of them."""
    return {member: bool((target.get("SuspendedState") or {}).get(member)) for member in _SUSPENDED}


def _registration(
    target: Mapping[str, Any], present: Mapping[str, Any] | None, tagged: Mapping[str, str]
) -> dict[str, Any] | None:
    """For RegisterScalableTarget: both bounds where one changes, since AWS looks at them together."""
    bounds = {member: target[member] for member in BOUNDS.values() if target.get(member) is not None}
    if present is None:
        suspended = {"SuspendedState": target["SuspendedState"]} if any(target["SuspendedState"].values()) else {}
        return {**bounds, **suspended, **({"Tags": dict(tagged)} if tagged else {})}
    changed = {} if all(present.get(member) == bound for member, bound in bounds.items()) else bounds
    if target["SuspendedState"] != _suspended(present):
        changed = {**changed, "SuspendedState": target["SuspendedState"]}
    return changed or None


def _view(
    target: Mapping[str, Any],
    policies: Mapping[str, Policy],
    actions: Mapping[str, Action],
    tagged: Mapping[str, str],
) -> dict[str, Any]:
    suspended = {member: value for member, value in _suspended(target).items() if value}
    bounds = {member: target[member] for member in BOUNDS.values() if target.get(member) is not None}
    view = {
        "scalable_target": {**bounds, **suspended},
        "policies": {name: policies[name].canonical() for name in sorted(policies)},
        "scheduled_actions": {name: actions[name].canonical() for name in sorted(actions)},
        "tags": dict(tagged),
    }
    return {part: value for part, value in view.items() if value}


def conflicts(wish: Wish, decision: Decision) -> list[Finding]:
    """What AWS would refuse, now that it is known what is there."""
    low, high = (decision.target.get(member) for member in BOUNDS.values())
    findings = [
        Finding("capacity", ERROR, option, f"{wish.resource} is no scalable target yet, so both bounds are needed")
        for option, member in BOUNDS.items()
        if decision.target.get(member) is None
    ]
    if low is not None and high is not None and low > high:
        message = f"MinCapacity would be {low} and MaxCapacity {high}, expected no more than that"
        findings.append(Finding("capacity", ERROR, "min_capacity", message, "give min_capacity and max_capacity"))
    return [*findings, *same_metric(wish.policies or [], decision.policies)]


def advice(wish: Wish, decision: Decision) -> list[str]:
    """What AWS takes and nobody can have meant."""
    return [*_bounds_that_do_not_come_back(wish, decision), *_one_sided(decision), *_stuck_at_zero(decision)]


def _bounds_that_do_not_come_back(wish: Wish, decision: Decision) -> list[str]:
    said = []
    for member, bound in wish.bounds.items():
        setting = {action.name: action.bounds[member] for action in decision.actions if member in action.bounds}
        if setting and bound not in setting.values():
            names = ", ".join(f"{name} ({value})" for name, value in setting.items())
            said.append(
                f"{_OPTIONS[member]} is {bound}, and every scheduled action that sets it says otherwise: {names}. "
                f"So {bound} counts only until the first of them has run."
            )
    return said


def _one_sided(decision: Decision) -> list[str]:
    """Actions that set one bound beyond the other: AWS asks for both where they would cross."""
    low, high = (decision.target.get(member) for member in BOUNDS.values())
    said = []
    for action in decision.actions:
        lowest, highest = action.bounds.get("MinCapacity", low), action.bounds.get("MaxCapacity", high)
        if len(action.bounds) == 1 and lowest is not None and highest is not None and lowest > highest:
            said.append(
                f"The scheduled action {action.name} would leave MinCapacity {lowest} above MaxCapacity {highest}, "
                "which AWS does not take. Let it set both."
            )
    return said


def _stuck_at_zero(decision: Decision) -> list[str]:
    """At no task at all there is no metric of tasks, so nothing that tracks one ever starts the first."""
    starts = [action for action in decision.actions if action.bounds.get("MinCapacity")]
    tracked = all(policy.metric is not None and "PredefinedMetricType" in policy.metric for policy in decision.policies)
    if decision.target.get("MinCapacity") != 0 or starts or not decision.policies or not tracked:
        return []
    return [
        "MinCapacity is 0, and only policies over metrics of running tasks could scale out again: at 0 tasks there is "
        "nothing to measure. Let a scheduled action raise min_capacity, or make it 1."
    ]
