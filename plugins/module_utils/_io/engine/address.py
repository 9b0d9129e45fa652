# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an engine is, and why it does not answer there, in one sentence that says what to do."""

from __future__ import annotations

import grp
import os
import pwd
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

USUAL = "unix:///var/run/docker.sock"


@dataclass(frozen=True)
class Address:
    """A socket's path, or a host and a port (0 where none was given). `text` goes into DOCKER_HOST."""

    text: str
    socket: str = ""
    host: str = ""
    port: int = 0

    @property
    def shown(self) -> str:
        return self.socket or self.text


class EngineError(Exception):
    """The engine refused a request. `message` is its own, `status` HTTP's, 0 where there was no answer."""

    def __init__(self, status: int, message: str, request: str = "") -> None:
        self.status = status
        self.message = message
        self.request = request
        super().__init__(f"Docker Engine answered {status} to {request}: {message}" if request and status else message)


class NoEngineError(EngineError):
    """No engine answers at the address: nothing was asked of it, or the connection broke."""

    def __init__(self, message: str) -> None:
        super().__init__(0, message)


def parse(text: str) -> Address:
    """Raises EngineError where nothing is known about such an address. An empty one is the usual socket."""
    text = text.strip() or USUAL
    scheme, separator, rest = text.partition("://")
    if scheme == "unix" and separator and rest.startswith("/"):
        return Address(text, socket=rest)
    if scheme == "tcp" and separator:
        return _network(text)
    if scheme == "ssh" and separator:
        hint = "Ansible connects by SSH itself: run the task on that host and leave docker_host out"
    else:
        hint = f"for example {USUAL}"
    raise EngineError(0, f"docker_host: found '{text}', expected unix:///PATH or tcp://HOST:PORT ({hint})")


def _network(text: str) -> Address:
    from urllib.parse import urlsplit  # most engines are on a socket, and this takes its time to import

    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.path.strip("/") or parts.username:
        raise EngineError(0, f"docker_host: found '{text}', expected tcp://HOST:PORT and nothing behind it")
    return Address(text, host=host, port=port or 0)


def connect(address: Address, environment: Mapping[str, str], timeout: float) -> socket.socket:
    """An open socket to the engine; TLS where DOCKER_TLS_VERIFY is set and the engine is on the network."""
    if not address.socket:
        return _connect_network(address, environment, timeout)
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        opened.settimeout(timeout)
        opened.connect(address.socket)
    except OSError:
        opened.close()
        raise
    return opened


def _connect_network(address: Address, environment: Mapping[str, str], timeout: float) -> socket.socket:
    secure = bool(environment.get("DOCKER_TLS_VERIFY"))
    place = (address.host, address.port or (2376 if secure else 2375))
    if not secure:
        return socket.create_connection(place, timeout)
    import ssl  # most engines are on a socket

    folder = Path(environment.get("DOCKER_CERT_PATH") or Path.home() / ".docker")
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    opened = socket.create_connection(place, timeout)
    try:
        return context.wrap_socket(opened, server_hostname=address.host)
    except OSError:
        opened.close()
        raise


def unreachable(address: Address, error: Exception, request: str) -> NoEngineError:
    """What keeps the engine from answering, and what to do about it."""
    found, expected, hint = _cause(address, error, request)
    return NoEngineError(f"no Docker Engine answers at {address.shown}: {found}, expected {expected} ({hint})")


def _cause(address: Address, error: Exception, request: str) -> tuple[str, str, str]:
    running = "a running engine"
    if isinstance(error, FileNotFoundError):
        if not address.socket:
            return f"{error.filename or 'a certificate'} is missing", "ca.pem, cert.pem and key.pem", "DOCKER_CERT_PATH"
        return "the socket is missing", running, _elsewhere()
    if isinstance(error, PermissionError):
        owners = _group(address.socket)
        hint = f"set become: true, or make the user a member of {owners} and log in again"
        return f"user {_user()} may not use the socket", f"root or a member of group {owners}", hint
    if type(error).__name__.startswith("SSL"):  # `ssl` itself is imported only where it is used
        reason = getattr(error, "verify_message", "") or getattr(error, "reason", "") or str(error)
        return f"TLS failed: {reason}", "certificates that fit", "see DOCKER_TLS_VERIFY and DOCKER_CERT_PATH"
    if isinstance(error, ConnectionRefusedError):
        return "the connection is refused", running, "start it: systemctl start docker"
    if isinstance(error, TimeoutError) or "timed out" in str(error):  # socket.timeout is its own class up to Python 3.9
        return f"no answer in time to {request}", running, "see the engine's log: journalctl -u docker"
    said = (getattr(error, "strerror", None) or str(error) or type(error).__name__).strip().rstrip(".")
    return f"{said} at {request}", running, "see the engine's log: journalctl -u docker"


def _elsewhere() -> str:
    """Somebody's engine without root has its socket in the folder of their session."""
    own = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.geteuid()}") / "docker.sock"
    if own.exists():
        return f"there is one at unix://{own}: set docker_host to that"
    return "install Docker Engine and start it, or set docker_host"


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _group(path: str) -> str:
    try:
        return grp.getgrgid(Path(path).stat().st_gid).gr_name
    except (OSError, KeyError):
        return "docker"
