# SPDX-License-Identifier: GPL-3.0-or-later
"""A new release that does not work: the old one goes on serving, and one block says why."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tools.compose_cli import RELEASES

from .hosts import Host
from .stacks import Project, actions

HEALTHY = "slipway-test/healthy:1"
_NUMBERS = count(1)


@pytest.fixture(scope="module", params=sorted(RELEASES.values()))
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def project(docker_host: Host, version: str) -> Iterator[Project]:
    found = Project(docker_host, f"fails{next(_NUMBERS)}", version, {"stop_timeout": 1, "wait_timeout": 30})
    yield found
    found.remove()


def web(image: str = HEALTHY, **more: Any) -> dict[str, Any]:
    """With a published port, so there is a canary first and then a swap."""
    return {"image": image, "init": True, "ports": ["18090:8080"], **more}


def serving(project: Project) -> None:
    project.services({"web": web(), "db": {"image": HEALTHY, "init": True}})
    project.up()
    assert project.inside("web", "wget", "-qO-", "http://127.0.0.1:8080/") == "web 1\n"


def failing(project: Project, **service: Any) -> dict[str, Any]:
    """The failed result; the old release serves, and the next run with the old file changes nothing."""
    database = project.id("db")
    project.services({"web": web(**service), "db": {"image": HEALTHY, "init": True}})
    failed = project.module()
    assert failed["failed"], "a broken release was called good"
    assert project.inside("web", "wget", "-qO-", "http://127.0.0.1:8080/") == "web 1\n"
    assert "18090" in project.inspect("web", "{{json .NetworkSettings.Ports}}")
    assert project.id("db") == database
    assert not project.id("web", 2), "something of the failed release is left"
    project.services({"web": web(), "db": {"image": HEALTHY, "init": True}})
    again = project.up()
    assert not again["changed"], actions(again)
    return failed


CASES: dict[str, tuple[dict[str, Any], str, int | None, str]] = {
    "crash": ({"image": "slipway-test/crash:1", "restart": "always"}, "exit", 3, "cannot read /etc/app.conf"),
    "ends": ({"image": "slipway-test/crash:1"}, "exit", 3, "cannot read /etc/app.conf"),
    "never-healthy": ({"image": "slipway-test/sick:1"}, "probe", None, "the database is gone"),
    "oom": ({"image": "slipway-test/oom:1", "mem_limit": "32m", "restart": "always"}, "oom", 137, "filling the cache"),
    "no-command": ({"command": ["/bin/nothing-here"], "init": False}, "config", None, "/bin/nothing-here"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_old_release_serves_on(project: Project, case: str) -> None:
    service, cause, exit_code, said = CASES[case]
    serving(project)
    failed = failing(project, **service)
    assert failed["failure"]["service"] == "web"
    assert failed["failure"]["cause"] == cause
    assert exit_code is None or failed["failure"]["exit_code"] == exit_code
    assert said in failed["msg"]


def test_writable_volumes_have_no_canary_and_come_back(project: Project) -> None:
    """Only one copy may write, so the old one is stopped first; it is made again from the release."""
    project.services({"web": web(volumes=["data:/data"])}, volumes={"data": {}})
    project.up()
    project.inside("web", "sh", "-c", "echo precious > /data/file")
    project.services({"web": web("slipway-test/sick:1", volumes=["data:/data"])}, volumes={"data": {}})
    failed = project.module()
    assert failed["failed"] and failed["rolled_back"]
    assert failed["failure"]["cause"] == "probe"
    assert project.inside("web", "cat", "/data/file") == "precious\n"
    assert project.inside("web", "wget", "-qO-", "http://127.0.0.1:8080/") == "web 1\n"


def test_contents_come_back_too(project: Project) -> None:
    """The file that made it fail is still there; the old release has the copy that it was made with."""
    check = "[ \"$$(cat /etc/f)\" = good ] || { echo 'bad setting'; exit 1; }"
    sound = {"test": ["CMD-SHELL", check], "interval": "1s", "retries": 2}
    project.write("f.txt", "good")
    project.services({"web": web(volumes=["./f.txt:/etc/f:ro", "data:/data"], healthcheck=sound)}, volumes={"data": {}})
    project.up()
    project.replace("f.txt", "bad")
    failed = project.module()
    assert failed["failed"] and failed["rolled_back"], failed["msg"]
    assert "bad setting" in failed["msg"]
    assert project.inside("web", "cat", "/etc/f") == "good"


def test_without_rollback_the_new_one_stays(project: Project) -> None:
    serving(project)
    project.services({"web": web("slipway-test/sick:1"), "db": {"image": HEALTHY, "init": True}})
    failed = project.module(rollback=False)
    assert failed["failed"] and not failed["rolled_back"] and failed["changed"]
    assert project.inspect("web", "{{.Config.Image}}") == "slipway-test/sick:1"


def test_secrets_do_not_show(project: Project) -> None:
    project.write("secret.txt", "streng-geheim")
    service = web(
        "slipway-test/busybox:1",
        command=["sh", "-c", 'echo "token is $$API_TOKEN and $$(cat /run/secrets/s)"; exit 4'],
        environment={"API_TOKEN": "sehr-geheim"},
        secrets=["s"],
    )
    project.services({"web": service}, secrets={"s": {"file": "./secret.txt"}})
    failed = project.module()
    assert failed["failure"]["exit_code"] == 4
    assert "token is" in failed["msg"]
    assert "geheim" not in str(failed)


def test_a_dependency_is_named(project: Project) -> None:
    waits = {"db": {"condition": "service_healthy"}}
    project.services({"db": {"image": "slipway-test/sick:1", "init": True}, "web": web(depends_on=waits)})
    failed = project.module()
    assert failed["failed"]
    assert "db" in failed["msg"] and "the database is gone" in failed["msg"]


def test_the_first_release_has_nothing_to_come_back_to(project: Project) -> None:
    project.services({"web": web("slipway-test/sick:1")})
    failed = project.module()
    assert failed["failed"] and not failed["rolled_back"]
    assert "no earlier" in failed["msg"] or "nothing" in failed["msg"]
