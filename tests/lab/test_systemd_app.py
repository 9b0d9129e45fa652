# SPDX-License-Identifier: GPL-3.0-or-later
"""Stories of `systemd_app` on real hosts: what runs, what is left alone, and what a failed deployment leaves behind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from .hosts import Host
from .systemd_apps import (
    ROOT,
    SECRET,
    A,
    B,
    C,
    Loop,
    actions,
    ask,
    attempt,
    deploy,
    pid,
    reasons,
    release,
    service,
    show,
    socketed,
)

GROUPS = ("services", "diff", "changed")


@pytest.fixture(scope="module", params=["trixie", "bookworm"])
def machine(request: pytest.FixtureRequest) -> Iterator[Host]:
    with Host.create(f"systemd-{request.param}", suite=request.param, docker=False) as host:
        yield host


@pytest.fixture
def host(machine: Host) -> Iterator[Host]:
    """With releases A, B and C, and nothing installed."""
    for name in (A, B, C):
        release(machine, name)
    yield machine
    attempt(machine, state="absent", remove_releases=True, remove_data=True)
    left = machine.run("sh", "-c", "ls -d /srv/slipway/shop /etc/slipway/shop /etc/systemd/system/shop*", check=False)
    assert left.stdout == ""


def told(result: dict[str, Any]) -> dict[str, Any]:
    """What check mode has to tell as the real run does; states are what they are when they are asked for."""
    services = [{key: value for key, value in one.items() if key != "state"} for one in result["services"]]
    return {"services": services, "diff": result["diff"], "changed": result["changed"]}


def foretold(host: Host, *services: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A run that has to do just what check mode said before, and leave nothing to do."""
    before = attempt(host, *services, check_mode=True, **more)
    done = deploy(host, *services, **more)
    assert told(before) == told(done)
    again = deploy(host, *services, **more)
    assert (again["changed"], again["diff"], again["actions"]) == (False, [], [])
    return done


def test_it_starts_and_a_second_run_leaves_it_alone(host: Host) -> None:
    done = foretold(host, service(), release=A)
    assert actions(done) == {"web": "start"} and reasons(done) == ["is new"]
    assert ask(host)[0] == A
    assert (done["release"], done["former"], done["services"][0]["state"]) == (A, "", "active")
    assert 0 < done["services"][0]["exposure"] <= 2.0
    before = pid(host)
    assert not deploy(host, service(), release=A)["changed"]
    assert pid(host) == before
    assert show(host, "shop-web", "UnitFileState") == "enabled"
    assert host.run("stat", "-c", "%a %U", "/etc/systemd/system/shop-web.service").stdout == "644 root\n"


def test_check_mode_touches_nothing(host: Host) -> None:
    done = attempt(host, service(), release=A, check_mode=True)
    assert done["changed"] and actions(done) == {"web": "start"}
    for place in ("/etc/systemd/system/shop-web.service", "/etc/slipway", "/var/lib/slipway/systemd/shop/state.json"):
        assert host.run("test", "-e", place, check=False).returncode == 1
    assert host.run("readlink", f"{ROOT}/current", check=False).stdout == ""
    later = attempt(host, service(), release="0123456789ab", check_mode=True)
    assert later["changed"] and not later.get("failed")


def test_a_new_release_restarts_and_its_outage_is_told(host: Host) -> None:
    deploy(host, service(), release=A)
    done = foretold(host, service(), release=B)
    assert reasons(done) == [f"release {A} -> {B}"] and actions(done) == {"web": "restart"}
    assert ask(host)[0] == B
    assert 0 < done["outages"]["web"] < 60
    assert host.run("readlink", f"{ROOT}/current").stdout.strip() == f"releases/{B}"
    assert done["former"] == A


def test_variables_and_secrets_restart_only_whose_they_are(host: Host) -> None:
    web = service(environment={"GREETING": 'a "b" $c \\d `e` é'})
    api = service("api", 8081)
    deploy(host, web, api, release=A)
    assert ask(host)[3].startswith("a") and 'a "b" $c \\d `e` é' in " ".join(ask(host))
    before = pid(host, "shop-api")
    done = foretold(host, service(environment={"GREETING": "zwei"}), api, release=A)
    assert actions(done) == {"web": "restart", "api": "none"}
    assert reasons(done) == ["its environment changed"] and "zwei" not in json.dumps(done)
    secret = {"name": "token", "target": "/run/secrets/token", "content": SECRET, "secret": True}
    done = foretold(host, service(environment={"GREETING": "zwei"}, files=[secret]), api, release=A)
    assert actions(done) == {"web": "restart", "api": "none"}
    changed = {**secret, "content": f"{SECRET}-2"}
    done = foretold(host, service(environment={"GREETING": "zwei"}, files=[changed]), api, release=A)
    assert reasons(done) == ["secret token changed"]
    assert SECRET not in json.dumps(done)
    assert pid(host, "shop-api") == before
    units = host.run("sh", "-c", "cat /etc/systemd/system/shop-*").stdout
    assert SECRET not in units and "zwei" not in units
    modes = host.run("find", "/etc/slipway/shop/web", "-type", "f", "-printf", "%m %f\n").stdout.split("\n")
    assert sorted(modes) == ["", "600 environment", "600 token"]
    assert host.run("stat", "-c", "%a", "/etc/slipway/shop", "/var/lib/slipway/systemd/shop").stdout == "700\n700\n"


def test_a_changed_limit_restarts_and_a_changed_order_does_not(host: Host) -> None:
    api = service("api", 8081)
    deploy(host, service(), api, release=A)
    before = pid(host)
    done = foretold(host, service(needs=[{"service": "api"}]), api, release=A)
    assert actions(done) == {"web": "none", "api": "none"} and done["changed"]
    assert pid(host) == before
    done = foretold(host, service(needs=[{"service": "api"}], limits={"tasks": 50}), api, release=A)
    assert reasons(done) == ["its unit changed"]
    assert show(host, "shop-web", "TasksMax") == "50"


def test_what_it_can_read_again_reloads(host: Host) -> None:
    web = service(reload=["/bin/kill", "-HUP", "$MAINPID"], reload_on=["config*"])
    web["exec"].append(f"{ROOT}/current/config.txt")
    deploy(host, web, release=A)
    before = pid(host)
    release(host, B, config="other")
    done = foretold(host, web, release=B)
    assert actions(done) == {"web": "reload"}
    assert pid(host) == before
    assert ask(host)[2] == "other"
    release(host, C, config="other", behave="slow")
    assert actions(deploy(host, web, release=C)) == {"web": "restart"}
    assert ask(host)[0] == C and pid(host) != before


def test_a_socket_loses_nothing_over_a_restart(host: Host) -> None:
    deploy(host, socketed(), release=A)
    release(host, B, behave="slow")
    with Loop(host) as loop:
        done = foretold(host, socketed(), release=B)
    assert actions(done) == {"web": "restart"}
    assert loop.counts["lost"] == 0 and loop.counts["answered"] > 10, loop.counts
    assert loop.counts["releases"] == [A, B]
    assert loop.counts["slowest"] >= 1, "the one that was queued waited for the slow start"


def test_a_socket_loses_nothing_over_a_release_that_fails(host: Host) -> None:
    deploy(host, socketed(), release=A)
    release(host, B, behave="crash")
    with Loop(host) as loop:
        failed = attempt(host, socketed(), release=B)
    assert failed["failed"] and failed["rolled_back"], failed
    assert loop.counts["lost"] == 0 and loop.counts["releases"] == [A], loop.counts


def test_a_service_without_a_socket_loses_some(host: Host) -> None:
    deploy(host, service(), release=A)
    release(host, B, behave="slow")
    with Loop(host) as loop:
        deploy(host, service(), release=B)
    assert loop.counts["lost"] > 0


def test_it_gets_a_socket_and_loses_it_again(host: Host) -> None:
    deploy(host, service(), release=A)
    done = foretold(host, socketed(), release=A)
    assert actions(done) == {"web": "restart"} and "its socket is new" in reasons(done)
    assert show(host, "shop-web.socket", "ActiveState") == "active" and ask(host)[0] == A
    done = foretold(host, socketed(port=8082, ready=[{"tcp": "8082"}]), release=A)
    assert "its socket changed" in reasons(done) and ask(host, 8082)[0] == A and ask(host) == [""]
    done = foretold(host, service(), release=A)
    assert "has no socket any more" in reasons(done) and ask(host)[0] == A
    assert show(host, "shop-web.socket", "ActiveState") == "inactive"


def test_what_is_needed_is_ready_first(host: Host) -> None:
    release(host, A, behave="slow")
    setup = {"name": "setup", "exec": ["/usr/bin/touch", "/var/lib/shop/data/done"], "one_shot": True}
    setup["directories"] = [{"name": "data", "target": "/var/lib/shop/data"}]
    api = service("api", 8081, needs=[{"service": "setup", "condition": "completed"}])
    web = service(needs=[{"service": "api", "condition": "ready"}])
    done = foretold(host, web, api, setup, release=A)
    assert [one["service"] for one in done["actions"]] == ["setup", "api", "web"]
    lines = " | ".join(done["progress"])
    assert lines.index("setup: ready") < lines.index("api: start")
    assert lines.index("api: ready") < lines.index("web: start")
    done = deploy(host, web, api, setup, release=B)
    assert actions(done) == {"web": "restart", "api": "restart", "setup": "restart"}


def test_a_probe_that_fails_puts_release_and_units_back(host: Host) -> None:
    before = service(environment={"GREETING": "before", "DB_PASSWORD": SECRET}, limits={"tasks": 40})
    deploy(host, before, service("api", 8081), release=A)
    api = pid(host, "shop-api")
    release(host, B, behave="sick")
    after = service(environment={"GREETING": "after"}, limits={"tasks": 60}, ready_seconds=3)
    worker = service("worker", 8083)
    failed = attempt(host, after, worker, release=B)
    assert failed["failed"] and failed["rolled_back"] and failed["changed"]
    failure = failed["failure"]
    assert (failure["service"], failure["unit"], failure["cause"]) == ("web", "shop-web.service", "timeout")
    assert failure["probe_output"].startswith("status 500")
    assert f"starting {B} sick" in failure["log_tail"]
    assert f"Release {A} is back and runs." in failed["msg"]
    assert ask(host)[0] == A and ask(host)[3] == "before\n"
    assert show(host, "shop-web", "TasksMax") == "40"
    assert ask(host, 8081)[0] == A and pid(host, "shop-api") != api, "it had left the list, and is back"
    assert show(host, "shop-worker", "LoadState") == "not-found"
    assert host.run("readlink", f"{ROOT}/current").stdout.strip() == f"releases/{A}"
    assert not deploy(host, before, service("api", 8081), release=A)["changed"]


def test_a_release_that_ends_tells_why_without_its_secrets(host: Host) -> None:
    secret = {"name": "token", "target": "/run/secrets/token", "content": "opaque-words-9", "secret": True}
    web = service(environment={"DB_PASSWORD": SECRET}, files=[secret])
    deploy(host, web, release=A)
    release(host, B, behave="leak")
    failed = attempt(host, web, release=B)
    failure = failed["failure"]
    assert failed["rolled_back"]
    assert (failure["cause"], failure["result"], failure["exit_code"]) == ("exit", "exit-code", 3)
    assert "password is ********" in failure["log_tail"]
    assert "credential is ********" in failure["log_tail"]
    assert SECRET not in json.dumps(failed) and "opaque-words-9" not in json.dumps(failed)
    assert "Exit code: 3" in failed["msg"] and ask(host)[0] == A


def test_a_first_deployment_that_fails_is_stopped_and_told(host: Host) -> None:
    release(host, A, behave="crash")
    failed = attempt(host, service(), socketed("api", 8081), release=A)
    assert failed["failed"] and not failed["rolled_back"]
    assert "There is nothing to go back to" in failed["msg"]
    for unit in ("shop-web.service", "shop-api.service", "shop-api.socket"):
        assert show(host, unit, "ActiveState") in ("inactive", "failed")
        assert show(host, unit, "UnitFileState") == "disabled"
    done = foretold(host, service(), socketed("api", 8081), release=B)
    assert set(actions(done).values()) == {"start"}


def test_without_rollback_all_stays(host: Host) -> None:
    deploy(host, service(), release=A)
    release(host, B, behave="sick")
    failed = attempt(host, service(ready_seconds=2), release=B, rollback=False)
    assert failed["failed"] and not failed["rolled_back"] and "No rollback is wanted" in failed["msg"]
    assert host.run("readlink", f"{ROOT}/current").stdout.strip() == f"releases/{B}"
    assert actions(deploy(host, service(), release=C)) == {"web": "restart"}


def test_services_that_left_are_removed(host: Host) -> None:
    deploy(host, service(), socketed("api", 8081, environment={"X": "1"}), release=A)
    host.write("/etc/systemd/system/shop-foreign.service", "[Service]\nExecStart=/bin/sleep 1000\n")
    host.run("systemctl", "start", "shop-foreign")
    before = pid(host)
    done = foretold(host, service(), release=A)
    assert actions(done) == {"web": "none", "api": "remove"}
    assert reasons(done, "api") == ["is no longer among the services"]
    assert pid(host) == before
    for unit in ("shop-api.service", "shop-api.socket"):
        assert show(host, unit, "LoadState") == "not-found"
    assert host.run("test", "-e", "/etc/slipway/shop/api", check=False).returncode == 1
    assert show(host, "shop-foreign", "ActiveState") == "active"
    host.run("systemctl", "stop", "shop-foreign")
    host.run("rm", "/etc/systemd/system/shop-foreign.service")


def test_stopped_restarted_and_started_again(host: Host) -> None:
    services = (service(), socketed("api", 8081))
    deploy(host, *services, release=A)
    before = pid(host)
    done = deploy(host, *services, release=A, state="restarted")
    assert set(actions(done).values()) == {"restart"} and pid(host) != before
    done = foretold(host, state="stopped")
    assert set(actions(done).values()) == {"stop"}
    for unit in ("shop-web.service", "shop-api.service", "shop-api.socket"):
        assert show(host, unit, "ActiveState") == "inactive" and show(host, unit, "UnitFileState") == "disabled"
    done = foretold(host, *services, release=A)
    assert set(actions(done).values()) == {"start"} and ask(host, 8081)[0] == A
    assert show(host, "shop-api.socket", "UnitFileState") == "enabled"


def test_back_to_the_former_one_by_hand(host: Host) -> None:
    for name in (A, B, C):
        deploy(host, service(environment={"GREETING": name}), release=name)
    before = attempt(host, state="former", check_mode=True)
    done = deploy(host, state="former")
    assert told(before) == told(done)
    assert ask(host)[0] == B and ask(host)[3] == f"{B}\n"
    assert (done["release"], done["former"]) == (B, A)
    deploy(host, state="former")
    assert ask(host)[0] == A
    none = attempt(host, state="former")
    assert none["failed"] and none["msg"] == "app shop has no former deployment to go back to"


def test_old_releases_go_and_needed_ones_stay(host: Host) -> None:
    for name in (A, B, C):
        release(host, name)
        deploy(host, service(), release=name, keep_releases=2)
    kept = host.run("ls", f"{ROOT}/releases").stdout.split()
    assert kept == [B, C]


def test_absent(host: Host) -> None:
    web = service(directories=[{"name": "data", "target": "/var/lib/shop/data"}], environment={"X": "1"})
    deploy(host, web, release=A)
    done = foretold(host, state="absent")
    assert actions(done) == {"web": "remove"} and ask(host) == [""]
    assert show(host, "shop-web", "LoadState") == "not-found"
    assert host.run("test", "-e", "/etc/slipway/shop", check=False).returncode == 1
    assert host.run("ls", ROOT).stdout == "releases\n"
    assert host.run("test", "-d", "/var/lib/private/shop/data").returncode == 0
    foretold(host, state="absent", remove_releases=True, remove_data=True)
    assert host.run("test", "-e", ROOT, check=False).returncode == 1
    assert host.run("test", "-e", "/var/lib/private/shop", check=False).returncode == 1


def test_a_timer_runs_what_is_installed_then(host: Host) -> None:
    job = {"name": "job", "exec": ["/usr/bin/python3", "-c", "print('it ran')"], "one_shot": True}
    done = foretold(host, {**job, "timer": {"calendar": "daily"}}, release=A)
    assert actions(done) == {"job": "start"} and done["services"][0]["unit"] == "shop-job.timer"
    assert show(host, "shop-job.timer", "ActiveState") == "active"
    assert show(host, "shop-job.service", "ActiveState") == "inactive"
    done = foretold(host, {**job, "timer": {"calendar": "hourly"}}, release=B)
    assert actions(done) == {"job": "restart"}


def test_a_command_as_a_probe_is_not_root(host: Host) -> None:
    seen = ["/usr/bin/python3", "-c", "import os; assert os.getuid() and os.environ['GREETING'] == 'hi'"]
    deploy(host, service(environment={"GREETING": "hi"}, ready=[{"command": seen}]), release=A)
    failed = attempt(
        host,
        service(ready=[{"command": ["/usr/bin/python3", "-c", "exit('no database')"]}], ready_seconds=12),
        release=B,
    )
    assert failed["failure"]["probe_output"] == "exit code 1: no database"
    assert failed["rolled_back"]
