# SPDX-License-Identifier: GPL-3.0-or-later
"""Units on real hosts: systemd finds nothing wrong with them, they are as confined as we say, and services work."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd import hardening, scores, verification
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd import host as systemd_host
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.exposure import shown
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.grants import GRANTS
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.places import Places
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.quoting import assignments
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.reader import read_app
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.units import UnitFile, render
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.wish import App, Service

from .hosts import Host

PROGRAM = Path(__file__).parent / "systemd_app" / "answers.py"
ANSWERS = "/usr/bin/python3 answers.py"
ORDINARY, WITH_JIT = Decimal("2.0"), Decimal("4.7")
TARGETS = {"252": "bookworm", "257": "trixie"}
ODD = "a \"b\" 'c' $d \\e `f` %n\nnext"
WORDS = ["a b", "it's", 'say "x"', "$HOME", "%n", "", ";", "\\d", "tab\there", "é", "@x", "-"]
SERVICES: dict[str, dict[str, Any]] = {
    "web": {
        "exec": [*ANSWERS.split(), *WORDS],
        "ports": [8080],
        "environment": {
            "PORT": "8080",
            "ODD": ODD,
            "READ": "/run/secrets/key:/etc/shop/a.ini:/my path/note",
            "WRITE": "/var/lib/shop/data:/data:/scratch:/my path",
        },
        "directories": ["data", {"name": "more", "target": "/data"}],
        "files": [
            {"name": "key", "target": "/run/secrets/key", "content": "hush\n", "secret": True},
            {"name": "a.ini", "target": "/etc/shop/a.ini", "content": "x=1\n"},
        ],
        "credentials": {"db": "/etc/shop-secrets/db"},
        "tmpfs": [{"target": "/scratch", "size": "8M"}],
        "binds": [{"source": "/srv/my bind: 100%", "target": "/my path"}],
        "limits": {"memory": "256M", "cpus": 0.5, "tasks": 50, "files": 2048},
    },
    "socket": {"exec": ANSWERS, "sockets": [8090, "/run/shop.sock"]},
    "user": {
        "exec": ANSWERS,
        "ports": [8081],
        "user": "games",
        "environment": {"PORT": "8081", "READ": "/run/secrets/key", "WRITE": "/var/lib/shop/own:/own"},
        "directories": [{"name": "own", "target": "/own"}],
        "files": [{"name": "key", "target": "/run/secrets/key", "content": "hush\n", "secret": True}],
        "reload": "/bin/kill -HUP $MAINPID",
    },
    "low": {"exec": ANSWERS, "ports": [80], "capabilities": ["NET_BIND_SERVICE"], "environment": {"PORT": "80"}},
    "jit": {
        "exec": ANSWERS,
        "ports": [8082],
        "environment": {"PORT": "8082"},
        "hardening": {"MemoryDenyWriteExecute": False},
    },
    "one": {
        "exec": ANSWERS,
        "ports": [8083],
        "environment": {"PORT": "8083", "WRITE": "/var/lib/shop/both"},
        "directories": "both",
    },
    "other": {
        "exec": ANSWERS,
        "ports": [8084],
        "environment": {"PORT": "8084", "WRITE": "/var/lib/shop/both"},
        "directories": "both",
    },
    "every": {
        "exec": f"{ANSWERS} once",
        "timer": {"every": 3},
        "directories": "every",
        "environment": {"WRITE": "/var/lib/shop/every"},
    },
    "daily": {"exec": f"{ANSWERS} once", "timer": {"calendar": "daily"}},
    "once": {"exec": f"{ANSWERS} once", "one_shot": True},
}


@dataclass(frozen=True)
class Place:
    """A host with the services of an app."""

    host: Host
    systemd: int
    app: App
    units: tuple[UnitFile, ...]

    def path(self, unit: UnitFile) -> str:
        return f"/etc/systemd/system/{unit.name}"

    def ask(self, address: str) -> dict[str, Any]:
        program = f"import urllib.request as u; print(u.urlopen({address!r}, timeout=20).read().decode())"
        answer: dict[str, Any] = json.loads(self.host.run("python3", "-c", program).stdout)
        return answer

    def state(self, unit: str, name: str) -> str:
        return self.host.run("systemctl", "show", "--value", f"--property={name}", unit).stdout.strip()


def app_of(services: Mapping[str, Any]) -> App:
    app, findings = read_app({"name": "shop", "services": services})
    assert not findings, findings
    return app


@pytest.fixture(scope="module", params=TARGETS.values())
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """All of it is installed and started as an administrator would, without the module."""
    with Host.create("units", suite=request.param, docker=False) as host:
        systemd = systemd_host.version(host.run("systemctl", "--version").stdout) or 0
        app = app_of(SERVICES)
        units = render(app, systemd_host.Host(systemd))
        lay_out(host, app, units)
        made = Place(host, systemd, app, units)
        host.run("systemctl", "start", *(unit.name for unit in units if unit.name.endswith((".socket", ".timer"))))
        host.run("systemctl", "start", *(app.unit(one.name) for one in app.services if not one.timer))
        yield made


def lay_out(host: Host, app: App, units: tuple[UnitFile, ...]) -> None:
    places = Places.of(app)
    host.write(f"{places.release('one')}/answers.py", PROGRAM.read_text(encoding="utf-8"))
    host.run("ln", "--symbolic", "releases/one", places.current)
    host.write("/etc/shop-secrets/db", "hidden", "0600")
    host.write("/srv/my bind: 100%/note", "here\n")
    host.run("chmod", "0777", "/srv/my bind: 100%")
    for service in app.services:
        if service.environment:
            host.write(places.environment(service.name), assignments(service.environment), "0600")
        for file in service.files:
            host.write(places.file(service.name, file.name), file.content, "0600" if file.secret else "0644")
    host.run("chmod", "0700", places.private)
    script = "".join(f"cat > /etc/systemd/system/{unit.name} <<'END'\n{unit.text}END\n" for unit in units)
    host.run("sh", input=f"{script}systemctl daemon-reload\n")


def exposures(host: Host, systemd: int, services: Mapping[str, Service]) -> dict[str, Decimal]:
    """What the host's own program gives these services."""
    names = {f"case{number}": name for number, name in enumerate(services)}
    app = App("shop", tuple(replace(services[name], name=plain) for plain, name in names.items()))
    units = render(app, systemd_host.Host(systemd))
    script = ["set -e", "rm -rf /root/scored; mkdir /root/scored; cd /root/scored"]
    script += [f"cat > {unit.name} <<'END'\n{unit.text}END" for unit in units if unit.name.endswith(".service")]
    script += ["systemd-analyze security --no-pager --offline=yes ./*.service"]
    found = scores.by_unit(host.run("sh", input="\n".join(script)).stdout)
    return {name: found[f"{app.unit(plain)}.service"] for plain, name in names.items()}


def test_systemd_finds_nothing_wrong(place: Place) -> None:
    done = place.host.run("systemd-analyze", "verify", *map(place.path, place.units), check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_mistakes_in_units_are_told(place: Place) -> None:
    text = "[Service]\nExecStart=/srv/none\nProtectSystem=very\nNoSuchOption=1\n"
    place.host.write("/etc/systemd/system/wrong.service", text)
    said = place.host.run("systemd-analyze", "verify", "/etc/systemd/system/wrong.service", check=False).stderr
    place.host.run("rm", "/etc/systemd/system/wrong.service")
    found = {finding.path: finding.severity for finding in verification.parse(said, {"wrong.service"})}
    assert found == {"wrong.service:3": "error", "wrong.service:4": "warning", "wrong.service": "error"}


def test_services_are_confined(place: Place) -> None:
    found = exposures(place.host, place.systemd, {service.name: service for service in place.app.services})
    print({name: str(score) for name, score in found.items()})
    assert found["jit"] <= WITH_JIT
    assert all(score <= ORDINARY for name, score in found.items() if name != "jit"), found
    assert found["web"] == Decimal("1.1")


def test_each_option_is_worth_what_we_say(place: Place) -> None:
    """Every option off and on, for each kind of user, and every capability: the program's figure is ours."""
    cases: dict[str, Service] = {}
    for who, service in kinds_of_services().items():
        cases[who] = service
        for option in hardening.OPTIONS:
            for said in (True, False):
                cases[f"{who}: {option} {said}"] = replace(service, hardening={option: said})
    cases |= {name: Service("web", ("/bin/true",), capabilities=(name,)) for name in GRANTS}
    found = exposures(place.host, place.systemd, cases)
    assert {name: found[name] for name in cases} == {name: shown(hardening.score(cases[name])) for name in cases}


def kinds_of_services() -> dict[str, Service]:
    plain = Service("web", ("/bin/true",), ports=(8080,))
    return {
        "plain": plain,
        "user": replace(plain, user="games"),
        "root": replace(plain, user="root"),
        "low": replace(plain, ports=(80,), capabilities=("CAP_NET_BIND_SERVICE",)),
    }


def test_a_service_sees_what_it_was_given(place: Place) -> None:
    seen = place.ask("http://127.0.0.1:8080/")
    assert seen["arguments"] == WORDS
    assert seen["variables"]["ODD"] == ODD
    assert seen["credentials"] == {"db": "hidden", "key": "hush\n"}
    assert seen["files"] == {"/run/secrets/key": "hush\n", "/etc/shop/a.ini": "x=1\n", "/my path/note": "here\n"}
    assert seen["open_files"] == 2048
    assert seen["folder"] == Places.of(place.app).release("one")
    assert seen["user"] >= 61184, "a user of systemd's own range"
    assert place.state("shop-web.service", "MemoryMax") == str(256 * 2**20)
    assert place.state("shop-web.service", "CPUQuotaPerSecUSec") == "500ms"
    assert place.state("shop-web.service", "TasksMax") == "50"


def test_data_outlives_the_service(place: Place) -> None:
    first = place.ask("http://127.0.0.1:8080/")["written"]
    place.host.run("systemctl", "restart", "shop-web")
    wait_for(place, 8080)
    again = place.ask("http://127.0.0.1:8080/")["written"]
    kept = ("/var/lib/shop/data", "/data", "/my path")
    assert all(again[path] > first[path] for path in kept), (first, again)
    assert again["/scratch"] < first["/scratch"] + 2, "memory is empty again"


def test_what_a_service_may_not_do(place: Place) -> None:
    tried = place.ask("http://127.0.0.1:8080/")["tried"]
    may = {name for name, outcome in tried.items() if outcome == "done"}
    assert may == {"tmp", "thread", "child", "resolve", "interfaces"}
    assert place.ask("http://127.0.0.1:8082/")["tried"]["memory"] == "done", "a runtime with a JIT"
    assert place.host.run("test", "-e", "/tmp/written", check=False).returncode == 1


def test_a_named_user_has_its_data_and_secrets(place: Place) -> None:
    seen = place.ask("http://127.0.0.1:8081/")
    assert seen["user"] == int(place.host.run("id", "--user", "games").stdout)
    assert seen["files"] == {"/run/secrets/key": "hush\n"}
    assert all(isinstance(count, int) for count in seen["written"].values())


def test_a_reload_reaches_the_same_process(place: Place) -> None:
    before = place.ask("http://127.0.0.1:8081/")
    place.host.run("systemctl", "reload", "shop-user")
    time.sleep(0.5)
    after = place.ask("http://127.0.0.1:8081/")
    assert (after["pid"], len(after["reloads"])) == (before["pid"], len(before["reloads"]) + 1)


def test_a_low_port_is_opened_by_its_capability(place: Place) -> None:
    assert place.ask("http://127.0.0.1:80/")["user"] >= 61184


def test_services_share_data(place: Place) -> None:
    """The user of both is the same, so neither takes the folder from the other."""
    for _round in range(2):
        one, other = place.ask("http://127.0.0.1:8083/"), place.ask("http://127.0.0.1:8084/")
        assert one["user"] == other["user"]
        assert other["written"]["/var/lib/shop/both"] == one["written"]["/var/lib/shop/both"] + 1


def test_a_restart_behind_a_socket_refuses_nobody(place: Place) -> None:
    before = place.ask("http://127.0.0.1:8090/")["pid"]
    place.host.run("systemctl", "restart", "--no-block", "shop-socket.service")
    pids = {place.ask("http://127.0.0.1:8090/")["pid"] for _request in range(10)}
    assert (pids and pids != {before}) or place.ask("http://127.0.0.1:8090/")["pid"] != before


def test_a_timer_starts_its_service_again_and_again(place: Place) -> None:
    count = "/var/lib/shop/every/count"
    first = int(place.host.read(count))
    limit = time.monotonic() + 30
    while int(place.host.read(count)) < first + 2:
        assert time.monotonic() < limit
        time.sleep(0.5)
    assert place.state("shop-every.service", "Result") == "success"
    assert place.state("shop-daily.timer", "ActiveState") == "active"


def test_a_one_shot_service_has_ended_and_stays_done(place: Place) -> None:
    assert place.state("shop-once.service", "SubState") == "exited"


@pytest.mark.fault
def test_a_killed_service_is_back(place: Place) -> None:
    before = place.ask("http://127.0.0.1:8080/")["pid"]
    place.host.run("systemctl", "kill", "--signal=KILL", "shop-web")
    wait_for(place, 8080)
    assert place.ask("http://127.0.0.1:8080/")["pid"] != before


@pytest.mark.fault
def test_a_service_that_ends_at_once_does_not_close_its_socket(place: Place) -> None:
    """It is started again with a delay, and requests wait until it stays."""
    broken = app_of({"crash": {"exec": "/bin/false", "sockets": [8099], "restart_max_seconds": 2}})
    for unit in render(broken, systemd_host.Host(place.systemd)):
        place.host.write(place.path(unit), unit.text)
    place.host.run("systemctl", "daemon-reload")
    place.host.run("systemctl", "start", "shop-crash.socket")
    program = "import socket, time; s = socket.create_connection(('127.0.0.1', 8099)); s.send(b'x'); time.sleep(12)"
    place.host.run("python3", "-c", program)
    assert place.state("shop-crash.socket", "ActiveState") == "active"
    assert 3 <= int(place.state("shop-crash.service", "NRestarts")) <= 20
    place.host.run("systemctl", "stop", "shop-crash.socket", "shop-crash.service")


def wait_for(place: Place, port: int) -> None:
    limit = time.monotonic() + 30
    program = f"import socket; socket.create_connection(('127.0.0.1', {port})).close()"
    while place.host.run("python3", "-c", program, check=False).returncode != 0:
        assert time.monotonic() < limit
        time.sleep(0.2)
