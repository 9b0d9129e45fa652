# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings that come with a plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..findings import ERROR, INFO, WARNING, Finding
from ..words import did_you_mean
from .facts import Case
from .model import Service
from .plan import CREATE, KEEP, RECREATE, Step


def nothing_to_restart(service: str) -> Finding:
    message = "has no container that could be restarted"
    return Finding("nothing-to-restart", WARNING, f"services.{service}", message, "state: present makes it")


def unknown_names(case: Case) -> Iterator[Finding]:
    """Names in the task that no active service has."""
    known = case.stack.services
    named = {"services": case.wish.services, "one_shot": case.wish.one_shot, "reload_signals": case.wish.reload_signals}
    named = {**named, "ready": tuple(one.service for one in case.wish.ready or () if one.service)}
    for option, names in named.items():
        for name in names:
            if name not in known:
                message = f"names the service '{name}', which the project does not have or no active profile enables"
                yield Finding("unknown-service", ERROR, option, message, did_you_mean(name, known))


def orphans(names: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    for service, containers in names.items():
        message = (
            f"{', '.join(containers)}: the service is not in the files, or no active profile enables it; left as it is"
        )
        yield Finding("orphan", WARNING, f"services.{service}", message, "remove_orphans: true removes it")


def not_recreated(case: Case, would: Mapping[str, Step], steps: Mapping[str, Step]) -> Iterator[Finding]:
    """With `recreate: never`: what would have been done otherwise."""
    for name, step in would.items():
        if step.action == RECREATE and steps[name].action != RECREATE:
            message = f"stays as it is, although: {'; '.join(step.reasons)}"
            yield Finding("not-recreated", WARNING, f"services.{name}", message, "it was asked for: recreate: never")


def cut_off(case: Case, steps: Mapping[str, Step]) -> Iterator[Finding]:
    """Sharers that were not selected lose what they share."""
    anew = {name for name, step in steps.items() if step.action == RECREATE}
    anew |= {name for name, step in steps.items() if step.action == CREATE and step.present == 0}
    for name, service in sorted(case.stack.services.items()):
        target = next((one for one in service.shares_with if one in anew), None)
        if name not in steps and target and case.present.of(name):
            message = f"shares namespaces or volumes with {target}, which gets another container, and was not selected"
            yield Finding("cut-off", WARNING, f"services.{name}", message, f"add {name} to services")


def only_fetching_tells(
    services: Mapping[str, Service], steps: Mapping[str, Step], unknown: set[str]
) -> Iterator[Finding]:
    """The honest word in check mode about `pull: always` and builds that nobody knows the context of."""
    for name in sorted(unknown):
        if steps[name].action == KEEP:
            way = "built" if steps[name].build else "pulled"
            message = f"whether {services[name].image} is another image is known only after it was {way}"
            yield Finding("image-unknown", INFO, f"services.{name}", message)
