# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readiness probes of the option `ready`, each asked once, from this host.

Proxies of the environment are not used, redirects are an answer like any other, and nothing is slower than its timeout.
A TLS certificate is not verified: it is made for a name, and a container is asked by its address.
"""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from ..._core.stack.looks import Outcome
from ..._core.stack.wish import Probe
from ..engine.address import EngineError
from ..engine.client import Engine, NoEngineError
from ..engine.reads import execute, inspect, logs_tail

PROBE_SECONDS = 5.0
#: How much of an answer's body, of output and of the log is looked at.
_BODY_BYTES, _OUTPUT_LINES, _LOG_LINES = 300, 5, 5000
#: Docker's own proxy accepts a connection before it knows whether anybody listens in the container, then closes it.
_CLOSED_AT_ONCE_SECONDS = 0.1


@dataclass(frozen=True)
class Target:
    """A container that is probed. `address` is empty where it has none, such as with network_mode none."""

    container: str
    address: str
    since: float | None = None  # a Unix time: a log line from before, of an earlier start, does not count


def check(engine: Engine, probe: Probe, target: Target, timeout_seconds: float = PROBE_SECONDS) -> Outcome:
    if probe.http:
        return _http(probe, target, timeout_seconds)
    if probe.tcp:
        return _tcp(probe.tcp, target, timeout_seconds)
    try:
        if probe.command:
            return _command(engine, probe.command, target, timeout_seconds)
        return _log(engine, probe.log, target)
    except NoEngineError:
        raise
    except EngineError as error:  # such as a container that has just stopped
        return Outcome(False, error.message)


def target_of(engine: Engine, inspected: Mapping[str, Any], since: float | None) -> Target:
    return Target(str(inspected["Id"]), address(engine, inspected), since)


def address(engine: Engine, inspected: Mapping[str, Any]) -> str:
    """Where this host reaches a container: IPv4 first, this host itself for its own network."""
    mode = str((inspected.get("HostConfig") or {}).get("NetworkMode") or "")
    if mode == "host":
        return "127.0.0.1"
    if mode.startswith("container:"):
        owner = inspect(engine, mode.partition(":")[2])
        return address(engine, owner) if owner else ""
    networks = (inspected.get("NetworkSettings") or {}).get("Networks") or {}
    attached = [networks[name] or {} for name in sorted(networks)]
    found = [str(one.get(key) or "") for key in ("IPAddress", "GlobalIPv6Address") for one in attached]
    return next((one for one in found if one), "")


def _http(probe: Probe, target: Target, timeout: float) -> Outcome:
    """One GET. The whole of it is cut off at its timeout, however slowly the answer drips."""
    parts = urlsplit(
        probe.http.replace("{address}", f"[{target.address}]" if ":" in target.address else target.address)
    )
    host = parts.hostname or target.address
    if not host:
        return Outcome(False, "the container has no address")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection, began = _connection(parts.scheme, host, parts.port, timeout), time.monotonic()
    try:
        connection.connect()
        with _cut_off(connection.sock, timeout - (time.monotonic() - began)):
            connection.request("GET", path, headers={"Connection": "close", "User-Agent": "slipway"})
            response = connection.getresponse()
            body = response.read1(_BODY_BYTES).decode("utf-8", "replace").strip()
    except (OSError, HTTPException, ValueError) as error:
        return Outcome(False, _words(error, timed_out=time.monotonic() - began >= timeout, timeout=timeout))
    finally:
        connection.close()
    if time.monotonic() - began >= timeout:  # a connection that is cut off looks like the end of the answer
        return Outcome(False, _words(TimeoutError(), timed_out=True, timeout=timeout))
    accepted = response.status in probe.status if probe.status else 200 <= response.status < 400
    return Outcome(accepted, f"status {response.status}" + ("" if accepted or not body else f": {body}"))


@contextmanager
def _cut_off(connection: socket.socket, seconds: float) -> Iterator[None]:
    """Ends the connection after this time, whatever it does: its own timeout counts from each byte anew."""
    timer = threading.Timer(max(0.0, seconds), _shut, [connection])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _connection(scheme: str, host: str, port: int | None, timeout: float) -> HTTPConnection:
    if scheme != "https":
        return HTTPConnection(host, port, timeout=timeout)
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return HTTPSConnection(host, port, timeout=timeout, context=context)


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):  # it has ended by itself
        connection.shutdown(socket.SHUT_RDWR)


def _words(error: Exception, timed_out: bool, timeout: float) -> str:
    if timed_out or isinstance(error, (socket.timeout, TimeoutError)):
        return f"no answer within {timeout:g} s"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error) or type(error).__name__


def _tcp(place: str, target: Target, timeout: float) -> Outcome:
    host, _colon, port = place.rpartition(":")
    host = host.strip("[]").replace("{address}", target.address) or target.address
    if not host:
        return Outcome(False, "the container has no address")
    try:
        with socket.create_connection((host, int(port)), timeout=timeout) as connection:
            connection.settimeout(_CLOSED_AT_ONCE_SECONDS)
            try:
                closed = connection.recv(1) == b""
            except (socket.timeout, TimeoutError):
                closed = False
    except (OSError, ValueError, OverflowError) as error:
        return Outcome(False, f"{host}:{port}: {_words(error, timed_out=False, timeout=timeout)}")
    return Outcome(not closed, f"{host}:{port}: {'accepted and closed at once' if closed else 'accepted'}")


def _command(engine: Engine, words: tuple[str, ...], target: Target, timeout: float) -> Outcome:
    done = execute(engine, target.container, words, timeout)
    output = "\n".join(done.output[-_OUTPUT_LINES:])
    if done.exit_code is None:
        return Outcome(False, output)
    return Outcome(done.exit_code == 0, f"exit code {done.exit_code}" + (f": {output}" if output else ""))


def _log(engine: Engine, pattern: str, target: Target) -> Outcome:
    try:
        wanted = re.compile(pattern)
    except re.error as error:
        return Outcome(False, f"no regular expression: {error}")
    lines = logs_tail(engine, target.container, _LOG_LINES, target.since)
    found = next((line for line in lines if wanted.search(line)), None)
    return Outcome(True, found) if found is not None else Outcome(False, f"no such line among {len(lines)}")
