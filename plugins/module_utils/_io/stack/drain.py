# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Old containers on their way out: off the network first, then as long as somebody is connected, then away."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress

from ..._core.stack.leftovers import RETIRED
from ..._core.stack.present import Container
from ..engine.client import EngineError
from ..engine.reads import inspect
from ..host_facts import inbound_connections
from . import containers
from . import spare as stack_spare
from .endpoints import endpoints, leave
from .runtime import Record, Runtime

#: Who asked for the name just before it went has this long to connect.
_SETTLE_SECONDS = 0.25
_PAUSE_SECONDS = 0.05
NOTE = (
    "{} was updated start-first without a spare network interface, which needs root, ip and nsenter on the engine's own"
    " host, and a bridge network: a request of that very moment may have been lost"
)


def retire(runtime: Runtime, record: Record, service: str, leaving: Sequence[Container]) -> None:
    """Off the network, so that nobody new comes; then, when the last connection has ended, away."""
    for each in leaving:
        if each.state == "running":
            containers.rename(runtime.engine, each.id, f"{each.name}{RETIRED}")
            record.lost_in_flight += _drain(runtime, record, service, each)
    containers.take_away(runtime.engine, leaving, runtime.wish.stop_timeout, volumes=True)


def _drain(runtime: Runtime, record: Record, service: str, container: Container) -> int:
    """How many connections were still open when the time was over."""
    inspected = inspect(runtime.engine, container.id)
    if inspected is None or not inspected["State"]["Running"]:
        return 0
    given = runtime.wish.stop_timeout
    allowed = containers.stop_seconds(inspected) if given is None else given
    pid = int(inspected["State"]["Pid"])
    networks = list(endpoints(inspected))
    spares = [stack_spare.keep(runtime.engine, inspected, network, number) for number, network in enumerate(networks)]
    whole = all(spare is not None for spare in spares)
    if not whole and NOTE.format(service) not in record.notes:
        record.notes.append(NOTE.format(service))
    left = 0 if whole else _quiet(pid, allowed)  # without a second way in, a quiet moment has to do
    for network in networks:
        with suppress(EngineError):  # somebody else took it off
            leave(runtime.engine, container.id, network)
    if whole:
        time.sleep(_SETTLE_SECONDS)
        left = _quiet(pid, allowed)
    return left


def _quiet(pid: int, seconds: float) -> int:
    """Wait until nobody is connected; the number of those who still are when the time is over."""
    end = time.monotonic() + seconds
    while True:
        left = len(inbound_connections(pid))
        if not left or time.monotonic() >= end:
            return left
        time.sleep(_PAUSE_SECONDS)
