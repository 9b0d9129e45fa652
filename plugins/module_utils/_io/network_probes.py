# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readiness probes over the network, each asked once, from this host.

Proxies of the environment are not used, redirects are an answer like any other, and nothing is slower than its timeout.
A TLS certificate is not verified: it is made for a name, and a service is asked by its address.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from .._core.stack.looks import Outcome

PROBE_SECONDS = 5.0
#: How much of an answer's body is looked at.
_BODY_BYTES = 300
#: Docker's own proxy accepts a connection before it knows whether anybody listens in the container, then closes it.
_CLOSED_AT_ONCE_SECONDS = 0.1


def ask_http(url: str, status: Collection[int], address: str, timeout: float = PROBE_SECONDS) -> Outcome:
    """One GET. {address} stands for the address. The whole is cut off at its timeout, however slowly it drips."""
    parts = urlsplit(url.replace("{address}", f"[{address}]" if ":" in address else address))
    host = parts.hostname or address
    if not host:
        return Outcome(False, "there is no address to ask")
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
    accepted = response.status in status if status else 200 <= response.status < 400
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


def ask_tcp(place: str, address: str, timeout: float = PROBE_SECONDS) -> Outcome:
    """A connection to host:port, or to a port of the address."""
    host, _colon, port = place.rpartition(":")
    host = host.strip("[]").replace("{address}", address) or address
    if not host:
        return Outcome(False, "there is no address to ask")
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
