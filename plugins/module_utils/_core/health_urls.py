# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a health check of a Compose file asks over HTTP, whatever program does the asking."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .app import HealthCheck

_HTTP = 80
_HTTPS = 443
_URL = re.compile(r"(?P<scheme>https?)://(?P<host>\[[^\]]+\]|[^/:\s'\"]+)(?::(?P<port>\d+))?(?P<path>/[^\s'\"),;|&]*)?")
_ITSELF = ("localhost", "0.0.0.0", "[::1]")


@dataclass(frozen=True)
class HealthUrl:
    """An address of the service itself that its health check asks."""

    scheme: str
    port: int
    path: str


def health_urls(service: str, check: HealthCheck | None) -> Iterator[HealthUrl]:
    """The addresses of the service itself in its health check."""
    for match in _URL.finditer(" ".join(check.test)) if check and not check.disabled else ():
        if match["host"] in (*_ITSELF, service) or match["host"].startswith("127."):
            usual = _HTTPS if match["scheme"] == "https" else _HTTP
            yield HealthUrl(match["scheme"], int(match["port"] or usual), match["path"] or "/")
