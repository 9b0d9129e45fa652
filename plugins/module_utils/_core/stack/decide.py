# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be done to a project, service by service, and why."""

from __future__ import annotations

from dataclasses import replace

from ..findings import Finding
from . import findings_of, images, objects, ripple, standing
from .drift import drift
from .facts import Case, Facts
from .learned import Learned
from .model import Stack
from .order import in_order, with_needs
from .plan import KEEP, RECREATE, REMOVE, Plan, Step
from .present import Present
from .verdict import verdict
from .wish import Wish


def decide(stack: Stack, present: Present, learned: Learned, wish: Wish, facts: Facts) -> Plan:
    """The same plan for check mode and the real run. It depends on values alone, not on their order."""
    case = Case(stack, present, learned, wish, facts)
    return _present(case) if wish.state == "present" else standing.plan(case)


def _present(case: Case) -> Plan:
    wish, services = case.wish, case.stack.services
    selected = with_needs(services, wish.services) if wish.services else frozenset(services)
    things = objects.changes(case, selected)
    drifted = {} if wish.drift == "ignore" else drift(case.stack, case.present, case.facts.inspected)
    chosen = [name for name in in_order(services) if name in selected or _on_changed(case, name, things)]
    steps = {name: verdict(case, services[name], things, drifted.get(name, ())) for name in chosen}
    spread = ripple.spread(case, steps, tuple(chosen))
    unknown = {name for name in chosen if images.fetch(case, services[name]).unknown}
    findings = [
        *findings_of.unknown_names(case),
        *things.findings,
        *_not_recreated(case, things, spread),
        *findings_of.cut_off(case, spread),
        *findings_of.only_fetching_tells(services, spread, unknown),
        *findings_of.orphans({} if wish.remove_orphans or wish.services else _orphans(case)),
    ]
    return Plan(
        steps=(*_removals(case), *_every(case, spread)),
        others=things.others,
        findings=tuple(findings),
        exact=case.facts.exact and not unknown,
        drift=tuple(f"{name}: {line}" for name in sorted(drifted) for line in drifted[name]),
    )


def _on_changed(case: Case, name: str, things: objects.Objects) -> bool:
    """A network or volume is not made again under the feet of a service that was not selected."""
    service = case.stack.services[name]
    uses = bool(things.networks & set(service.networks) or things.volumes & set(objects.volumes_of(service)))
    return uses and bool(case.containers(name))


def _every(case: Case, steps: dict[str, Step]) -> tuple[Step, ...]:
    """In dependency order, with those that were not selected."""
    every = []
    for name in in_order(case.stack.services):
        there = len(case.containers(name))
        every.append(steps.get(name) or Step(name, KEEP, replicas=case.stack.services[name].replicas, present=there))
    return tuple(every)


def _orphans(case: Case) -> dict[str, tuple[str, ...]]:
    """Containers of services that are not active. Those of `compose run` belong to whoever ran them."""
    found: dict[str, list[str]] = {}
    for one in case.present.containers:
        if one.service not in case.stack.services and not one.one_off and one.state != "removing":
            found.setdefault(one.service, []).append(one.name)
    return {service: tuple(sorted(names)) for service, names in sorted(found.items())}


def _removals(case: Case) -> tuple[Step, ...]:
    """First of all: an orphan may hold the port of the service that replaces it."""
    if not case.wish.remove_orphans or case.wish.services:
        return ()
    reason = "not in the files, or no active profile enables it"
    orphans = _orphans(case)
    return tuple(Step(name, REMOVE, (reason,), replicas=0, present=len(names)) for name, names in orphans.items())


def _not_recreated(case: Case, things: objects.Objects, steps: dict[str, Step]) -> list[Finding]:
    if case.wish.recreate != "never":
        return []
    asked = Case(case.stack, case.present, case.learned, replace(case.wish, recreate="auto"), case.facts)
    would = {name: verdict(asked, case.stack.services[name], things) for name in steps}
    would = {name: step for name, step in would.items() if step.action == RECREATE}
    return list(findings_of.not_recreated(case, would, steps))
