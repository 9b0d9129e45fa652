# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a service is known to be well, what it waits for, and how it starts again and stops."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal
from typing import Any

from ...app import COMPLETED, HEALTHY, STARTED, HealthCheck
from ...compose.durations import seconds
from ...compose_levels import APPROXIMATED, IGNORED, NOT_NEEDED, REFUSED, TRANSLATED
from ...health_urls import HealthUrl, health_urls
from .. import wish
from . import rewriting
from .draft import ServiceDraft
from .key import Key, lose

#: Docker's own.
_INTERVAL, _TIMEOUT, _RETRIES = Decimal(30), Decimal(30), 3
_SHELL = "CMD-SHELL"
_CONDITIONS = {STARTED: wish.STARTED, HEALTHY: wish.READY, COMPLETED: wish.COMPLETED}
_ATTEMPTS = re.compile(r"on-failure(?::(?P<most>\d+))?")
_SIGNALS = {"1": "HUP", "2": "INT", "3": "QUIT", "9": "KILL", "10": "USR1", "12": "USR2", "15": "TERM", "28": "WINCH"}


def add_readiness(service: ServiceDraft) -> None:
    """Its health check; without one, that its ports answer. What ends by itself is ready when it has ended."""
    check = service.service.healthcheck
    if service.fields.get("one_shot"):
        return
    if service.fields.get("hardening", {}).get("PrivateNetwork"):
        message = "nothing outside its network can ask it: it is ready as soon as it runs"
        service.report("compose-approximated", "healthcheck", message)
        return
    if check is None or check.disabled or not check.test:
        ports = _tcp_ports(service)
        if ports:
            service.fields["ready"] = tuple(wish.Probe(tcp=f"{rewriting.LOCALHOST}:{port}") for port in ports)
        return
    service.fields["ready"] = (_probe(service, check),)
    service.fields["ready_seconds"] = _seconds_to_be_ready(check)


def _tcp_ports(service: ServiceDraft) -> list[int]:
    tcp = {port.target for port in service.service.ports if port.protocol == "tcp"}
    return [port for port in service.fields.get("ports", ()) if port in tcp]


def _probe(service: ServiceDraft, check: HealthCheck) -> wish.Probe:
    """Where the check asks an address of the service itself, that is asked, by whichever program is there."""
    for url in health_urls(service.service.name, check):
        port = _listener(service, url)
        if url.scheme == "http":
            return wish.Probe(http=f"http://{rewriting.LOCALHOST}:{port}{url.path}")
        message = (
            f"it is ready when port {port} answers: its certificate is for another name than {rewriting.LOCALHOST}"
        )
        service.report("compose-approximated", "healthcheck.test", message)
        return wish.Probe(tcp=f"{rewriting.LOCALHOST}:{port}")
    words = rewriting.words(service, "healthcheck.test", check.test[1:])
    command = ("/bin/sh", "-c", *words) if check.test[0] == _SHELL else tuple(words)
    message = f"'{command[0]}' asks on the host, and has to be there with all that it runs"
    service.report("compose-approximated", "healthcheck.test", message)
    return wish.Probe(command=command)


def _listener(service: ServiceDraft, url: HealthUrl) -> int:
    """systemd may listen on the published port only."""
    sockets = service.service.systemd.socket
    published = {port.target: port.published for port in service.service.ports}.get(url.port)
    if url.port not in sockets and published and published.isdecimal() and int(published) in sockets:
        return int(published)
    return url.port


def _seconds_to_be_ready(check: HealthCheck) -> int:
    """As long as Docker would wait before it calls the service unhealthy."""
    interval, timeout = check.interval or _INTERVAL, check.timeout or _TIMEOUT
    retries = check.retries or _RETRIES
    return int(((check.start_period or 0) + retries * (interval + timeout)).to_integral_value(ROUND_CEILING))


def _healthcheck(service: ServiceDraft, _value: Any) -> None:
    """`add_readiness` makes a probe of it."""
    check = service.service.healthcheck
    if check is not None and not check.disabled and not check.test:
        message = "without a test Compose asks the image's own HEALTHCHECK, which is not seen here"
        service.report("compose-ignored", "healthcheck", message, "write the test of the Dockerfile here")


def _depends_on(service: ServiceDraft, value: Mapping[str, Any]) -> None:
    for wait in service.service.dependencies:
        if wait.service in service.app.app.services:
            condition = _condition(service, wait.service, wait.condition)
            service.add("needs", wish.Needs(wait.service, condition, wait.required))
    for name, keys in value.items():
        if (keys or {}).get("restart"):
            lose(RESTART_WITH, service, f"depends_on.{name}.restart")


def _condition(service: ServiceDraft, name: str, condition: str) -> str:
    check = service.app.app.services[name].healthcheck
    if condition == HEALTHY and (check is None or check.disabled or not check.test):
        message = f"'{name}' has no health check that could be asked, so it is ready when its ports answer"
        service.report("healthy-without-check", f"depends_on.{name}", message, f"give '{name}' a healthcheck")
    return _CONDITIONS[condition]


def add_life(service: ServiceDraft) -> None:
    """Whether it stays, ends or waits for its time, and whether it starts again."""
    keys, options = service.service.keys, service.service.systemd
    policy = (keys.get("deploy") or {}).get("restart_policy")
    restart = _of_policy(service, policy) if policy is not None else _of_restart(service, keys.get("restart"))
    timer, awaited = options.timer, service.service.name in service.app.names.one_offs
    jobs = str((keys.get("deploy") or {}).get("mode") or "").endswith("-job")
    if timer or jobs or (awaited and restart != wish.ALWAYS):
        service.fields["one_shot"] = True
        restart = wish.ON_FAILURE if restart == wish.ON_FAILURE else wish.NEVER
    if timer:
        service.fields["timer"] = wish.Timer(timer.calendar, timer.every, timer.randomized_delay, not timer.skip_missed)
    service.fields["restart"] = restart or wish.ALWAYS


def _of_restart(service: ServiceDraft, value: str | None) -> str | None:
    attempts = _ATTEMPTS.fullmatch(value or "")
    if attempts:
        if attempts["most"]:
            message = f"systemd starts it again without counting to {attempts['most']}, less and less often"
            service.report("compose-approximated", "restart", message)
        return wish.ON_FAILURE
    if value in ("always", "unless-stopped"):
        return wish.ALWAYS
    return None if value is None else wish.NEVER


def _of_policy(service: ServiceDraft, value: Mapping[str, Any]) -> str:
    """Swarm's way to say it, which goes before `restart`."""
    for key in ("max_attempts", "window"):
        if value.get(key):
            message = "systemd starts it again without counting, less and less often"
            service.report("compose-left-out", f"deploy.restart_policy.{key}", message)
    delay = Decimal(0) if not value.get("delay") else seconds(value["delay"])
    if delay:
        service.fields["restart_seconds"] = max(1, int(delay.to_integral_value(ROUND_CEILING)))
        service.fields["restart_max_seconds"] = max(30, service.fields["restart_seconds"])
    condition = value.get("condition") or "any"
    return {"any": wish.ALWAYS, "on-failure": wish.ON_FAILURE}.get(condition, wish.NEVER)


def _stop_grace_period(service: ServiceDraft, _value: Any) -> None:
    if service.service.stop_grace_period is not None:
        service.fields["stop_seconds"] = service.service.stop_grace_period


def _stop_signal(service: ServiceDraft, value: str) -> None:
    name = str(value).upper()
    name = _SIGNALS.get(name, name)
    service.fields["stop_signal"] = name if name.startswith("SIG") else f"SIG{name}"


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
        "healthcheck",
        APPROXIMATED,
        "`ready`",
        "What has to hold after each start, or the release before is put back. A URL of the service itself is asked"
        " without the program that the test names; another test is run on the host. Later nobody asks.",
        handle=_healthcheck,
    ),
    Key("healthcheck.test", APPROXIMATED, "`ready`", "As above; NONE leaves the check out."),
    Key(
        "healthcheck.interval",
        APPROXIMATED,
        "`ready_seconds`",
        "With timeout and retries, how long it may take to be ready.",
    ),
    Key("healthcheck.timeout", APPROXIMATED, "`ready_seconds`", "As above."),
    Key("healthcheck.retries", APPROXIMATED, "`ready_seconds`", "As above."),
    Key("healthcheck.start_period", APPROXIMATED, "`ready_seconds`", "Comes on top."),
    Key("healthcheck.start_interval", NOT_NEEDED, "nothing", "A service that starts is asked every moment."),
    Key("healthcheck.disable", NOT_NEEDED, "nothing", "Without a check there is nothing to turn off."),
    Key(
        "depends_on",
        TRANSLATED,
        "`After`, `Wants`, and the order of a deployment",
        "One that others wait for to end runs once.",
        handle=_depends_on,
    ),
    Key("depends_on.condition", TRANSLATED, "`needs`", "`service_healthy` is asked by the probe of the other one."),
    Key("depends_on.required", TRANSLATED, "`needs`", "The same."),
    RESTART_WITH,
    Key(
        "restart",
        APPROXIMATED,
        "`Restart`",
        "Without it a service that stays is started again whenever it ends. Attempts are not counted: the pauses grow.",
    ),
    Key(
        "stop_grace_period",
        TRANSLATED,
        "`TimeoutStopSec`",
        "The same; 10 seconds without it.",
        handle=_stop_grace_period,
    ),
    Key("stop_signal", TRANSLATED, "`KillSignal`", "The same.", handle=_stop_signal),
    Key(
        "post_start",
        REFUSED,
        "nothing",
        "a unit has no hooks here",
        "run the command in x-systemd.build, or in a service that the others wait for to end",
    ),
    Key("pre_stop", IGNORED, "nothing", "a unit has no hooks here", "handle the signal in the program"),
)
