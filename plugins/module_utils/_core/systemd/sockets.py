# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The unit that listens for a service: while the service restarts, its clients wait instead of being refused."""

from __future__ import annotations

from collections.abc import Iterator

from .limits import Line
from .quoting import line
from .wish import Service


def lines(service: Service) -> Iterator[Line]:
    for listener in service.sockets:
        yield "ListenStream", line(str(listener))
    if any(isinstance(listener, int) for listener in service.sockets):
        yield "BindIPv6Only", "both"  # a port is one of IPv4 and IPv6
    if any(isinstance(listener, str) and listener.startswith("/") for listener in service.sockets):
        yield "RemoveOnStop", "yes"
    # A service that ends at once after each start must not close the socket: it is started again with a delay.
    yield "TriggerLimitIntervalSec", "0"
