# SPDX-License-Identifier: GPL-3.0-or-later
"""Apps of systemd units for tests: releases as `systemd_release` leaves them, of a small server that does as told."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from typing import Any

from .hosts import Host

ROOT = "/srv/slipway/shop"
A, B, C = "aaaaaaaaaaaa", "bbbbbbbbbbbb", "cccccccccccc"
MODULE = "systemd_app"
SECRET = "hunter2-in-the-open"

#: Answers with its release, its process and what it was configured with. The file `behave` may say something else:
#: crash, hang (no port), sick (status 500), leak (tells its secrets and ends), slow (a second before it listens).
SERVER = r"""
import http.server, os, signal, socket, sys, threading, time

behave = open("behave").read().strip()
release = os.path.basename(os.getcwd())
print("starting", release, behave, flush=True)
if behave == "leak":
    secrets = os.environ.get("CREDENTIALS_DIRECTORY")
    for name in sorted(os.listdir(secrets)) if secrets else ():
        print("credential is", open(os.path.join(secrets, name)).read(), flush=True)
    print("password is", os.environ.get("DB_PASSWORD"), flush=True)
if behave in ("crash", "leak"):
    sys.exit(3)
if behave == "hang":
    time.sleep(3600)
if behave == "slow":
    time.sleep(1)
config = open(sys.argv[2]).read() if len(sys.argv) > 2 else ""


def reload(*_words):
    global config
    config = open(sys.argv[2]).read()
    print("reloaded", flush=True)


signal.signal(signal.SIGHUP, reload)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(500 if behave == "sick" else 200)
        self.end_headers()
        said = [release, str(os.getpid()), config.strip(), os.environ.get("GREETING", "")]
        self.wfile.write(" ".join(said).encode())

    def log_message(self, *words):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 128


if os.environ.get("LISTEN_FDS"):
    server = Server(("127.0.0.1", 0), Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = socket.socket(fileno=3)
    server.server_name, server.server_port = "shop", 0
else:
    server = Server(("127.0.0.1", int(sys.argv[1])), Handler)


def stop(*_words):
    threading.Thread(target=server.shutdown).start()


signal.signal(signal.SIGTERM, stop)
server.serve_forever()
server.server_close()
"""


def release(host: Host, name: str, behave: str = "ok", config: str = "plain", root: str = ROOT, **files: str) -> None:
    """A finished release: the marker is what counts."""
    contents = {"server.py": SERVER, "behave": behave, "config.txt": config, **files}
    for path, text in contents.items():
        host.write(f"{root}/releases/{name}/{path}", text)
    marker = {
        "format": 1,
        "id": name,
        "source": {"kind": "directory", "identity": name},
        "recipe": {},
        "made": f"2026-11-21T2{'abc'.index(name[0])}:00:00Z",
        "files": {path: f"0644:{hashlib.sha256(text.encode()).hexdigest()}" for path, text in contents.items()},
    }
    host.write(f"{root}/releases/{name}/.slipway-release.json", json.dumps(marker))


def service(name: str = "web", port: int = 8080, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "exec": ["/usr/bin/python3", "server.py", str(port)],
        "ports": [port],
        "ready": [{"http": f"http://127.0.0.1:{port}/"}],
        "ready_seconds": 60,
        **more,
    }


def socketed(name: str = "web", port: int = 8080, **more: Any) -> dict[str, Any]:
    """One that is given its port by systemd."""
    found = service(name, port, **more)
    del found["ports"]
    return {**found, "sockets": [port]}


def deploy(host: Host, *services: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A run that has to succeed."""
    done = attempt(host, *services, **more)
    assert not done.get("failed"), done["msg"]
    return done


def attempt(host: Host, *services: Mapping[str, Any], check_mode: bool = False, **more: Any) -> dict[str, Any]:
    given = {"services": list(services)} if services else {}
    return host.module(MODULE, {"name": "shop", **given, **more}, check_mode=check_mode, diff=True)


def ask(host: Host, port: int = 8080) -> list[str]:
    """Release, process, configuration and greeting; nothing where nobody answers."""
    script = f"import urllib.request as u; print(u.urlopen('http://127.0.0.1:{port}/', timeout=20).read().decode())"
    return host.run("python3", "-c", script, check=False).stdout.split(" ")


def pid(host: Host, unit: str = "shop-web") -> int:
    return int(show(host, unit, "MainPID"))


def show(host: Host, unit: str, what: str) -> str:
    return host.run("systemctl", "show", "--value", f"--property={what}", unit).stdout.strip()


def actions(result: Mapping[str, Any]) -> dict[str, str]:
    return {one["name"]: one["action"] for one in result["services"]}


def reasons(result: Mapping[str, Any], name: str = "web") -> list[str]:
    return [reason for one in result["services"] if one["name"] == name for reason in one["reasons"]]


def until(ready: Any, seconds: float = 20) -> None:
    limit = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < limit, "it did not come to pass"
        time.sleep(0.1)


#: Asks again and again until a file says to stop, and counts what was lost. Waits as long as a queue makes it wait.
LOOP = r"""
import json, os, sys, time, urllib.request
counts = {"answered": 0, "lost": 0, "slowest": 0.0, "releases": []}
while not os.path.exists("/run/loop-stop"):
    began = time.monotonic()
    try:
        said = urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/", timeout=30).read().decode().split(" ")[0]
        counts["answered"] += 1
        if said not in counts["releases"]:
            counts["releases"].append(said)
    except OSError:
        counts["lost"] += 1
        time.sleep(0.01)
    counts["slowest"] = max(counts["slowest"], time.monotonic() - began)
    open("/run/loop-runs", "w").close()
print(json.dumps(counts))
"""


class Loop:
    """Requests without an end, from the host itself."""

    def __init__(self, host: Host, port: int = 8080) -> None:
        self.host, self.port = host, port
        self.counts: dict[str, Any] = {}

    def __enter__(self) -> Loop:
        self.host.run("rm", "-f", "/run/loop-stop", "/run/loop-runs", "/run/loop-said")
        self.host.write("/run/loop.py", LOOP)
        words = f"python3 /run/loop.py {self.port} > /run/loop-new; mv /run/loop-new /run/loop-said"
        self.host.run("systemd-run", "--quiet", "--unit=loop", "--collect", "sh", "-c", words)
        until(lambda: self.host.run("test", "-e", "/run/loop-runs", check=False).returncode == 0)
        return self

    def __exit__(self, *_words: object) -> None:
        self.host.run("touch", "/run/loop-stop")
        until(lambda: self.host.run("test", "-e", "/run/loop-said", check=False).returncode == 0, 60)
        self.counts = json.loads(self.host.read("/run/loop-said"))
