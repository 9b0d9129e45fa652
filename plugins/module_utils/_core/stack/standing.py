# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans for a project that shall be stopped, restarted or gone: of all its containers, whatever the files say now."""

from __future__ import annotations

from collections.abc import Iterator

from .facts import Case
from .findings_of import nothing_to_restart
from .order import needs, sorted_by_need
from .plan import KEEP, REMOVE, RESTART, START, STOP, Plan, Step
from .present import LABEL, Container

_UP = ("running", "paused", "restarting")


def plan(case: Case) -> Plan:
    """Nothing is pulled, built or created here."""
    make = {"absent": _absent, "stopped": _stopped, "restarted": _restarted}[case.wish.state]
    names = _names(case) if case.wish.state == "restarted" else tuple(reversed(_names(case)))
    steps = tuple(make(case, name, _of(case, name)) for name in names)
    others = _leftovers(case) if case.wish.state == "absent" and not case.wish.services else ()
    findings = tuple(nothing_to_restart(step.service) for step in steps if _missing(case, step))
    return Plan(steps, others, findings, exact=True)


def _names(case: Case) -> tuple[str, ...]:
    """What is needed first. Of services that are in no file the labels of their containers say what they need."""
    services = case.stack.services
    every = {name: needs(service) for name, service in services.items()}
    for one in case.present.containers:
        if one.service not in services:
            every[one.service] = tuple(_labelled(one))
    return tuple(name for name in sorted_by_need(every) if not case.wish.services or name in case.wish.services)


def _labelled(container: Container) -> Iterator[str]:
    """`db:service_healthy:false,cache:service_started:false`"""
    for entry in container.labels.get(f"{LABEL}depends_on", "").split(","):
        yield entry.partition(":")[0]


def _of(case: Case, service: str) -> tuple[Container, ...]:
    """With containers of `compose run`: they hold networks, and nobody wants them to stay."""
    return tuple(one for one in case.present.containers if one.service == service and one.state != "removing")


def _absent(case: Case, service: str, containers: tuple[Container, ...]) -> Step:
    if not containers:
        return Step(service, KEEP, replicas=0)
    return Step(service, REMOVE, ("state: absent",), replicas=0, present=len(containers))


def _stopped(case: Case, service: str, containers: tuple[Container, ...]) -> Step:
    count = len(containers)
    if any(one.state in _UP for one in containers):
        return Step(service, STOP, ("state: stopped",), replicas=count, present=count)
    return Step(service, KEEP, replicas=count, present=count)


def _restarted(case: Case, service: str, containers: tuple[Container, ...]) -> Step:
    """What was stopped is started, except where no active service is behind it, and one-shots stay as they are."""
    count, known = len(containers), case.stack.services.get(service)
    if known and known.one_shot:
        return Step(service, KEEP, replicas=count, present=count)
    own = [one for one in containers if not one.one_off]
    if any(one.state in _UP for one in own):
        return Step(service, RESTART, ("state: restarted",), replicas=count, present=count)
    action = START if own and known else KEEP
    return Step(service, action, ("state: restarted",) if action == START else (), replicas=count, present=count)


def _missing(case: Case, step: Step) -> bool:
    known = case.stack.services.get(step.service)
    wanted = known is not None and known.replicas > 0 and not known.one_shot
    return case.wish.state == "restarted" and wanted and step.present == 0


def _leftovers(case: Case) -> tuple[str, ...]:
    """Networks and, where asked, volumes that Compose made for this project."""
    mine = case.stack.project
    networks = sorted(one.name for one in case.present.networks.values() if one.labels.get(f"{LABEL}project") == mine)
    volumes = sorted(one.name for one in case.present.volumes.values() if one.labels.get(f"{LABEL}project") == mine)
    gone = volumes if case.wish.remove_volumes else []
    return (*(f"network {name}: remove" for name in networks), *(f"volume {name}: remove" for name in gone))
