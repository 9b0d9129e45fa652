# SPDX-License-Identifier: GPL-3.0-or-later
"""A health service with the standard library alone: does the page answer, and is the machine full?

GET /health answers 200 while Streamlit answers and 503 while it does not. Memory and disk are
reported with their level and never make it 503: restarting a container would not free them.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import SplitResult, urlsplit

# The first descriptor that systemd passes; see sd_listen_fds(3).
LISTEN_FDS_START = 3
LEVELS = ("normal", "warning", "critical")
# Percent in use: a warning from the first figure on, critical above the second.
MEMORY_LIMITS = (60.0, 80.0)
DISK_LIMITS = (70.0, 85.0)


class SettingsError(ValueError):
    """A variable holds something the service cannot use."""


@dataclass(frozen=True)
class Settings:
    """One value per variable that the service reads."""

    host: str
    port: int
    streamlit: SplitResult
    streamlit_port: int
    disk_path: str
    timeout: float = 2.5


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Turn environment variables into settings; an empty variable counts as not set."""
    url = environ.get("STREAMLIT_URL") or "http://localhost:8501"
    try:
        parts = urlsplit(url)
        streamlit_port = parts.port or 80
    except ValueError as error:
        raise SettingsError(f"STREAMLIT_URL is not a web address: {error}") from error
    if parts.scheme != "http" or not parts.hostname:
        raise SettingsError("STREAMLIT_URL must start with http:// and name a host")
    port = environ.get("PORT") or "8080"
    if not port.isascii() or not port.isdigit() or not 1 <= int(port) <= 65535:
        raise SettingsError(f"PORT must be a whole number from 1 to 65535, not {port!r}")
    return Settings(
        host=environ.get("HOST") or "0.0.0.0",
        port=int(port),
        streamlit=parts,
        streamlit_port=streamlit_port,
        disk_path=environ.get("DISK_PATH") or "/",
    )


def level_of(percent: float, limits: tuple[float, float]) -> str:
    """The level of a figure."""
    warning, critical = limits
    return LEVELS[(percent >= warning) + (percent > critical)]


def check_streamlit(settings: Settings) -> dict[str, Any]:
    """Ask Streamlit's own health page. http.client asks directly, past any proxy of the environment."""
    started = time.monotonic()
    path = settings.streamlit.path.rstrip("/") + "/_stcore/health"
    connection = http.client.HTTPConnection(
        str(settings.streamlit.hostname), settings.streamlit_port, timeout=settings.timeout
    )
    try:
        connection.request("GET", path)
        status = connection.getresponse().status
        result: dict[str, Any] = {"up": status == 200, "http_status": status}
    except (OSError, http.client.HTTPException) as error:
        result = {"up": False, "error": str(error) or type(error).__name__}
    finally:
        connection.close()
    result["milliseconds"] = round((time.monotonic() - started) * 1000, 1)
    return result


def parse_meminfo(text: str) -> tuple[int, int]:
    """Used and total bytes from /proc/meminfo. Cache that the kernel can drop counts as free."""
    kilobytes = {}
    for line in text.splitlines():
        name, _colon, rest = line.partition(":")
        kilobytes[name] = int(rest.split()[0])
    total = kilobytes["MemTotal"]
    return (total - kilobytes["MemAvailable"]) * 1024, total * 1024


def figure(used: int, total: int, limits: tuple[float, float]) -> dict[str, Any]:
    """A used amount with its share and level."""
    percent = round(100 * used / total, 1) if total else 0.0
    level = level_of(percent, limits)
    return {"used_bytes": used, "total_bytes": total, "used_percent": percent, "level": level}


def read_memory() -> dict[str, Any]:
    """The memory of the machine: in a container /proc/meminfo shows the host, which is what fills up."""
    return figure(*parse_meminfo(Path("/proc/meminfo").read_text(encoding="ascii")), MEMORY_LIMITS)


def read_disk(path: str) -> dict[str, Any]:
    """The disk that holds `path`. Blocks kept back for root count neither way, as in df."""
    usage = shutil.disk_usage(path)
    return figure(usage.used, usage.used + usage.free, DISK_LIMITS)


def judge(streamlit: dict[str, Any], memory: dict[str, Any], disk: dict[str, Any]) -> str:
    """One word for all of it: down, or the worse of the two levels."""
    if not streamlit["up"]:
        return "down"
    worst: str = max(memory["level"], disk["level"], key=LEVELS.index)
    return "ok" if worst == "normal" else worst


def report(settings: Settings) -> dict[str, Any]:
    """What GET /health says."""
    streamlit, memory, disk = check_streamlit(settings), read_memory(), read_disk(settings.disk_path)
    return {"status": judge(streamlit, memory, disk), "streamlit": streamlit, "memory": memory, "disk": disk}


def log(message: str, **fields: Any) -> None:
    """One JSON object a line on stdout."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    print(json.dumps({"time": now, "logger": "health", "message": message, **fields}), flush=True)


class Server(ThreadingHTTPServer):
    """Waits for open requests when it closes, and may be given a socket that already exists."""

    daemon_threads = False

    def __init__(self, settings: Settings, inherited: socket.socket | None) -> None:
        self.settings = settings
        self.status = ""
        self.status_lock = threading.Lock()
        super().__init__((settings.host, settings.port), Handler, bind_and_activate=False)
        if inherited is None:
            self.server_bind()
        else:
            self.socket.close()
            self.socket = inherited
        self.server_activate()

    def note(self, status: str) -> None:
        """Log a status when it changes: a line per probe would only cost money."""
        with self.status_lock:
            before, self.status = self.status, status
        if before != status:
            log("status changed", before=before or None, status=status)


class Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD of /health."""

    server: Server
    # Seconds a client may take to send its request; a silent one must not hold up the stop.
    timeout = 2

    def do_HEAD(self) -> None:
        """The same as GET without the body."""
        self.do_GET()

    def do_GET(self) -> None:
        """The report."""
        if urlsplit(self.path).path != "/health":
            self._answer(404, {"error": "only /health is served"})
            return
        body = report(self.server.settings)
        self.server.note(body["status"])
        self._answer(503 if body["status"] == "down" else 200, body)

    def _answer(self, code: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing per request; `Server.note` logs what matters."""


def inherited_socket(environ: Mapping[str, str], pid: int) -> socket.socket | None:
    """The listening socket that systemd passed to this very process, if it passed one."""
    if environ.get("LISTEN_PID") != str(pid):
        return None
    count = environ.get("LISTEN_FDS", "0")
    if count == "0":
        return None
    if count != "1":
        raise SettingsError(f"one socket was expected, and LISTEN_FDS is {count!r}")
    try:
        return socket.socket(fileno=LISTEN_FDS_START)
    except OSError as error:
        raise SettingsError(f"descriptor {LISTEN_FDS_START} is no socket: {error}") from error


def main() -> int:
    """Serve until SIGTERM or SIGINT, then finish the open requests and leave with 0."""
    try:
        settings = read_settings(os.environ)
        server = Server(settings, inherited_socket(os.environ, os.getpid()))
    except (SettingsError, OSError) as error:
        print(f"health: {error}", file=sys.stderr)
        return 2

    def stop(number: int, frame: FrameType | None) -> None:
        # shutdown() waits for the loop that this handler interrupted, so another thread calls it.
        threading.Thread(target=server.shutdown).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    log("listening", address=str(server.socket.getsockname()), streamlit=settings.streamlit.hostname)
    server.serve_forever(poll_interval=0.2)
    server.server_close()
    log("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
