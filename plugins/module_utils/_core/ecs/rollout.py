# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rollout of a service deployment: where it stands, how it ended, and what is said of it.

What is followed is the deployment itself and never whether the service is stable: after a circuit breaker has rolled
back, the service is stable again, on its former revision.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

SUCCESSFUL, PAUSED, TIMED_OUT, NOT_STARTED = "SUCCESSFUL", "PAUSED", "TIMED_OUT", "NOT_STARTED"
#: The API's statuses after which nothing more happens (botocore, ServiceDeploymentStatus).
FINAL = (SUCCESSFUL, "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED")
_ROLLED_BACK = ("ROLLBACK_SUCCESSFUL",)
_NOTHING_BEFORE = "No rollback candidate"  # what statusReason says of a first deployment
_ENDINGS = {
    "STOPPED": "The deployment of {service} was stopped.",
    "ROLLBACK_SUCCESSFUL": "The deployment of {service} failed and was rolled back: the former revision serves again.",
    "ROLLBACK_FAILED": "The deployment of {service} failed, and so did the rollback: look at the service now.",
    _NOTHING_BEFORE: "The deployment of {service} failed, and there is no former revision to go back to.",
    TIMED_OUT: "The deployment of {service} has not ended in {seconds} seconds. It goes on at AWS.",
    NOT_STARTED: "No deployment of {service} was seen in {seconds} seconds.",
}

IMAGE, PERMISSION, OOM, EXIT, HEALTH = "image", "permission", "oom", "exit", "health"
CAPACITY, NETWORK, SECRET, CONFIG, TIMEOUT, UNKNOWN = "capacity", "network", "secret", "config", "timeout", "unknown"
CAUSES = (IMAGE, PERMISSION, OOM, EXIT, HEALTH, CAPACITY, NETWORK, SECRET, CONFIG, TIMEOUT, UNKNOWN)


@dataclass(frozen=True)
class ContainerEnd:
    """How a container ended, or how it is. `oom`: ECS says that it was killed for its use of memory."""

    name: str
    exit_code: int | None = None
    reason: str = ""
    oom: bool = False
    health: str = "UNKNOWN"


@dataclass(frozen=True)
class Verdict:
    """Why something failed: `sentence` is the likely cause and what to do, the rest is what it was concluded from."""

    cause: str
    sentence: str
    status_reason: str = ""
    events: tuple[str, ...] = ()
    stopped_reason: str = ""
    containers: tuple[ContainerEnd, ...] = ()
    log_tail: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        lists = {"events": list(self.events), "log_tail": list(self.log_tail)}
        return {**asdict(self), **lists, "containers": [asdict(container) for container in self.containers]}

    def as_text(self) -> str:
        """The block that a person reads: the sentence first, and no line that would say nothing."""
        said = [("ECS says", self.status_reason), ("Stopped", self.stopped_reason)]
        lines = [self.sentence, *(f"{label}: {text}" for label, text in said if text)]
        lines += [f"Container {described(container)}" for container in self.containers]
        for title, found in (("Events", self.events), ("Last log lines", self.log_tail)):
            lines += [f"{title}:", *(f"  {line}" for line in found)] if found else []
        return "\n".join(lines)


def described(container: ContainerEnd) -> str:
    """`web: exit code 137, OutOfMemoryError: ..., UNHEALTHY`."""
    code = "no exit code" if container.exit_code is None else f"exit code {container.exit_code}"
    health = container.health if container.health != "UNKNOWN" else ""
    return f"{container.name}: {', '.join(filter(None, (code, container.reason, health)))}"


@dataclass(frozen=True)
class Outcome:
    """How following ended. `status` is the deployment's, or PAUSED, TIMED_OUT, NOT_STARTED; `deployment` as AWS has it.

    `progress`: what was waited for, one after another, each with its `seconds`.
    """

    status: str
    deployment: Mapping[str, Any] = field(default_factory=dict)
    rolled_back: bool = False
    failure: Verdict | None = None
    progress: tuple[Mapping[str, Any], ...] = ()

    @property
    def well(self) -> bool:
        """A pause is what was asked for: it stands in the deployment configuration."""
        return self.status in (SUCCESSFUL, PAUSED)

    def as_text(self, service: str) -> str:
        """For people, where it is not well: how it ended, then why."""
        seconds = round(sum(float(step["seconds"]) for step in self.progress))
        nothing_before = _NOTHING_BEFORE in str(self.deployment.get("statusReason"))
        ending = _ENDINGS.get(
            _NOTHING_BEFORE if nothing_before else self.status, "The deployment of {service} ended as {status}."
        )
        first = ending.format(service=service, seconds=seconds, status=self.status)
        return "\n".join([first, self.failure.as_text()]) if self.failure else first


def ended(deployment: Mapping[str, Any]) -> bool:
    return deployment.get("status") in FINAL


def rolled_back(deployment: Mapping[str, Any]) -> bool:
    return deployment.get("status") in _ROLLED_BACK


def waits_for(deployment: Mapping[str, Any]) -> str:
    """What is waited for now, in a line: IN_PROGRESS, SCALE_UP: 1 of 3 tasks run, 2 are pending."""
    target = deployment.get("targetServiceRevision") or {}
    stands = ", ".join(filter(None, (deployment.get("status"), deployment.get("lifecycleStage"))))
    counts = f"{target.get('runningTaskCount', 0)} of {target.get('requestedTaskCount', 0)} tasks run"
    pending = f", {target['pendingTaskCount']} are pending" if target.get("pendingTaskCount") else ""
    failed = (deployment.get("deploymentCircuitBreaker") or {}).get("failureCount")
    return f"{stands}: {counts}{pending}{f', {failed} failed to start' if failed else ''}"


def paused(deployment: Mapping[str, Any]) -> str:
    """A sentence where it waits for somebody to continue it; else empty."""
    for hook in deployment.get("lifecycleHookDetails") or ():
        if hook.get("status") == "AWAITING_ACTION" and hook.get("targetType") == "PAUSE":
            after = (
                f" after {hook['expiresAt']} AWS does {hook.get('timeoutAction', 'ROLLBACK')}"
                if "expiresAt" in hook
                else ""
            )
            return (
                f"The deployment is paused at {deployment.get('lifecycleStage')} until somebody calls"
                f" ContinueServiceDeployment for hook {hook.get('hookId')};{after or ' it goes on at AWS'}."
            )
    return ""


def newest(deployments: Iterable[Mapping[str, Any]], not_this: str | None = None) -> Mapping[str, Any] | None:
    """The newest of ListServiceDeployments, whatever order they come in; None while that is still the one before."""
    ordered = sorted(deployments, key=_created, reverse=True)
    return ordered[0] if ordered and ordered[0]["serviceDeploymentArn"] != not_this else None


def since(items: Iterable[Mapping[str, Any]], deployment: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The events or tasks that came into being after the deployment did."""
    begun = _created(deployment)
    return [item for item in items if "createdAt" not in item or _created(item) >= begun]


def _created(item: Mapping[str, Any]) -> float:
    """Times are ISO 8601 text here, in whatever zone."""
    text = item.get("createdAt")
    return datetime.fromisoformat(text).timestamp() if text else 0.0
