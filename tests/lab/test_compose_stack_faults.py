# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong around an update: the engine dies, the run is killed, the disk is full, two run at once.

Nothing is lost, there is one clear message, and the next run converges.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest

from .disks import disk
from .hosts import Host
from .stacks import Project, actions

pytestmark = pytest.mark.fault

WEB = "slipway-test/web:1"
HEALTHY = "slipway-test/healthy:1"
_NUMBERS = count(1)


@pytest.fixture
def project(docker_host: Host) -> Iterator[Project]:
    found = Project(docker_host, f"fault{next(_NUMBERS)}", "2.40.3", {"stop_timeout": 1, "ready": []})
    yield found
    found.remove()


@pytest.fixture
def beside() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(3) as pool:
        yield pool


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def web(**more: Any) -> dict[str, Any]:
    return {"image": HEALTHY, "init": True, **more}


def has(project: Project, service: str, image: str) -> bool:
    words = ("docker", "ps", "--format", "{{.Image}}", "--filter", f"label=com.docker.compose.project={project.name}")
    found = project.host.run(*words, "--filter", f"label=com.docker.compose.service={service}", check=False)
    return image in found.stdout.split()


def slow_update(project: Project) -> None:
    """An old release that serves and has data, and files for a new one that takes seconds to start."""
    project.services({"web": web(volumes=["data:/data"])}, volumes={"data": {}})
    project.up()
    project.inside("web", "sh", "-c", "echo precious > /data/file")
    slow = {"environment": {"START_DELAY": "3"}, "healthcheck": {"start_period": "30s", "start_interval": "1s"}}
    project.services({"web": web(image="slipway-test/healthy:2", **slow, volumes=["data:/data"])}, volumes={"data": {}})


def converges(project: Project) -> None:
    project.up()
    assert not project.up()["changed"]
    assert project.inside("web", "cat", "/data/file") == "precious\n"
    assert project.inside("web", "sh", "-c", "echo $VERSION") == "2\n"
    assert not project.id("web", 2)


def test_the_engine_is_killed_during_an_update(project: Project, beside: ThreadPoolExecutor) -> None:
    slow_update(project)
    running: Future[dict[str, Any]] = beside.submit(project.module)
    until(lambda: has(project, "web", "slipway-test/healthy:2"))
    project.host.run("systemctl", "kill", "--signal=KILL", "--kill-whom=main", "docker.service")
    result = running.result(timeout=180)
    if result.get("failed"):
        assert "Docker Engine" in result["msg"] or "web" in result["msg"]
    project.host.wait_for_docker()
    converges(project)


def test_the_run_is_killed_between_steps(project: Project, beside: ThreadPoolExecutor) -> None:
    slow_update(project)
    running = beside.submit(project.module)
    until(lambda: has(project, "web", "slipway-test/healthy:2"))
    project.host.run("pkill", "--signal", "KILL", "--full", "modules.compose_stack")
    assert isinstance(running.exception(timeout=60), AssertionError)  # it printed no result
    converges(project)


def test_the_disk_is_full() -> None:
    """Of an engine whose data has a disk of its own."""
    with disk(200) as folder, Host.create("full", volumes=[f"{folder}:/var/lib/docker"]) as host:
        host.load_images()
        project = Project(host, "full", "2.40.3", {"stop_timeout": 1, "ready": []})
        project.services({"web": web()})
        project.up()
        before = project.id("web")
        filled = host.run("dd", "if=/dev/zero", "of=/var/lib/docker/filler", "bs=1M", check=False)
        assert "No space left" in filled.stderr
        project.services({"web": web(environment={"NEW": "1"})})
        for check_mode in (True, False):
            failed = project.module(check_mode=check_mode)
            assert failed["failed"], failed
            assert "disk" in failed["msg"].lower() or "space" in failed["msg"]
        assert project.id("web") == before
        assert project.inside("web", "wget", "-qO-", "http://127.0.0.1:8080/") == "web 1\n"
        host.run("rm", "/var/lib/docker/filler")
        assert actions(project.up()) == {"web": "recreate"}


def test_a_port_is_taken_between_plan_and_apply(project: Project, beside: ThreadPoolExecutor) -> None:
    """By somebody who starts while a migration runs."""

    def services(port: int, seconds: int) -> dict[str, Any]:
        migrate = {"image": "slipway-test/busybox:1", "command": ["sleep", str(seconds)], "init": True}
        waits = {"migrate": {"condition": "service_completed_successfully"}}
        volumes = ["data:/data"]  # so there is no canary
        return {"migrate": migrate, "web": web(ports=[f"{port}:8080"], depends_on=waits, volumes=volumes)}

    project.services(services(18091, 0), volumes={"data": {}})
    project.up()
    project.services(services(18092, 6), volumes={"data": {}})
    running = beside.submit(project.module)
    until(lambda: has(project, "migrate", "slipway-test/busybox:1"))
    holder = f"{project.name}-holder"
    project.host.run("docker", "run", "-d", "--name", holder, "--init", "-p", "18092:8080", WEB)
    try:
        failed = running.result(timeout=120)
        assert failed["failed"] and failed["failure"]["cause"] == "port"
        assert "18092" in failed["msg"]
        assert failed["rolled_back"]
        assert "18091" in project.inspect("web", "{{json .NetworkSettings.Ports}}")
    finally:
        project.host.run("docker", "rm", "-f", holder)


def test_a_file_becomes_invalid(project: Project) -> None:
    project.services({"web": web()})
    project.up()
    before = project.id("web")
    project.write("compose.yaml", "services:\n  web:\n    image: [\n")
    failed = project.module()
    assert failed["failed"] and not failed["changed"] and "compose.yaml" in failed["msg"]
    assert project.id("web") == before


def test_compose_is_missing(project: Project) -> None:
    project.services({"web": web()})
    failed = project.module(compose_cli="/opt/nowhere/docker-compose")
    assert failed["failed"] and not failed["changed"]
    assert "/opt/nowhere/docker-compose" in failed["msg"] and "2.26" in failed["msg"]


def test_the_socket_has_no_permission_for_us(project: Project) -> None:
    project.services({"web": web()})
    arguments = {"project_src": project.folder, "compose_cli": project.cli, "state_directory": "/tmp/nobody"}
    command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "python3", "-m"]
    module = "ansible_collections.slipway.containers.plugins.modules.compose_stack"
    done = project.host.run(
        *command,
        module,
        check=False,
        input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}),
        env={"PYTHONPATH": "/opt/lab/python", "HOME": "/tmp"},
    )
    failed = json.loads(done.stdout)
    assert failed["failed"] and "nobody may not use the socket" in failed["msg"]
    assert "/var/run/docker.sock" in failed["msg"] and "docker" in failed["msg"]


def test_no_engine(project: Project) -> None:
    project.services({"web": web()})
    failed = project.module(docker_host="unix:///run/nowhere.sock")
    assert failed["failed"] and "/run/nowhere.sock" in failed["msg"]
    planned = project.module(docker_host="unix:///run/nowhere.sock", check_mode=True)
    assert not planned.get("failed") and planned["changed"] and not planned["prediction_exact"]
    assert actions(planned) == {"web": "create"}


def test_fifty_services(project: Project) -> None:
    project.services({f"s{number:02}": {"image": WEB, "init": True} for number in range(50)})
    done = project.up(wait_timeout=300)
    assert len(actions(done)) == 50
    again = project.up()
    assert not again["changed"]
    assert again["measured"]["cli_calls"] == 0 and again["measured"]["engine_requests"] <= 5


def test_two_runs_on_one_project(project: Project, beside: ThreadPoolExecutor) -> None:
    """They go one after the other, and what the second one plans is what the first one left."""
    project.services({"web": web(volumes=["data:/data"])}, volumes={"data": {}})
    project.up()
    project.services({"web": web(image="slipway-test/healthy:2", volumes=["data:/data"])}, volumes={"data": {}})
    both = [beside.submit(project.module) for _run in range(2)]
    results = [run.result(timeout=120) for run in both]
    assert not any(result.get("failed") for result in results), [result.get("msg") for result in results]
    assert sorted(result["changed"] for result in results) == [False, True]


def test_the_holder_of_the_lock_is_named(project: Project, beside: ThreadPoolExecutor) -> None:
    slow_update(project)
    running = beside.submit(project.module)
    until(lambda: has(project, "web", "slipway-test/healthy:2"))
    refused = project.module(lock_timeout=0)
    assert refused["failed"] and not refused["changed"]
    assert "root" in refused["msg"] and project.name in refused["msg"]
    assert not running.result(timeout=120).get("failed")
