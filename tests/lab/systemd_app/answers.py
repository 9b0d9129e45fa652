# SPDX-License-Identifier: GPL-3.0-or-later
"""A service for tests: over HTTP it tells what it sees, keeps counts in its data, and tries what it may not do."""

from __future__ import annotations

import ctypes
import http.server
import json
import mmap
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path


def seen() -> dict[str, object]:
    """What the tests ask for: words of the command, variables, secrets, files, rights."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY", "")
    return {
        "arguments": sys.argv[1:],
        "variables": dict(os.environ),
        "credentials": {path.name: path.read_text() for path in Path(folder).iterdir()} if folder else {},
        "files": {path: text(path) for path in os.environ.get("READ", "").split(":") if path},
        "user": os.geteuid(),
        "folder": str(Path.cwd()),
        "written": {path: written(path) for path in os.environ.get("WRITE", "").split(":") if path},
        "tried": {name: outcome(name) for name in TRIALS},
        "pid": os.getpid(),
        "reloads": RELOADS,
        "open_files": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
    }


def text(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError as error:
        return type(error).__name__


def written(folder: str) -> int | str:
    """A count that outlives the service."""
    try:
        count = Path(folder, "count")
        number = int(count.read_text()) + 1 if count.exists() else 1
        count.write_text(str(number))
        return number
    except OSError as error:
        return type(error).__name__


def executable_memory() -> None:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)


def namespace() -> None:
    if ctypes.CDLL(None, use_errno=True).unshare(0x10000000):
        raise OSError(ctypes.get_errno(), "unshare")


def packet() -> None:
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()


TRIALS = {
    "memory": executable_memory,
    "namespace": namespace,
    "packet": packet,
    "etc": lambda: Path("/etc/written").write_text("x"),
    "release": lambda: Path("written").write_text("x"),
    "tmp": lambda: Path("/tmp/written").write_text("x"),
    "home": lambda: list(Path("/root").iterdir()),
    "shadow": lambda: Path("/etc/shadow").read_text(),
    "secrets_of_others": lambda: list(Path("/etc/slipway/shop").iterdir()),
    "interfaces": socket.if_nameindex,
    "device": lambda: os.mknod("/tmp/device", 0o666 | 0o60000, os.makedev(7, 0)),
    "thread": lambda: threading.Thread(target=int).start(),
    "child": lambda: subprocess.run(["/bin/true"], check=True),
    "resolve": lambda: socket.getaddrinfo("localhost", 80),
}
RELOADS: list[int] = []


def outcome(name: str) -> str:
    try:
        TRIALS[name]()
    except (OSError, RuntimeError) as error:
        return type(error).__name__
    return "done"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps(seen()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """`once` ends; else it listens on PORT, or on what systemd hands over."""
    if "once" in sys.argv:
        print(json.dumps(seen()))
        return
    signal.signal(signal.SIGHUP, lambda number, _frame: RELOADS.append(number))
    handed = int(os.environ.get("LISTEN_FDS", 0))
    server = http.server.HTTPServer(("", int(os.environ.get("PORT", 0))), Handler, bind_and_activate=not handed)
    if handed:
        server.socket = socket.socket(fileno=3)
    server.serve_forever()


main()
