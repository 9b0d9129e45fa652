# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans carried out with real Compose programs on a real engine, and what is there afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.stack import gojson
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.plan import REMOVE, SIGNAL, Plan, Step
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.release import Release
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.wish import Probe, Wish
from ansible_collections.slipway.containers.plugins.module_utils._io.engine.reads import inspect
from ansible_collections.slipway.containers.plugins.module_utils._io.stack.apply import apply

from tools.compose_cli import RELEASES
from tools.prepare import lay_out_tree

from . import applying, stack_images
from . import engine as machine
from .applying import HEALTHY, JOB, QUICK, WEB, Project, asking
from .registry import free_port

BUSYBOX, SICK, CRASH = "slipway-test/busybox:1", "slipway-test/sick:1", "slipway-test/crash:1"
SLEEP = {"image": BUSYBOX, "init": True, "command": ["sleep", "1000000"]}
ROOT = Path(__file__).resolve().parents[2]
START_FIRST = {"update_config": {"order": "start-first"}}


@pytest.fixture(scope="module", autouse=True)
def images() -> None:
    if machine.docker("image", "inspect", JOB, check=False).returncode != 0:
        machine.docker("load", "--input", stack_images.archive())


@pytest.fixture(params=list(RELEASES))
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Project]:
    """An empty project, once for each Compose."""
    with applying.project(tmp_path, f"apply-{request.param}", request.param) as one:
        yield one


@pytest.fixture
def newest(tmp_path: Path) -> Iterator[Project]:
    """Where Compose's version makes no difference."""
    with applying.project(tmp_path, "apply-newest", list(RELEASES)[-1]) as one:
        yield one


def web(answer: str = "1", **config: Any) -> dict[str, Any]:
    return {"image": WEB, "init": True, "environment": {"ANSWER": answer}, **config}


def done(applied: applying.Applied) -> list[tuple[str, str]]:
    return [(action["service"], action["action"]) for action in applied.actions]


def aliases(project: Project, service: str) -> dict[str, set[str]]:
    """Of each network, without those that differ from container to container."""
    found = project.inspect(service)
    own = {found["Id"][:12], project.one(service).name}
    networks = found["NetworkSettings"]["Networks"]
    return {name: set(facts["Aliases"]) - own for name, facts in networks.items()}


def test_what_is_made_is_what_compose_itself_would_have_made(shop: Project) -> None:
    def services(answer: str) -> dict[str, Any]:
        return {
            "app": web(
                answer, depends_on={"db": {"condition": "service_healthy"}}, configs=["greeting"], secrets=["key"]
            ),
            "db": {"image": HEALTHY, "init": True, "environment": {"ANSWER": answer, "START_DELAY": "1"}},
            "front": web(answer, depends_on=["app"], deploy={"replicas": 2}),
        }

    others = {"configs": {"greeting": {"content": "hello"}}, "secrets": {"key": {"environment": "SHOP_KEY"}}}
    shop.environment["SHOP_KEY"] = "s3cret"
    shop.write(services("1"), **others)
    first = shop.up()
    assert done(first) == [("db, app, front", "up")]
    shop.write(services("2"), **others)
    canaries = replace(QUICK, rollback=False)
    second = shop.up(canaries)
    assert done(second) == [("db, app, front", "up")]
    assert len(second.replaced) == 4
    assert shop.inside("app", "cat", "/greeting", "/run/secrets/key") == "hellos3cret"
    assert [one.state for one in shop.all()] == ["running"] * 4
    started = {one.service: (inspect(shop.engine, one.id) or {})["State"]["StartedAt"] for one in shop.all()}
    assert started["db"] < started["app"] < started["front"]


def test_a_plain_up_afterwards_finds_nothing_to_do(shop: Project) -> None:
    for answer in ("1", "2"):
        lone = {**SLEEP, "network_mode": "service:app"}
        shop.write({"app": web(answer, depends_on=["db"]), "db": SLEEP, "lone": lone})
        shop.up()
    assert shop.agrees()


def test_a_failed_one_shot_leaves_what_waits_for_it_as_it_was(shop: Project) -> None:
    def services(answer: str, code: str) -> dict[str, Any]:
        migrate = {"image": JOB, "environment": {"EXIT_CODE": code, "RELEASE": answer}}
        waits = {"migrate": {"condition": "service_completed_successfully"}}
        return {"app": web(answer, depends_on=waits), "migrate": migrate}

    shop.write(services("1", "0"))
    assert done(shop.up()) == [("migrate", "create"), ("migrate", "start"), ("app", "create"), ("app", "start")]
    before = shop.one("app").id
    shop.write(services("2", "4"))
    failed = shop.apply()
    assert failed.failure is not None
    assert (failed.failure.service, failed.failure.exit_code, failed.failure.log_tail) == ("migrate", 4, ("run 1",))
    assert shop.one("app").id == before
    assert "app" not in {service for service, _action in done(failed)}
    shop.write(services("2", "0"))
    shop.up()
    assert shop.one("app").id != before


def test_a_one_shot_runs_before_a_canary_of_what_needs_it(newest: Project) -> None:
    waits = {"migrate": {"condition": "service_completed_successfully"}}
    for release in ("1", "2"):
        migrate = {"image": JOB, "environment": {"RELEASE": release}}
        newest.write({"app": web(release, depends_on=waits), "migrate": migrate})
        applied = newest.up()
    made = [("app", "create"), ("app", "start")]
    assert done(applied) == [("migrate", "create"), ("migrate", "start"), ("app", "canary"), *made]


def test_a_canary_that_fails_spares_the_service(newest: Project) -> None:
    port = free_port("127.0.0.1")
    ports = [f"127.0.0.1:{port}:8080"]
    newest.write({"app": web("1", ports=ports)})
    newest.up()
    before = newest.all()
    newest.write({"app": {"image": CRASH, "ports": ports}})
    failed = newest.apply(replace(QUICK, ready=None))
    assert failed.failure is not None
    assert (failed.failure.service, failed.failure.exit_code) == ("app", 3)
    assert failed.failure.log_tail == ("cannot read /etc/app.conf",)
    assert (done(failed), failed.replaced) == ([("app", "canary")], ())
    assert [(one.id, one.state) for one in newest.all()] == [(one.id, one.state) for one in before]


def test_the_outage_of_a_published_port_is_told(newest: Project) -> None:
    ports = [f"127.0.0.1:{free_port('127.0.0.1')}:8080"]
    config = {"image": HEALTHY, "init": True, "ports": ports}
    newest.write({"app": {**config, "environment": {"ANSWER": "1", "START_DELAY": "1"}}, "other": web("1")})
    assert newest.up().outages == {}
    newest.write({"app": {**config, "environment": {"ANSWER": "2", "START_DELAY": "1"}}, "other": web("2")})
    began = time.monotonic()
    outages = newest.up().outages
    assert list(outages) == ["app"]
    assert 1 < outages["app"] < time.monotonic() - began


def test_start_first_loses_no_request(shop: Project) -> None:
    def services(answer: str) -> dict[str, Any]:
        update = {"replicas": 2, "update_config": {"order": "start-first"}}
        networks = {"default": {"aliases": ["www"]}, "back": None}
        return {"app": web(answer, deploy=update, networks=networks), "client": {**SLEEP, "networks": ["default"]}}

    shop.write(services("1"), networks={"back": {}})
    shop.up()
    before = aliases_of_all(shop)
    shop.write(services("2"), networks={"back": {}})
    with asking(shop.inspect("client")["State"]["Pid"], "www", shop.folder) as asked:
        time.sleep(0.3)
        applied = shop.up(replace(QUICK, stop_timeout=5))
        time.sleep(0.3)
    assert asked[0].failed == []
    assert set(asked[0].answers) == {"1", "2"}
    assert applied.lost_in_flight == 0
    assert applied.notes == ()
    assert [one.name[-2:] for one in shop.of("app")] == ["-3", "-4"]
    assert aliases_of_all(shop) == before
    assert shop.agrees()


def aliases_of_all(project: Project) -> list[dict[str, set[str]]]:
    found = []
    for one in project.of("app"):
        networks = (inspect(project.engine, one.id) or {})["NetworkSettings"]["Networks"]
        found.append({name: set(facts["Aliases"]) - {one.id[:12], one.name} for name, facts in networks.items()})
    return found


def test_a_connection_that_outlives_the_old_container_is_counted(newest: Project) -> None:
    """It stays usable until the old one has to end."""
    talk = ["sh", "-c", "exec nc app 8080"]
    newest.write({"app": web("1", deploy=START_FIRST), "client": {**SLEEP, "command": talk, "stdin_open": True}})
    newest.up(services_alone(QUICK, "app"))
    newest.up()
    newest.write({"app": web("2", deploy=START_FIRST), "client": {**SLEEP, "command": talk, "stdin_open": True}})
    applied = newest.up(replace(QUICK, stop_timeout=1))
    assert applied.lost_in_flight == 1


def services_alone(wish: Wish, *services: str) -> Wish:
    return replace(wish, services=services)


def test_start_first_that_never_gets_ready_leaves_the_old_ones_untouched(newest: Project) -> None:
    newest.write({"app": web("1", deploy=START_FIRST)})
    newest.up()
    before = (newest.one("app").id, newest.one("app").name, aliases(newest, "app"))
    newest.write({"app": {"image": SICK, "init": True, "deploy": START_FIRST}})
    failed = newest.apply(replace(QUICK, stop_timeout=1))
    assert failed.failure is not None
    assert (failed.failure.service, failed.failure.cause) == ("app", "probe")
    assert "the database is gone" in failed.failure.probe_output
    assert (newest.one("app").id, newest.one("app").name, aliases(newest, "app")) == before
    assert failed.replaced == ()


def test_start_first_in_vain_says_why_and_stops_first(newest: Project) -> None:
    config = {"ports": [f"127.0.0.1:{free_port('127.0.0.1')}:8080"], "deploy": START_FIRST}
    newest.write({"app": web("1", **config)})
    newest.up()
    newest.write({"app": web("2", **config)})
    applied = newest.up()
    (note,) = applied.notes
    assert note == "app asked for start-first and is stopped first: a published port belongs to one container at a time"
    assert list(applied.outages) == ["app"]


def test_an_anonymous_volume_goes_to_the_next_container(shop: Project) -> None:
    volume = [{"type": "volume", "target": "/kept"}]
    shop.write({"app": web("1", volumes=volume)})
    shop.up()
    shop.inside("app", "touch", "/kept/file")
    shop.write({"app": web("2", volumes=volume)})
    shop.up()
    assert shop.inside("app", "ls", "/kept") == "file"


def test_a_paused_container_runs_on(newest: Project) -> None:
    newest.write({"app": web("1"), "db": SLEEP})
    newest.up()
    before = newest.one("db").id
    newest.engine.post(f"/containers/{before}/pause")
    newest.up()
    assert (newest.one("db").id, newest.one("db").state) == (before, "running")


def test_a_signal_reaches_the_container_that_stays(newest: Project) -> None:
    newest.write({"app": web("1")})
    newest.up()
    runtime = newest.runtime()
    applied = apply(replace(runtime, plan=Plan((Step("app", SIGNAL, present=1, signal="SIGHUP"),))))
    assert applied.failure is None
    assert applied.replaced == ()
    wait_for(lambda: "reads its files again" in machine.docker("logs", newest.one("app").id).stdout)


def wait_for(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def released(project: Project) -> Release:
    """What the present state is, as a release keeps it: older Composes write no hash at networks and volumes."""
    return Release(1, project.name, gojson.loads(project.cli.config()), {})


def test_a_network_that_changed_is_made_anew_with_all_aliases(shop: Project) -> None:
    def write(mark: str) -> None:
        attached = {"networks": {"front": {"aliases": ["www"]}, "default": None}}
        networks = {"front": {"labels": {"mark": mark}}, "default": {}}
        volume = [{"type": "volume", "target": "/kept"}]
        shop.write({"app": web("1", **attached, volumes=volume), "db": {**SLEEP, **attached}}, networks=networks)

    write("1")
    shop.up()
    shop.inside("app", "touch", "/kept/file")
    last, before = released(shop), aliases(shop, "app")
    write("2")
    applied = shop.up(last=last)
    assert (f"network {shop.name}_front", "remove") in done(applied)
    assert shop.engine.get(f"/networks/{shop.name}_front")["Labels"]["mark"] == "2"
    assert aliases(shop, "app") == before
    assert before[f"{shop.name}_front"] == {"app", "www"}
    assert shop.inside("app", "ls", "/kept") == "file"
    assert shop.agrees()


def test_a_volume_that_changed_is_made_anew_where_that_is_allowed(shop: Project) -> None:
    def write(mark: str) -> None:
        mounted = [{"type": "volume", "source": "data", "target": "/data"}]
        shop.write({"app": web("1", volumes=mounted), "db": SLEEP}, volumes={"data": {"labels": {"mark": mark}}})

    write("1")
    shop.up()
    db = shop.one("db").id
    shop.inside("app", "touch", "/data/file")
    last = released(shop)
    write("2")
    shop.up(replace(QUICK, allow_volume_recreate=True), last=last)
    assert shop.inside("app", "ls", "/data") == ""
    assert shop.engine.get(f"/volumes/{shop.name}_data")["Labels"]["mark"] == "2"
    assert shop.one("db").id == db
    assert shop.agrees()


def test_orphans_and_extra_replicas_go(shop: Project) -> None:
    shop.write({"app": web("1", deploy={"replicas": 2}), "old": SLEEP})
    shop.up()
    shop.write({"app": web("1")})
    applied = shop.up(replace(QUICK, remove_orphans=True))
    assert ("old", REMOVE) in done(applied)
    assert [one.service for one in shop.all()] == ["app"]


def standing(project: Project, **wish: Any) -> applying.Applied:
    """An apply of another state than present; repeated, there has to be nothing left to do."""
    asked = replace(QUICK, **wish)
    applied = project.up(asked)
    again = project.runtime(asked)
    if asked.state != "restarted":
        assert not again.plan.changed, again.plan
    return applied


def whole(project: Project) -> None:
    """A service of a profile, a one-off, an orphan, a volume."""
    mounted = [{"type": "volume", "source": "data", "target": "/data"}]
    everything = {"app": web("1", volumes=mounted), "tool": {**SLEEP, "profiles": ["tools"]}, "old": SLEEP}
    project.write(everything, volumes={"data": {}}, networks={"back": {}, "default": {}})
    project.compose("--profile", "tools", "up", "--detach", "--pull", "never")
    project.compose("run", "--detach", "--no-deps", "app")
    project.write({name: everything[name] for name in ("app", "tool")}, volumes={"data": {}})


def test_absent_leaves_images_and_the_data_alone(newest: Project) -> None:
    whole(newest)
    standing(newest, state="absent", stop_timeout=1)
    mine = {"label": [f"com.docker.compose.project={newest.name}"]}
    assert newest.all() == ()
    assert newest.engine.get("/networks", filters=mine) == []
    assert [one["Name"] for one in newest.engine.get("/volumes", filters=mine)["Volumes"]] == [f"{newest.name}_data"]
    standing(newest, state="absent", remove_volumes=True)
    assert not newest.engine.get("/volumes", filters=mine)["Volumes"]
    assert machine.docker("image", "inspect", WEB).returncode == 0


def test_stopped_stops_everything_and_restarted_brings_it_back(newest: Project) -> None:
    whole(newest)
    before = {one.id for one in newest.all()}
    standing(newest, state="stopped", stop_timeout=1)
    assert {one.state for one in newest.all()} == {"exited"}
    standing(newest, state="restarted")
    assert newest.one("app").state == "running"
    assert {one.id for one in newest.all()} == before


def test_restarted_restarts_what_runs(newest: Project) -> None:
    newest.write({"app": web("1")})
    newest.up()
    before = newest.inspect("app")
    standing(newest, state="restarted")
    after = newest.inspect("app")
    assert after["Id"] == before["Id"]
    assert after["State"]["StartedAt"] > before["State"]["StartedAt"]


def test_a_dependency_is_ready_before_start_first_begins(newest: Project) -> None:
    def services(answer: str) -> dict[str, Any]:
        db = {"image": HEALTHY, "init": True, "environment": {"ANSWER": answer, "START_DELAY": "1"}}
        return {"app": web(answer, depends_on=["db"], deploy=START_FIRST), "db": db}

    newest.write(services("1"))
    newest.up()
    newest.write(services("2"))
    applied = newest.up(replace(QUICK, ready=(Probe(service="db", tcp="8080"),)))
    assert done(applied)[-2:] == [("app", "start the new beside the old"), ("app", "retire the old")]
    started = newest.inspect("app")["State"]["StartedAt"]
    healthy = [check["End"] for check in newest.inspect("db")["State"]["Health"]["Log"] if check["ExitCode"] == 0]
    assert min(healthy) < started


def test_a_command_that_fails_is_explained_by_the_engine(newest: Project) -> None:
    """A port that was free when the plan was made."""
    port = free_port("127.0.0.1")
    newest.write({"app": web("1", ports=[f"127.0.0.1:{port}:8080"])})
    runtime = newest.runtime()
    words = ("--detach", "--rm", "--init", "--publish", f"127.0.0.1:{port}:8080", BUSYBOX, "sleep", "60")
    holder = machine.docker("run", *words)
    try:
        failed = apply(runtime)
    finally:
        machine.docker("rm", "--force", holder.stdout.strip())
    assert failed.failure is not None
    assert (failed.failure.service, failed.failure.cause) == ("app", "port")
    assert str(port) in failed.failure.message


KILLED: dict[str, dict[str, Any]] = {
    "start-first": {"deploy": {"replicas": 1, **START_FIRST}},
    "stop-first": {"deploy": {"replicas": 1}, "volumes": [{"type": "volume", "target": "/kept"}]},
}


@pytest.mark.parametrize("how", list(KILLED))
def test_a_killed_update_is_finished_by_the_next_run(newest: Project, how: str) -> None:
    """Killed before its first step, its second, and so on, until it gets to its end."""
    networks = {"back": {}, "default": {}}
    newest.write({"app": web("0", **KILLED[how])}, networks=networks)
    newest.up()
    for step in range(1, 100):
        newest.write({"app": web(str(step), **KILLED[how])}, networks=networks)
        killed = _killed(newest, step)
        newest.up(replace(QUICK, stop_timeout=1))
        _at_rest(newest, step, KILLED[how]["deploy"]["replicas"])
        if not killed:
            break
    assert step > 3


def _killed(project: Project, step: int) -> bool:
    words = [project.name, project.release, str(project.folder), str(step)]
    command = [sys.executable, "-m", "tests.lab.applying_killed", *words]
    variables = {**os.environ, "PYTHONPATH": str(lay_out_tree())}
    ended = subprocess.run(command, cwd=ROOT, env=variables, check=False)
    assert ended.returncode in (0, 9)
    return ended.returncode == 9


def _at_rest(project: Project, step: int, replicas: int) -> None:
    containers = project.of("app")
    assert [one.state for one in containers] == ["running"] * len(containers)
    assert len(containers) == replicas
    for one in containers:
        found = inspect(project.engine, one.id) or {}
        assert one.name == f"{project.name}-app-{one.number}"
        assert f"ANSWER={step}" in found["Config"]["Env"]
        assert all("app" in facts["Aliases"] for facts in found["NetworkSettings"]["Networks"].values())
    assert not [one for one in project.all() if one.one_off]
    assert project.agrees()


def test_a_compose_that_was_killed_half_way_is_finished_by_the_next_run(shop: Project) -> None:
    """At whatever moment: between making the new container, removing the old one, and giving the new one its name."""
    shop.write({"app": web("0")})
    shop.up()
    for step in range(1, 7):
        shop.write({"app": web(str(step))})
        half_way = shop.start_compose("up", "--detach", "--pull", "never")
        time.sleep(step * 0.06)
        half_way.kill()
        half_way.wait()
        shop.up()
        _at_rest(shop, step, 1)


def test_a_container_that_compose_left_under_its_temporary_name_gets_its_own(newest: Project) -> None:
    for answer in ("1", "2"):
        newest.write({"app": web(answer)})
        newest.up()
    made = newest.one("app")
    newest.engine.post(f"/containers/{made.id}/rename", name=f"0123456789ab_{made.name}")
    newest.up()
    assert (newest.one("app").id, newest.one("app").name) == (made.id, made.name)
