# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes: when a pod has started, when it gets requests, and when it is started again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal
from typing import Any

from ...app import HealthCheck
from ...compose.durations import seconds
from ...compose_levels import APPROXIMATED, TRANSLATED
from ...health_urls import HealthUrl, health_urls
from .. import wish
from . import rewriting
from .draft import ServiceDraft
from .key import Key

#: Docker's own.
_INTERVAL, _TIMEOUT, _RETRIES = Decimal(30), Decimal(30), 3
_SHELL = "CMD-SHELL"
#: How often a pod that starts is asked, at most.
_STARTING = Decimal(5)
_LIVES = 3
#: A plain GET, whatever is thrown away of its output; anything else is run as it is.
_GET = re.compile(
    r"(?:curl(?:\s+(?:-[fsSkILv]+|--fail|--silent|--show-error|--insecure|--location"
    r"|-o\s*/dev/null|--output\s+/dev/null|(?:-m|--max-time|--connect-timeout)\s*\d+))*"
    r"|wget(?:\s+(?:-q|--quiet|-qO-|-O\s*-|-O\s*/dev/null|-q0-|--spider|--no-verbose|-nv|--tries=\d+|-t\s*\d+"
    r"|-T\s*\d+|--timeout=\d+|--no-check-certificate))*)"
    r"\s+(?P<quote>['\"]?)(?P<url>https?://[^\s'\"]+)(?P=quote)(?:\s*>\s*/dev/null(?:\s*2>&1)?)?(?:\s*\|\|\s*exit\s+1)?\s*"
)


def add_probes(service: ServiceDraft) -> None:
    """A Job has none: it is well when it has ended."""
    check = service.service.healthcheck
    if service.kind == wish.JOB:
        return
    if check is None or check.disabled or not check.test:
        _without_check(service)
        return
    asks = _asks(service, check)
    interval, timeout = check.interval or _INTERVAL, check.timeout or _TIMEOUT
    retries = check.retries or _RETRIES
    usual = {**asks, "periodSeconds": _whole(interval), "timeoutSeconds": _whole(timeout), "failureThreshold": retries}
    service.container["startupProbe"] = _startup(service, usual, check.start_period or Decimal(0), interval, retries)
    service.container["readinessProbe"] = usual
    if not service.service.kubernetes.keep_unhealthy:
        service.container["livenessProbe"] = {**usual, "failureThreshold": retries * _LIVES}


def _startup(
    service: ServiceDraft, usual: dict[str, Any], start: Decimal, interval: Decimal, retries: int
) -> dict[str, Any]:
    """As long as Docker takes to call it unhealthy, asked more often."""
    said = (service.service.keys.get("healthcheck") or {}).get("start_interval")
    period = seconds(said) if said else min(interval, _STARTING)
    period = Decimal(_whole(period))
    return {**usual, "periodSeconds": int(period), "failureThreshold": _whole((start + retries * interval) / period)}


def _whole(amount: Decimal) -> int:
    return max(1, int(amount.to_integral_value(ROUND_CEILING)))


def _without_check(service: ServiceDraft) -> None:
    check = service.service.healthcheck
    if check is not None and not check.disabled:
        message = "without a test Compose asks the image's own HEALTHCHECK, which Kubernetes ignores"
        service.report("compose-ignored", "healthcheck", message, "write the test of the Dockerfile here")
    port = next((port for port in service.service.ports if port.protocol == "tcp"), None)
    if port is not None and not (check and check.disabled):
        service.container["readinessProbe"] = {"tcpSocket": {"port": port.target}, "periodSeconds": 5}
        if check is None and not service.service.keys.get("build"):
            message = f"it is ready when port {port.target} answers"
            service.report("no-health-check", "healthcheck", message, "write a healthcheck that knows better")


def _asks(service: ServiceDraft, check: HealthCheck) -> dict[str, Any]:
    """A plain GET is sent by the node itself, to a port that is open to others; anything else runs in the container."""
    url = _plain_get(service, check)
    if url is not None:
        host = "localhost" if url.port in (80, 443) else f"localhost:{url.port}"
        headers = [{"name": "Host", "value": host}]
        get = {"path": url.path, "port": url.port, "scheme": url.scheme.upper(), "httpHeaders": headers}
        return {"httpGet": get}
    words = rewriting.words(service, "healthcheck.test", check.test[1:])
    command = ["/bin/sh", "-c", *words] if check.test[0] == _SHELL else words
    return {"exec": {"command": command}}


def _plain_get(service: ServiceDraft, check: HealthCheck) -> HealthUrl | None:
    match = _GET.fullmatch(" ".join(check.test[1:]))
    urls: Sequence[HealthUrl] = list(health_urls(service.service.name, check)) if match else ()
    open_ports = {port.target for port in service.service.ports if port.protocol == "tcp"}
    if len(urls) == 1 and urls[0].port in open_ports and "?" not in urls[0].path:
        return urls[0]
    return None


KEYS = (
    Key(
        "healthcheck",
        APPROXIMATED,
        "`startupProbe`, `readinessProbe`, `livenessProbe`",
        "While it fails the pod gets no requests; when it has failed three times as long as it takes to be unhealthy,"
        " the pod is started again, unless `x-kubernetes.keep_unhealthy` is true. Without one the first published port"
        " is asked. The image's own HEALTHCHECK is ignored: write it here.",
    ),
    Key(
        "healthcheck.test",
        TRANSLATED,
        "`exec`, `httpGet`",
        "What curl or wget plainly gets from a published port is asked without them. NONE leaves the check out.",
    ),
    Key("healthcheck.interval", TRANSLATED, "`periodSeconds`", "The same, in whole seconds."),
    Key("healthcheck.timeout", TRANSLATED, "`timeoutSeconds`", "The same; Docker's 30 seconds without it."),
    Key("healthcheck.retries", TRANSLATED, "`failureThreshold`", "The same; 3 without it."),
    Key("healthcheck.start_period", TRANSLATED, "`startupProbe`", "With interval and retries, how long it may take."),
    Key(
        "healthcheck.start_interval",
        TRANSLATED,
        "`periodSeconds` of `startupProbe`",
        "The same; without it the interval, or 5 seconds.",
    ),
    Key("healthcheck.disable", TRANSLATED, "no probe", "The same."),
)
