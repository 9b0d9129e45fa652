# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which images have to be pulled or built before the containers are compared with them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .facts import Case, short
from .model import Service
from .present import Container

_UNITS = {"w": 7 * 86400, "d": 86400, "h": 3600, "m": 60, "s": 1}
_PERIODS = {"daily": "1d", "weekly": "1w"}
_PERIOD = re.compile(r"(\d+(?:\.\d+)?)([wdhms])")


@dataclass(frozen=True)
class Fetch:
    """`reason` is set where other contents are certain; `unknown` where only the fetch itself can tell."""

    pull: bool = False
    build: bool = False
    reason: str = ""
    unknown: bool = False


def fetch(case: Case, service: Service) -> Fetch:
    """Nothing for what was fetched in this run: its image id decides now."""
    if service.name in case.facts.fetched or service.replicas == 0 or service.config.get("provider"):
        return Fetch()
    local = service.image in case.present.images
    if service.build is None:
        pull = _pulls(case, service, local)
        return Fetch(pull=pull, unknown=pull and local)
    return _build(case, service, local)


def policy(case: Case, service: Service) -> str:
    """always, missing and never of the task win over the file; `policy` is what the file says."""
    return case.wish.pull if case.wish.pull != "policy" else str(service.config.get("pull_policy") or "missing")


def _pulls(case: Case, service: Service, local: bool) -> bool:
    asked = policy(case, service)
    if asked in ("never", "build"):
        return False
    if not local:
        return True
    if "@sha256:" in service.image:  # a digest names the same image for ever
        return False
    period = seconds(asked)
    if period is None:
        return asked == "always"
    age = case.facts.image_ages.get(service.image)
    return age is None or age >= period


def seconds(policy: str) -> float | None:
    """Of daily, weekly and every_12h; None of a policy without a period."""
    text = _PERIODS.get(policy) or (policy[len("every_") :] if policy.startswith("every_") else "")
    parts = _PERIOD.findall(text)
    return sum(float(number) * _UNITS[unit] for number, unit in parts) if parts else None


def _build(case: Case, service: Service, local: bool) -> Fetch:
    if case.wish.build == "never":
        named = bool(service.config.get("image"))
        return Fetch(pull=not local and named and policy(case, service) not in ("never", "build"))
    if not local:
        return Fetch(build=True)
    learned = case.learned.services.get(service.name)
    before, now = learned.build if learned else "", case.facts.builds.get(service.name, "")
    reason = "build context changed" if before and now and before != now else ""
    if case.wish.build == "always":
        return Fetch(build=True, reason=reason, unknown=not reason and before != now)
    if case.wish.build == "missing" or (before and before == now) or not now:
        return Fetch()
    return Fetch(build=True, reason=reason, unknown=not reason)


def moved(case: Case, service: Service, containers: tuple[Container, ...]) -> str:
    """The reason where containers run another image than the one that the reference names now."""
    local = case.present.images.get(service.image)
    old = next((one.image_id for one in containers if local and one.image_id and one.image_id != local), None)
    return f"image {service.image} {short(old)} -> {short(local)}" if old and local else ""
