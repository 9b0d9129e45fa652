# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the change of one service means for the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from . import oneshots
from .facts import Case
from .model import Service
from .order import with_needs
from .plan import CREATE, KEEP, RECREATE, REMOVE, RESTART, SIGNAL, START, Step
from .versions import Version, parse

#: Until then Compose recreates whatever depends on a recreated service and takes part in the same command.
#: Source: docker/compose, "stop dependent containers before recreating diverged service" (September 2024); measured
#: with 2.26.1 (recreated) and 2.40.3 (kept).
_DEPENDENTS_KEPT_SINCE = Version(2, 30)
_NAMED = (CREATE, RECREATE, REMOVE, START)


def spread(case: Case, steps: Mapping[str, Step], order: tuple[str, ...]) -> dict[str, Step]:
    """Steps of the selected services, in `order`, what is needed first."""
    result = dict(steps)
    for _round in order:  # a chain can be as long as there are services
        before = dict(result)
        for name in order:
            _recreate(case, result, name)
        if result == before:
            break
    for name in order:
        _restart(case, result, name)
    return result


def _recreate(case: Case, steps: dict[str, Step], name: str) -> None:
    step, service = steps[name], case.stack.services[name]
    if step.action == RECREATE or not step.present or service.replicas == 0 or _settled(case, service):
        return
    target = next((one for one in service.shares_with if _anew(steps.get(one))), None)
    reason = f"shares namespaces or volumes with {target}, which gets another container" if target else ""
    if not reason:
        dependency = _recreated_with(case, steps, service)
        reason = (
            f"Compose {case.facts.version} recreates it with {dependency}, which it depends on" if dependency else ""
        )
    if reason and case.wish.recreate != "never":
        kept = step.reasons if step.action != KEEP else ()
        steps[name] = replace(step, action=RECREATE, reasons=(*kept, reason), signal="", run_once=service.one_shot)


def _settled(case: Case, service: Service) -> bool:
    """A one-shot that ran is not run again because something that it used is another."""
    if not service.one_shot:
        return False
    ended = [one for one in case.containers(service.name) if one.state == "exited" and one.exit_code == 0]
    return bool(ended) or oneshots.done(case, service)


def _anew(step: Step | None) -> bool:
    """Whether its first container is another one afterwards."""
    return step is not None and (step.action == RECREATE or (step.action == CREATE and step.present == 0))


def _recreated_with(case: Case, steps: Mapping[str, Step], service: Service) -> str:
    version = parse(case.facts.version)
    if not version.said or version >= _DEPENDENTS_KEPT_SINCE:
        return ""
    named = [name for name, step in steps.items() if step.action in _NAMED]
    if service.name not in with_needs(case.stack.services, named):
        return ""
    anew = (one.service for one in service.depends_on)
    return next((one for one in anew if one in steps and steps[one].action == RECREATE), "")


def _restart(case: Case, steps: dict[str, Step], name: str) -> None:
    step, service = steps[name], case.stack.services[name]
    running = any(one.state == "running" for one in case.containers(name))
    if step.action not in (KEEP, SIGNAL) or not running or service.one_shot:
        return
    asked = (one.service for one in service.depends_on if one.restart)
    dependency = next((one for one in asked if one in steps and steps[one].action == RECREATE), None)
    ended = next((one for one in _namespaces(service) if _stops(case, steps.get(one))), None)
    if dependency:
        reason = f"depends on {dependency} with restart: true, which is recreated"
    elif ended:
        reason = f"shares a namespace with {ended}, which starts anew"
    else:
        return
    steps[name] = replace(step, action=RESTART, reasons=(reason, *step.reasons), signal="")


def _namespaces(service: Service) -> tuple[str, ...]:
    """Volumes outlive a restart, namespaces do not."""
    modes = [str(service.config.get(key) or "") for key in ("network_mode", "pid", "ipc")]
    return tuple(mode.partition(":")[2] for mode in modes if mode.startswith("service:"))


def _stops(case: Case, step: Step | None) -> bool:
    if step is None or step.action not in (RESTART, START):
        return False
    return step.action == RESTART or all(one.state != "paused" for one in case.containers(step.service))
