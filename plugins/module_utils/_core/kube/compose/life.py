# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service waits for, whether it stays or ends, and how it stops."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING
from typing import Any

from ...app import COMPLETED, HEALTHY
from ...compose_levels import APPROXIMATED, IGNORED, NOT_NEEDED, TRANSLATED
from .. import wish
from .draft import ServiceDraft
from .key import Key, lose
from .storage import keeps_data

_ATTEMPTS = re.compile(r"on-failure(?::(?P<most>\d+))?")
_KEPT = ("always", "unless-stopped")
#: What Kubernetes tries without being told.
_TRIES = 6


def add_kind(service: ServiceDraft) -> None:
    """Deployment, StatefulSet, DaemonSet or Job."""
    keys = service.service.keys
    mode = str((keys.get("deploy") or {}).get("mode") or "")
    ends = service.service.name in service.app.names.one_offs and not _is_kept(keys)
    if mode.endswith("-job") or ends:
        service.kind = wish.JOB
        service.pod["restartPolicy"] = "Never"
        service.spec["backoffLimit"] = _attempts(keys)
    elif mode == "global":
        service.kind = wish.DAEMON_SET
    elif keeps_data(service.app.app, service.service):
        service.kind = wish.STATEFUL_SET


def _is_kept(keys: Mapping[str, Any]) -> bool:
    """Whether it is started again whenever it ends."""
    policy = (keys.get("deploy") or {}).get("restart_policy")
    if policy is not None:
        return (policy.get("condition") or "any") == "any"
    return keys.get("restart") in _KEPT


def _attempts(keys: Mapping[str, Any]) -> int:
    """How often a Job is tried again. Compose tries no second time unless it is told to."""
    policy = (keys.get("deploy") or {}).get("restart_policy")
    if policy is not None:
        condition = policy.get("condition") or "any"
        return 0 if condition == "none" else int(policy.get("max_attempts") or _TRIES)
    match = _ATTEMPTS.fullmatch(keys.get("restart") or "")
    return int(match["most"] or _TRIES) if match else 0


def _restart(service: ServiceDraft, value: str) -> None:
    if service.kind == wish.JOB or value in _KEPT or (service.service.keys.get("deploy") or {}).get("restart_policy"):
        return
    message = "a pod that stays is started again whenever it ends"
    hint = "one that others wait for with service_completed_successfully, or with deploy.mode replicated-job, ends"
    service.report("compose-approximated", "restart", message, hint)


def restart_policy(service: ServiceDraft, value: Mapping[str, Any]) -> None:
    """Swarm's way to say it, which goes before `restart`."""
    condition = value.get("condition") or "any"
    if service.kind != wish.JOB and condition != "any":
        message = "a pod that stays is started again whenever it ends"
        service.report("compose-approximated", "deploy.restart_policy.condition", message)
    for key in ("delay", "window") if service.kind == wish.JOB else ("delay", "window", "max_attempts"):
        if value.get(key):
            message = "it is started again without counting, less and less often"
            service.report("compose-left-out", f"deploy.restart_policy.{key}", message)


def _depends_on(service: ServiceDraft, value: Mapping[str, Any]) -> None:
    waits = [wait for wait in service.service.dependencies if wait.service in service.app.app.services]
    for wait in waits:
        check = service.app.app.services[wait.service].healthcheck
        if wait.condition == HEALTHY and (check is None or check.disabled or not check.test):
            message = f"'{wait.service}' has no health check that could be asked, so it is ready when its port answers"
            hint = f"give '{wait.service}' a healthcheck"
            service.report("healthy-without-check", f"depends_on.{wait.service}", message, hint)
    names = [wait.service for wait in waits]
    if names:
        place = f"depends_on.{names[0]}" if len(names) == 1 else "depends_on"
        verb = "goes" if len(names) == 1 else "go"
        message = f"{', '.join(names)} {verb} before it in a deployment, and not when a node starts again"
        service.report("compose-approximated", place, message, "let the application try until it is answered")
    for name, keys in value.items():
        if (keys or {}).get("restart"):
            lose(RESTART_WITH, service, f"depends_on.{name}.restart")


def add_waves(services: Sequence[ServiceDraft]) -> None:
    """One more than that of what has to be well, or to have ended, before."""
    by_name = {service.service.name: service for service in services}
    known: dict[str, int] = {}
    for service in services:
        service.fields["wave"] = _wave(service, by_name, known, ())


def _wave(
    service: ServiceDraft, by_name: Mapping[str, ServiceDraft], known: dict[str, int], above: tuple[str, ...]
) -> int:
    name = service.service.name
    if name in above:
        message = f"{' waits for '.join((*above[above.index(name) :], name))}"
        service.report("dependency-cycle", "depends_on", message)
        return 0
    if name not in known:
        wave = 0
        for wait in service.service.dependencies:
            peer = by_name.get(wait.service)
            if peer is not None:
                later = wait.condition in (HEALTHY, COMPLETED) or service.kind == wish.JOB
                wave = max(wave, _wave(peer, by_name, known, (*above, name)) + int(later))
        known[name] = wave
    return known[name]


def _stop_grace_period(service: ServiceDraft, _value: Any) -> None:
    period = service.service.stop_grace_period
    if period is not None:
        service.pod["terminationGracePeriodSeconds"] = int(period.to_integral_value(ROUND_CEILING))


def _hook(key: str, field: str) -> Any:
    """Kubernetes runs one command, as the container's own user and with its own variables."""

    def handle(service: ServiceDraft, value: Sequence[Mapping[str, Any]]) -> None:
        for index, hook in enumerate(value):
            place = f"{key}[{index}]"
            if index:
                message = "a container runs one hook, which is the first"
                service.report("compose-ignored", place, message, "write one script that does all of it")
                continue
            if not hook.get("command"):
                service.report("compose-ignored", place, "a hook without a command does nothing", "give it one")
                continue
            service.container.setdefault("lifecycle", {})[field] = {"exec": {"command": list(hook["command"])}}
            for name in ("user", "privileged", "working_dir", "environment"):
                if hook.get(name):
                    message = "a hook runs as the container itself does"
                    service.report("compose-ignored", f"{place}.{name}", message, "set it within the command")

    return handle


RESTART_WITH = Key(
    "depends_on.restart",
    IGNORED,
    "nothing",
    "it stays as it is when the other one is made anew",
    "let the application connect again",
    minor=True,
)
KEYS = (
    Key(
        "depends_on",
        APPROXIMATED,
        "the order of a deployment",
        "Kubernetes itself knows no order. One that others wait for to end is a Job.",
        handle=_depends_on,
    ),
    Key(
        "depends_on.condition",
        TRANSLATED,
        "the annotation `slipway.containers/wave`",
        "What has to be healthy or to have ended goes before.",
    ),
    Key("depends_on.required", NOT_NEEDED, "nothing", "A service that is left out is waited for by none."),
    RESTART_WITH,
    Key(
        "restart",
        APPROXIMATED,
        "`restartPolicy`, `backoffLimit`",
        "A service that stays is started again whenever it ends; a Job as often as `on-failure` says.",
        handle=_restart,
    ),
    Key(
        "stop_grace_period",
        TRANSLATED,
        "`terminationGracePeriodSeconds`",
        "The same; Kubernetes' 30 seconds without it.",
        handle=_stop_grace_period,
    ),
    Key(
        "stop_signal",
        IGNORED,
        "nothing",
        "the signal is the one that the image names, or SIGTERM",
        "write STOPSIGNAL in the Dockerfile",
        quiet=("SIGTERM", "TERM", "15"),
    ),
    Key(
        "post_start",
        APPROXIMATED,
        "`postStart`",
        "The first command, as the container itself; a pod whose hook fails is started again.",
        handle=_hook("post_start", "postStart"),
    ),
    Key(
        "pre_stop",
        APPROXIMATED,
        "`preStop`",
        "The first command, as the container itself.",
        handle=_hook("pre_stop", "preStop"),
    ),
)
