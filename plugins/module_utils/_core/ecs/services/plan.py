# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what is asked for and what ECS holds to what has to be done, and what that means. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...aws.tags import TagChange
from ...aws.tags import change as change_of_tags
from ...secrets import masked_pair
from . import downtime
from .effects import Change, Judge, brought, differences
from .form import after, held, same_but_for_groups, settled, telling
from .members import DEPLOYMENT, FORCING, REPLACEMENT, option
from .present import Present
from .wanted import Wanted

CREATE, UPDATE, REPLACE, NOTHING = "create", "update", "replace", "nothing"
#: Counts only when a service is made.
_AT_CREATION = ("clientToken",)
#: The role that AWS gives a service where none was asked for may not be asked for.
_AWS_ROLE = "/aws-service-role/"


@dataclass(frozen=True)
class Bounds:
    """The scalable target of a service: Application Auto Scaling keeps its count within these."""

    minimum: int
    maximum: int


@dataclass(frozen=True)
class Plan:
    """`action` is on the service itself, with `request` in the API's names; `tags` are beside it.

    `settings` are all that the service will have, `before` and `after` the diff, `reasons` the paths that differ.
    """

    action: str
    changes: tuple[Change, ...]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    request: Mapping[str, Any]
    settings: Mapping[str, Any]
    tags: TagChange
    reasons: list[str]
    downtime: str | None = None

    @property
    def changed(self) -> bool:
        return self.action != NOTHING or bool(self.tags)

    @property
    def deploys(self) -> bool:
        """Whether ECS starts a deployment."""
        return self.action == REPLACE or _deploys(self.changes, self.request)

    def of_effect(self, effect: str) -> list[Change]:
        return [change for change in self.changes if change.effect == effect]


def decide(
    wanted: Wanted,
    present: Present | None,
    updatable: Iterable[str],
    bounds: Bounds | None = None,
    purge_tags: bool = True,
) -> Plan:
    """`updatable`: the members that UpdateService of the installed botocore takes. `bounds`: the scalable target."""
    if present is None:
        return _creation(wanted)
    asked = _asked(wanted, present, bounds)
    tags = change_of_tags(present.tags, wanted.tags, purge_tags)
    before, then = _by_option(held(present.settings, asked)), _by_option(settled(asked))
    if wanted.tags is not None:
        before, then = {**before, "tags": dict(present.tags)}, {**then, "tags": tags.wanted}
    judge = Judge(asked, present, tuple(updatable))
    changes = [judge.change(path) for path in differences(before, then)]
    start = _start(wanted, present, changes)
    if start:
        changes.append(Change("deployment", DEPLOYMENT, start))
        before, then = {**before, "deployment": "the present one"}, {**then, "deployment": "a new one"}
    settings = after(present.settings, asked)
    request = _update(changes, judge, settings, bool(start))
    action = _action(changes, request)
    deploys = _deploys(changes, request)
    differs = {key for key in (*before, *then) if before.get(key) != then.get(key)}
    hidden_before, hidden_after = masked_pair(_only(before, differs), _only(then, differs))
    return Plan(
        action=action,
        changes=tuple(brought(changes) if deploys else changes),
        before=hidden_before,
        after=hidden_after,
        request=_again(wanted, settings) if action == REPLACE else request,
        settings=settings,
        tags=tags,
        reasons=[change.path for change in changes],
        downtime=_downtime(action, changes, settings, present, wanted.name, deploys),
    )


def _creation(wanted: Wanted) -> Plan:
    counted = {member: value for member, value in wanted.settings.items() if member not in _AT_CREATION}
    tags = change_of_tags({}, wanted.tags, True)
    made = {"name": wanted.name, **_by_option(settled(counted)), **({"tags": tags.wanted} if tags else {})}
    sentence = "the service does not exist: it is created, and its first deployment starts"
    return Plan(
        action=CREATE,
        changes=(Change("name", DEPLOYMENT, sentence),),
        before={},
        after=masked_pair({}, made)[1],
        request={**wanted.settings, "serviceName": wanted.name},
        settings=counted,
        tags=tags,
        reasons=[f"service {wanted.name} does not exist in cluster {wanted.cluster.rpartition('/')[2]}"],
    )


def _asked(wanted: Wanted, present: Present, bounds: Bounds | None) -> dict[str, Any]:
    """What is asked of a service that exists: with a scalable target, the count that it has, within the bounds."""
    asked = {member: value for member, value in wanted.settings.items() if member not in _AT_CREATION}
    if bounds is not None and "desiredCount" in asked:
        asked["desiredCount"] = min(max(present.desired_count, bounds.minimum), bounds.maximum)
    if present.controller == "CODE_DEPLOY" and same_but_for_groups(present.settings, asked):
        del asked["loadBalancers"]
    return asked


def _by_option(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {option(member): value for member, value in settings.items()}


def _only(settings: Mapping[str, Any], members: set[str]) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if key in members}


def _start(wanted: Wanted, present: Present, changes: Iterable[Change]) -> str:
    """Why a deployment is started though no setting starts one; empty where none is."""
    if wanted.force:
        return "force_new_deployment starts a deployment, in each run"
    if present.failed and not any(change.effect == DEPLOYMENT for change in changes):
        why = present.primary.get("rolloutStateReason") or "AWS gives no reason"
        return f"the last deployment of these settings failed ({why}), so it is started again"
    return ""


def _update(changes: Iterable[Change], judge: Judge, settings: Mapping[str, Any], start: bool) -> dict[str, Any]:
    """Members that differ, each whole: what was not asked for of one is sent as it is."""
    members = dict.fromkeys(judge.member(change) for change in changes)
    request = {member: settings[member] for member in members if member in judge.asked and member != "launchType"}
    if "launchType" in members:
        request["capacityProviderStrategy"] = []
    forced = start or any(member in FORCING for member in request)
    return {**request, **({"forceNewDeployment": True} if forced else {})}


def _deploys(changes: Iterable[Change], request: Mapping[str, Any]) -> bool:
    return "forceNewDeployment" in request or any(change.effect == DEPLOYMENT for change in changes)


def _again(wanted: Wanted, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The request that creates the service anew, with all that it had and is not to change."""
    made = {**telling(settings), "serviceName": wanted.name}
    if _AWS_ROLE in made.get("role", ""):
        del made["role"]
    if made.get("schedulingStrategy") == "DAEMON":
        made.pop("desiredCount", None)
    return made


def _action(changes: Iterable[Change], request: Mapping[str, Any]) -> str:
    if any(change.effect == REPLACEMENT for change in changes):
        return REPLACE
    return UPDATE if request else NOTHING


def _downtime(
    action: str, changes: Iterable[Change], settings: Mapping[str, Any], present: Present, name: str, deploys: bool
) -> str | None:
    tasks = present.tasks or present.desired_count
    if action == REPLACE:
        return downtime.of_replacement(name, tasks)
    if any(change.path == "desired_count" for change in changes) and settings["desiredCount"] == 0:
        return downtime.of_no_tasks(tasks)
    return downtime.of_deployment(settings, tasks) if deploys else None
