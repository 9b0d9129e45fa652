# SPDX-License-Identifier: GPL-3.0-or-later
"""`systemd_app` where something breaks on purpose, and what it refuses before it touches anything."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from .disks import disk
from .hosts import PYTHON, Host, python_name
from .systemd_apps import (
    ROOT,
    A,
    B,
    C,
    actions,
    ask,
    attempt,
    deploy,
    pid,
    release,
    service,
    show,
    until,
)

pytestmark = pytest.mark.fault


@pytest.fixture(scope="module", params=["trixie", "bookworm"])
def machine(request: pytest.FixtureRequest) -> Iterator[Host]:
    with Host.create(f"systemd-fault-{request.param}", suite=request.param, docker=False) as host:
        yield host


@pytest.fixture
def host(machine: Host) -> Iterator[Host]:
    for name in (A, B, C):
        release(machine, name)
    yield machine
    attempt(machine, state="absent", remove_releases=True, remove_data=True)


def untouched(host: Host) -> bool:
    """Nothing of ours is installed."""
    places = ["/etc/systemd/system/shop-web.service", f"{ROOT}/current", "/etc/slipway/shop"]
    return all(host.run("test", "-e", place, check=False).returncode == 1 for place in places)


def refused(host: Host, *services: dict[str, Any], **more: Any) -> str:
    """The message, after a run that touched nothing."""
    for check_mode in (True, False):
        found = attempt(host, *services, release=A, check_mode=check_mode, **more)
        assert found["failed"] and not found["changed"], found
    assert untouched(host)
    return str(found["msg"])


def test_a_user_that_does_not_exist(host: Host) -> None:
    said = refused(host, service(user="nobody-here"))
    assert "services.web.user" in said and "nobody-here" in said and "1 problem." in said


def test_a_low_port_without_the_capability(host: Host) -> None:
    said = refused(host, service(port=80))
    assert "services.web.ports" in said and "80" in said and "CAP_NET_BIND_SERVICE" in said


def test_more_memory_than_the_host_has(host: Host) -> None:
    said = refused(host, service(limits={"memory": "900T"}))
    assert "services.web.limits.memory" in said


def test_a_port_that_another_program_holds(host: Host) -> None:
    host.run("systemd-run", "--quiet", "--unit=squatter", "python3", "-m", "http.server", "8080")
    until(lambda: ask(host) != [""])
    try:
        said = refused(host, service())
        assert "8080" in said and "squatter.service" in said
    finally:
        host.run("systemctl", "stop", "squatter")


def test_paths_with_spaces_and_quotes_are_carried_or_refused(host: Host) -> None:
    """A path is carried to the program as it is; a root that no unit can name is refused."""
    script = "/opt/a \"quoted\" 'place'/it's $HOME 100%.py"
    host.write(script, "import sys, time; print('args', sys.argv[1:], flush=True); time.sleep(1000)")
    words = ["/usr/bin/python3", script, 'a "b" c', "$HOME", "100%", "it's"]
    web = {"name": "web", "exec": words, "ready": [{"stable_seconds": 0.5}]}
    deploy(host, web)
    until(lambda: "args" in host.run("journalctl", "-u", "shop-web", "-o", "cat", "--no-pager").stdout)
    said = host.run("journalctl", "-u", "shop-web", "-o", "cat", "--no-pager").stdout
    assert str(words[2:]) in said
    attempt(host, state="absent")
    bad = refused(host, {**web, "exec": ["/usr/bin/python3", "a\nb"]}, root='/srv/a "b"\nc')
    assert "root" in bad


def test_a_unit_that_fails_verification_is_not_installed(host: Host) -> None:
    """A program that is not in the release is what verify finds and we do not look for."""
    web = service()
    web["exec"] = ["bin/not-there", "8080"]
    found = attempt(host, web, release=A)
    assert found["failed"] and "bin/not-there" in found["msg"] and untouched(host)


def test_a_unit_of_somebody_else_is_not_written_over(host: Host) -> None:
    host.write("/etc/systemd/system/shop-web.service", "[Service]\nExecStart=/bin/sleep 1000\n")
    found = attempt(host, service(), release=A)
    assert found["failed"] and "foreign_unit" in found["msg"]
    assert host.read("/etc/systemd/system/shop-web.service").startswith("[Service]")
    host.run("rm", "/etc/systemd/system/shop-web.service")


def test_too_exposed(host: Host) -> None:
    assert "exposure" in refused(host, service(), max_exposure=0.1)


def test_a_release_that_is_not_there(host: Host) -> None:
    found = attempt(host, service(), release="0123456789ab")
    assert found["failed"] and "no finished release" in found["msg"] and untouched(host)
    assert attempt(host, service(), release="../../etc")["failed"]


def test_a_release_that_hangs_at_start(host: Host) -> None:
    deploy(host, service(), release=A)
    release(host, B, behave="hang")
    failed = attempt(host, service(ready_seconds=3), release=B)
    assert failed["failure"]["cause"] == "timeout" and failed["rolled_back"]
    assert "connection refused" in failed["failure"]["probe_output"]
    assert ask(host)[0] == A


def test_a_service_that_is_killed_comes_back_by_itself(host: Host) -> None:
    deploy(host, service(), release=A)
    before = pid(host)
    host.run("kill", "-9", str(before))
    until(lambda: pid(host) not in (0, before) and ask(host)[0] == A)
    again = deploy(host, service(), release=A)
    assert not again["changed"]


@pytest.mark.parametrize("moment", ["files", "link", "start"])
def test_a_run_that_is_killed_half_way_is_finished_by_the_next(host: Host, moment: str) -> None:
    """`kill -9` of the module: before and after the link, and while it waits for the probe."""
    deploy(host, service(), service("api", 8081), release=A)
    before = pid(host, "shop-api")
    release(host, B, behave="slow")
    web, api = (
        service(environment={"GREETING": "new"}),
        service("api", 8081, needs=[{"service": "web", "condition": "ready"}]),
    )
    started = f"readlink /proc/$(systemctl show -P MainPID shop-web)/cwd | grep -q {B}"
    seen = {
        "files": "test -e /etc/slipway/shop/web/environment",
        "link": f"readlink {ROOT}/current | grep -q {B}",
        "start": f"{started} && grep -q '\"web\"' /var/lib/slipway/systemd/shop/state.json",
    }[moment]
    args = {"name": "shop", "services": [web, api], "release": B}
    request = json.dumps({"ANSIBLE_MODULE_ARGS": args})
    host.write("/run/request.json", request)
    script = (
        f"python3 -m {python_name('systemd_app')} < /run/request.json > /dev/null 2>&1 & "
        f"while kill -0 $! 2>/dev/null; do if {seen}; then kill -9 $!; echo killed; break; fi; done"
    )
    said = host.run("sh", "-c", script, env={"PYTHONPATH": PYTHON}).stdout
    assert said == "killed\n"
    done = deploy(host, web, api, release=B)
    assert done["changed"]
    assert ask(host)[0] == B and ask(host)[3] == "new\n"
    assert ask(host, 8081)[0] == B and pid(host, "shop-api") != before
    assert not deploy(host, web, api, release=B)["changed"]


def test_two_runs_at_once(host: Host) -> None:
    """One after the other, and who does not wait is told who is at it."""
    release(host, A, behave="slow")
    found: dict[str, dict[str, Any]] = {}

    def go(name: str, identity: str) -> None:
        found[name] = attempt(host, service(), release=identity, lock_timeout=300)

    threads = [threading.Thread(target=go, args=words) for words in (("one", A), ("two", B))]
    for thread in threads:
        thread.start()
    until(lambda: "pid" in host.run("cat", "/var/lib/slipway/systemd/shop/lock", check=False).stdout)
    impatient = attempt(host, service(), release=C, lock_timeout=0)
    for thread in threads:
        thread.join()
    assert impatient["failed"] and "another run has" in impatient["msg"]
    assert not any(one.get("failed") for one in found.values()), found
    assert ask(host)[0] == host.run("readlink", f"{ROOT}/current").stdout.strip().rpartition("/")[2]


def test_memory_above_its_limit_is_told_as_such(host: Host) -> None:
    hungry = {"name": "web", "exec": ["/usr/bin/python3", "-c", "x = bytearray(10**9); import time; time.sleep(1000)"]}
    deploy(host, service(), release=A)
    failed = attempt(host, {**hungry, "limits": {"memory": "32M"}, "ready": [{"stable_seconds": 3}]}, release=A)
    assert failed["rolled_back"] and ask(host)[0] == A
    assert failed["failure"]["cause"] in ("oom", "signal"), failed["failure"]


def test_state_that_is_damaged_is_not_guessed_at(host: Host) -> None:
    deploy(host, service(), release=A)
    kept = host.read("/var/lib/slipway/systemd/shop/state.json")
    host.write("/var/lib/slipway/systemd/shop/state.json", '{"format": 1, ')
    found = attempt(host, service(), release=B)
    assert found["failed"] and "cannot be understood" in found["msg"] and ask(host)[0] == A
    host.write("/var/lib/slipway/systemd/shop/state.json", kept, mode="0600")


def test_a_full_disk() -> None:
    """Units and what is beside them are written whole, or everything is as before."""
    with disk(8) as folder, Host.create("systemd-full", docker=False, volumes=[f"{folder}:/etc/slipway"]) as host:
        for name in (A, B):
            release(host, name)
        web = service(environment={"GREETING": "before"})
        deploy(host, web, release=A)
        before, unit = pid(host), host.read("/etc/systemd/system/shop-web.service")
        subprocess.run(["fallocate", "-l", "6M", folder / "fill"], check=False)
        subprocess.run(["dd", "if=/dev/zero", f"of={folder / 'rest'}", "bs=4k"], check=False, capture_output=True)
        large = service(environment={"GREETING": "x" * 100_000}, limits={"tasks": 77})
        failed = attempt(host, large, release=B)
        assert failed["failed"] and failed["failure"]["cause"] == "disk" and not failed["changed"], failed["msg"]
        assert "nothing was changed" in failed["msg"]
        assert pid(host) == before and ask(host)[:1] == [A]
        assert host.read("/etc/systemd/system/shop-web.service") == unit
        assert "new" not in host.run("find", "/etc/slipway", "/etc/systemd/system", "-name", ".*").stdout
        for name in ("fill", "rest"):
            (folder / name).unlink(missing_ok=True)
        assert actions(deploy(host, large, release=B)) == {"web": "restart"}
        assert show(host, "shop-web", "TasksMax") == "77"
