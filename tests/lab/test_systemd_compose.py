# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Compose file says is what its services find as units on a real host: addresses, files, secrets, data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.filter.systemd_app_plan import systemd_app_plan

from .hosts import Host
from .systemd_apps import A, deploy, release

COMPOSE = """\
name: shop
services:
  web:
    image: shop/web:1
    user: "1000"
    command: [never, run]
    ports: ["80:80"]
    environment:
      API_URL: http://api:8081/
      QUOTED: 'a "b" $$c \\\\ d'
      DB_PASSWORD_FILE: /run/secrets/db_password
      LICENSE_FILE: /run/secrets/license
    secrets: [db_password, license]
    configs: [{source: settings, target: /etc/shop/settings.ini, mode: 292}]
    volumes: ["data:/srv/data", "./static:/usr/share/shop:ro"]
    tmpfs: ["/scratch:size=1m"]
    ulimits: {nofile: 512}
    mem_limit: 128m
    pids_limit: 40
    stop_signal: SIGINT
    depends_on: {api: {condition: service_healthy}, once: {condition: service_completed_successfully}}
    healthcheck: {test: ["CMD", "curl", "-f", "http://localhost/look"]}
    x-systemd:
      exec: python3 look.py 80
      secrets: {license: /root/license, TOKEN: /root/token}
  api:
    image: shop/api:1
    expose: ["8081"]
    volumes: ["data:/srv/data"]
    networks: [inner]
    healthcheck: {test: ["CMD", "true"]}
    x-systemd: {exec: python3 look.py 8081}
  once:
    image: shop/once:1
    restart: "no"
    volumes: ["data:/srv/data"]
    x-systemd: {exec: "python3 -c \\"open('/srv/data/once', 'a').write('x')\\""}
secrets:
  db_password: {file: ./secret.txt}
  license: {external: true}
configs:
  settings: {content: "[shop]"}
networks:
  inner: {internal: true}
volumes:
  data: {}
"""
#: Answers with what the service sees. What is asked for behind the question mark is a path to write to.
LOOK = r"""
import http.server, json, os, resource, sys, urllib.request


def read(path):
    try:
        return open(path).read()
    except OSError as error:
        return error.strerror


def write(path):
    try:
        with open(path, "a") as file:
            file.write("x")
    except OSError as error:
        return error.strerror
    return "written"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path.startswith("/write?"):
            said = write(self.path.partition("?")[2])
        elif self.path.startswith("/read?"):
            said = read(self.path.partition("?")[2])
        elif self.path.startswith("/get?"):
            said = urllib.request.urlopen(self.path.partition("?")[2], timeout=5).status
        else:
            said = {"env": dict(os.environ), "uid": os.getuid(), "cwd": os.getcwd(),
                    "files": resource.getrlimit(resource.RLIMIT_NOFILE)}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(said).encode())

    def log_message(self, *words):
        pass


http.server.ThreadingHTTPServer(("0.0.0.0", int(sys.argv[1])), Handler).serve_forever()
"""


def plan(folder: Path) -> dict[str, Any]:
    """The plan of the project, whose findings are none that would stop a deployment."""
    for name, text in {"compose.yaml": COMPOSE, "secret.txt": "hunter2\n", "static/a.css": "b {}"}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    found = systemd_app_plan({"project_directory": str(folder)})
    assert [each for each in found["findings"] if each["severity"] == "error"] == []
    assert "secret.txt" in found["release"]["exclude"]
    return found


@pytest.fixture(scope="module", params=["trixie", "bookworm"])
def host(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with Host.create(f"composed-{request.param}", suite=request.param, docker=False) as host:
        release(host, A, **{"look.py": LOOK, "static/a.css": "b {}"})
        host.write("/root/license", "licensed", mode="0600")
        host.write("/root/token", "t0k3n", mode="0600")
        services = plan(tmp_path_factory.mktemp("project"))["services"]
        assert {one["action"] for one in deploy(host, *services, release=A)["services"]} == {"start"}
        assert not deploy(host, *services, release=A)["changed"]
        yield host


def ask(host: Host, question: str, port: int = 80) -> Any:
    url = f"http://127.0.0.1:{port}/{question}"
    script = f"import urllib.request as u; print(u.urlopen('{url}', timeout=20).read().decode())"
    return json.loads(host.run("python3", "-c", script).stdout)


def test_its_variables(host: Host) -> None:
    seen = ask(host, "look")
    assert seen["env"]["QUOTED"] == 'a "b" $c \\\\ d'
    assert seen["env"]["API_URL"] == "http://127.0.0.1:8081/" and ask(host, f"get?{seen['env']['API_URL']}") == 200
    assert seen["cwd"] == f"/srv/slipway/shop/releases/{A}"
    assert seen["uid"] > 60000, "one that systemd makes up"
    assert seen["files"][1] == 512


def test_its_secrets_and_files(host: Host) -> None:
    variables = ask(host, "look")["env"]
    assert ask(host, f"read?{variables['DB_PASSWORD_FILE']}") == "hunter2\n"
    assert ask(host, f"read?{variables['LICENSE_FILE']}") == "licensed"
    assert ask(host, f"read?{variables['TOKEN_FILE']}") == "t0k3n" and "TOKEN" not in variables
    assert ask(host, "read?/etc/shop/settings.ini") == "[shop]"
    assert ask(host, "read?/usr/share/shop/a.css") == "b {}"
    assert ask(host, "read?/run/secrets/db_password", port=8081) == "", "where it is mounted for the other one"
    units = host.run("sh", "-c", "cat /etc/systemd/system/shop-*").stdout
    assert "hunter2" not in units and "t0k3n" not in units


def test_what_it_may_write_to(host: Host) -> None:
    assert ask(host, "write?/srv/data/web") == "written"
    assert ask(host, "write?/srv/data/api", port=8081) == "written"
    assert ask(host, "read?/srv/data/api") == "x", "the volume is one for both"
    assert ask(host, "read?/srv/data/once") == "x", "it ran once, before"
    assert ask(host, "write?/scratch/a") == ask(host, "write?/tmp/a") == "written"
    for path in ("/usr/share/shop/b.css", "look.py", "/etc/shop/settings.ini", "/var/tmp/../lib/a", "/root/a"):
        assert ask(host, f"write?{path}") in ("Read-only file system", "Permission denied"), path


def test_its_unit(host: Host) -> None:
    wanted = {"MemoryMax": str(128 * 2**20), "TasksMax": "40", "KillSignal": "2", "ActiveState": "active"}
    for name, value in wanted.items():
        assert host.run("systemctl", "show", "--value", f"--property={name}", "shop-web").stdout.strip() == value


def test_a_service_of_an_internal_network_is_reached_on_the_host_alone(host: Host) -> None:
    assert ask(host, "look", port=8081)["uid"]
    denied = host.run("systemctl", "show", "--value", "--property=IPAddressDeny", "shop-api").stdout.split()
    assert set(denied) == {"0.0.0.0/0", "::/0"}
