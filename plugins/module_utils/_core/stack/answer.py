# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module returns, and the diff, both from values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .changes import port as written
from .model import Port, Stack
from .plan import CREATE, KEEP, RECREATE, REMOVE, STOP, Plan, Step
from .present import Container, Present

#: Of several replicas the one that most needs a look speaks for the service.
_STATES = ("dead", "restarting", "exited", "created", "removing", "paused", "running")
_HEALTH = ("unhealthy", "starting", "healthy")


def result(stack: Stack, present: Present, plan: Plan, release: int = 0) -> dict[str, Any]:
    """Return values from what is there: `present` is that after the run, or of before in check mode."""
    return {
        "changed": plan.changed,
        "project": stack.project,
        "release": release,
        "services": [_service(stack, present, step) for step in plan.steps],
        "actions": [*_actions(plan), *({"object": line} for line in plan.others)],
        "prediction_exact": plan.exact,
        "findings": [finding.as_dict() for finding in plan.findings],
        "drift": list(plan.drift),
    }


def _actions(plan: Plan) -> Iterator[dict[str, Any]]:
    for step in plan.steps:
        if step.action != KEEP:
            yield {"service": step.service, "action": step.action, "reasons": list(step.reasons)}


def _service(stack: Stack, present: Present, step: Step) -> dict[str, Any]:
    containers = present.of(step.service)
    known = stack.services.get(step.service)
    return {
        "name": step.service,
        "state": _worst([one.state for one in containers], _STATES) or "absent",
        "health": _worst([one.health for one in containers], _HEALTH),
        "image": known.image if known else next((one.image for one in containers), ""),
        "image_id": next((one.image_id for one in containers), ""),
        "replicas": len(containers),
        "ports": ports(containers),
        "containers": [one.name for one in containers],
        "action": step.action,
        "reasons": list(step.reasons),
    }


def _worst(words: list[str], order: tuple[str, ...]) -> str:
    return next((word for word in order if word in words), "")


def ports(containers: tuple[Container, ...]) -> list[str]:
    """Published ones as people write them; 0.0.0.0 and :: together are one line without an address."""
    found: dict[str, None] = {}
    for one in containers:
        for mapping in one.ports:
            if mapping.get("PublicPort"):
                address = str(mapping.get("IP") or "")
                shown = "" if address in ("0.0.0.0", "::") else address
                key = written(shown, mapping["PublicPort"], mapping.get("PrivatePort"), mapping.get("Type"))
                found[key] = None
    return sorted(found)


def diff(stack: Stack, present: Present, plan: Plan) -> dict[str, str]:
    """before and after as text, both from what was there before: the same in check mode as in the real run."""
    before: list[str] = []
    after: list[str] = []
    for line in plan.others:
        thing, _colon, verb = line.rpartition(": ") if not line.endswith(")") else line.partition(": ")
        before.extend([] if verb == "create" else [f"{thing}: there"])
        after.extend([] if verb == "remove" else [f"{thing}: there, {_done(verb)}"])
    for step in plan.steps:
        if step.action != KEEP:
            before.extend(_now(present, step))
            after.extend(_then(stack, present, step))
    return {"before": _text(before), "after": _text(after)}


def _done(verb: str) -> str:
    return {"create": "new"}.get(verb, verb.replace("recreate", "made again"))


def _now(present: Present, step: Step) -> list[str]:
    containers = _there(present, step)
    if not containers:
        return []
    states = sorted({f"{one.state}{f' ({one.health})' if one.health else ''}" for one in containers})
    return [f"{step.service}: {len(containers)} {', '.join(states)}", *_details(containers)]


def _there(present: Present, step: Step) -> tuple[Container, ...]:
    """The replicas, or what `compose run` left where there is nothing else."""
    every = tuple(one for one in present.containers if one.service == step.service)
    return present.of(step.service) or every


def _details(containers: tuple[Container, ...]) -> list[str]:
    images = sorted({one.image for one in containers})
    return [*(f"  image: {image}" for image in images), *(f"  port: {port}" for port in ports(containers))]


def _then(stack: Stack, present: Present, step: Step) -> list[str]:
    """What will be there, and below it what is done and why."""
    if step.action == REMOVE and step.replicas == 0:
        return []
    what = f"{step.action} {step.signal}" if step.signal else step.action
    why = [f"  {what}: {reason}" for reason in step.reasons]
    known = stack.services.get(step.service)
    if step.action in (CREATE, RECREATE) and known is not None:
        state = "run once" if step.run_once else "running"
        details = [f"  image: {known.image}", *sorted(f"  port: {_port(one)}" for one in known.ports)]
        return [f"{step.service}: {step.replicas} {state}", *details, *why]
    state = "exited" if step.action == STOP else "running"
    return [f"{step.service}: {step.replicas} {state}", *_details(_there(present, step)), *why]


def _port(port: Port) -> str:
    return written(port.host_ip, port.published, port.target, port.protocol)


def _text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
