# SPDX-License-Identifier: GPL-3.0-or-later
"""ecs_task_def with a Compose project: what it registers, and one clear message for each kind of bad input."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.filter.task_definition import FilterModule

from tools.embedded_aws import EmbeddedAws

from .conftest import RunModule, operations
from .definitions import ROLE

Boto = Callable[[str], Any]
Files = dict[str, str]

WEB = """\
name: shop
services:
  web:
    image: 111122223333.dkr.ecr.eu-central-1.amazonaws.com/web:${TAG:-1.0.0}
    user: "1000"
    ports: ["8080:8080"]
    environment: {LOG_LEVEL: info}
    healthcheck: {test: [CMD, python, -m, web.health], interval: 30s}
    deploy: {resources: {reservations: {cpus: "0.25", memory: 512M}}}
"""
TWO = WEB + "  db: {image: registry.example.com/db:1, user: '1000'}\n"


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Lay out a project, and give the module's arguments for it."""

    def make(files: Files | str, **arguments: Any) -> dict[str, Any]:
        folder = tmp_path / "project"
        folder.mkdir()
        for name, text in ({"compose.yaml": files} if isinstance(files, str) else files).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(text.encode("latin-1" if name.startswith("latin") else "utf-8"))
        compose = {"project_directory": str(folder), **arguments.pop("compose", {})}
        return {"compose": compose, "definition": {"executionRoleArn": ROLE}, **arguments}

    return make


Project = Callable[..., dict[str, Any]]


def test_check_mode_predicts_the_run_and_a_second_run_changes_nothing(
    aws: EmbeddedAws, run_module: RunModule, project: Project
) -> None:
    arguments = project(WEB, compose={"environment": {"TAG": "1.4.2"}})
    predicted = run_module("ecs_task_def", arguments, check=True)
    assert operations(aws) == {"DescribeTaskDefinition": 1}
    done, again = run_module("ecs_task_def", arguments), run_module("ecs_task_def", arguments)
    assert (predicted["changed"], done["changed"], again["changed"]) == (True, True, False), predicted.output
    assert predicted["diff"] == done["diff"]
    definition = again["task_definition"]
    assert (definition["family"], definition["cpu"], definition["memory"]) == ("shop-web", "256", "512")
    assert definition["containerDefinitions"][0]["image"].endswith("/web:1.4.2")
    assert definition["executionRoleArn"] == ROLE
    options = definition["containerDefinitions"][0]["logConfiguration"]["options"]
    assert options["awslogs-group"] == "/ecs/shop-web" and options["awslogs-region"]


def test_a_new_tag_is_a_new_revision_and_says_why(run_module: RunModule, project: Project) -> None:
    arguments = project(WEB)
    run_module("ecs_task_def", arguments)
    arguments["compose"]["environment"] = {"TAG": "2.0.0"}
    assert run_module("ecs_task_def", arguments)["reasons"] == ["containerDefinitions[web].image"]


def test_the_definition_is_merged_over_what_compose_gives(run_module: RunModule, project: Project) -> None:
    added = {"name": "web", "environment": [{"name": "LOG_LEVEL", "value": "debug"}], "stopTimeout": 60}
    arguments = project(WEB)
    arguments["definition"]["containerDefinitions"] = [added]
    container = run_module("ecs_task_def", arguments)["task_definition"]["containerDefinitions"][0]
    assert container["environment"] == [{"name": "LOG_LEVEL", "value": "debug"}]
    assert container["stopTimeout"] == 60 and container["healthCheck"]["interval"] == 30


def test_the_filter_previews_what_check_mode_predicts(run_module: RunModule, project: Project) -> None:
    arguments = project(WEB)
    predicted = run_module("ecs_task_def", arguments, check=True)
    region = predicted["task_definition"]["containerDefinitions"][0]["logConfiguration"]["options"]["awslogs-region"]
    preview = FilterModule().filters()["task_definition"](
        arguments["definition"], compose=arguments["compose"], region=region
    )
    assert preview["task_definition"] == predicted["task_definition"]
    assert preview["findings"] == predicted["findings"]


@pytest.mark.parametrize("chosen", [{"compose": {"services": ["web"]}}, {"family": "web"}, {"family": "shop-web"}])
def test_one_task_of_several_is_named(chosen: dict[str, Any], run_module: RunModule, project: Project) -> None:
    run = run_module("ecs_task_def", project(TWO, **chosen), check=True)
    assert [container["name"] for container in run["task_definition"]["containerDefinitions"]] == ["web"]


def test_what_the_settings_of_a_service_are_is_judged_from_x_ecs(run_module: RunModule, project: Project) -> None:
    run = run_module("ecs_task_def", project(WEB + "    x-ecs: {desired_count: 2, public: true}\n"), check=True)
    found = {finding["rule"]: finding["path"] for finding in run["findings"]}
    assert found["no-health-path"] == "compose.yaml:10 services.web.x-ecs.public"
    assert found["no-autoscaling"] == "compose.yaml:10 services.web.x-ecs.desired_count"


def laughs() -> str:
    lines = [f"x-{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    return "\n".join(["x-0: &a0 [lol]", *lines, WEB])


SECRET = "hunter2-not-to-be-shown"
#: Files, and what the one message says.
BAD_INPUT: dict[str, tuple[Files | str, str]] = {
    "an empty file": ("", "- compose.yaml: the file is empty"),
    "only comments": ("# later\n", "- compose.yaml: the file is empty"),
    "a list": ("- web\n- db\n", "- compose.yaml:1: the top level is no mapping"),
    "more than 8 MiB": (f"{WEB}#{'x' * 9_000_000}\n", "this is larger than 8 MiB"),
    "a billion laughs": (laughs(), "the aliases of this file stand for more than 400,000 values"),
    "a key twice": (f"{WEB}    user: '2000'\n", "- compose.yaml:10"),
    "a required variable": (
        WEB.replace("info", "'${LEVEL:?set LEVEL to debug or info}'"),
        "- compose.yaml:7 services.web.environment.LOG_LEVEL: the required variable 'LEVEL' is not set",
    ),
    "a default with an unclosed brace": (
        WEB.replace("info", '"${LEVEL:-info"'),
        "- compose.yaml:7 services.web.environment.LOG_LEVEL",
    ),
    "services that extend each other": (
        "services:\n  a: {extends: b}\n  b: {extends: a}\n",
        "the services extend each other in a cycle: a (compose.yaml) extends b (compose.yaml) extends a (compose.yaml)",
    ),
    "files that include each other": (
        {"compose.yaml": f"include: [b.yaml]\n{WEB}", "b.yaml": "include: [compose.yaml]\nservices: {}\n"},
        "the files include each other in a cycle: compose.yaml includes b.yaml includes compose.yaml",
    ),
    "services that depend on each other": (
        "services:\n  a: {image: a, depends_on: [b]}\n  b: {image: b, depends_on: [a]}\n",
        "the services depend on each other in a cycle: a -> b -> a",
    ),
    "a secret in the environment": (
        WEB.replace("LOG_LEVEL: info", f"DB_PASSWORD: {SECRET}"),
        "- compose.yaml:7 services.web.environment[DB_PASSWORD]",
    ),
    "a key with a typo": (
        WEB.replace("ports:", "prots:"),
        "- compose.yaml:6 services.web.prots: unknown key 'prots' (did you mean 'ports'?)",
    ),
    "an env_file that is not there": (
        f"{WEB}    env_file: web.env\n",
        "- compose.yaml:10 services.web.env_file[0]: the file web.env does not exist",
    ),
    "an include that is not there": (f"include: [other.yaml]\n{WEB}", "- other.yaml: no such file"),
    "a remote include": (
        f"include: ['https://example.com/x.git']\n{WEB}",
        "found the remote file 'https://example.com/x.git', expected a file of this machine",
    ),
    "an env file in Latin-1": (
        {"compose.yaml": f"{WEB}    env_file: latin.env\n", "latin.env": "A=\xe9\n"},
        "latin.env:1",
    ),
    "two containers on one port": (
        f"{WEB}    x-ecs: {{task: both}}\n"
        "  api: {image: registry.example.com/api:1, user: '1000', ports: ['9090:8080'], x-ecs: {task: both}}\n",
        "8080",
    ),
    "an unknown key of x-ecs": (
        f"{WEB}    x-ecs: {{memroy: 1 GB}}\n",
        "- compose.yaml:10 services.web.x-ecs.memroy",
    ),
}


@pytest.mark.parametrize("check", [False, True], ids=["run", "check"])
@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input(case: str, check: bool, aws: EmbeddedAws, run_module: RunModule, project: Project) -> None:
    """Refused before any call, so no credentials are needed to hear of it."""
    files, expected = BAD_INPUT[case]
    without = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
    run = run_module("ecs_task_def", project(files), check=check, variables=without)
    assert run.failed and expected in run["msg"], run.output
    assert run["msg"].count("\n- ") == 1, f"one mistake, one message: {run['msg']}"
    assert SECRET not in run.output
    assert aws.calls() == []


def test_a_large_file_of_sense_is_read(run_module: RunModule, project: Project) -> None:
    """5 MB, most of it one text."""
    run = run_module("ecs_task_def", project(f"x-notes: {'a note, ' * 620_000}\n{WEB}"), check=True)
    assert run["changed"], run.output


def test_an_include_outside_the_project_is_read_and_told(
    run_module: RunModule, project: Project, tmp_path: Path
) -> None:
    (tmp_path / "outside.yaml").write_text(WEB, encoding="utf-8")
    run = run_module("ecs_task_def", project("include: [../outside.yaml]\n"), check=True)
    told = [finding for finding in run["findings"] if finding["rule"] == "include-outside"]
    assert [finding["path"] for finding in told] == ["compose.yaml:1 include"], run.output


def test_host_ports_that_clash_are_told(run_module: RunModule, project: Project) -> None:
    clash = f"{WEB}  api: {{image: registry.example.com/api:1, user: '1000', ports: ['8080:80']}}\n"
    run = run_module("ecs_task_def", project(clash, compose={"services": ["web", "api"]}, family="web"), check=True)
    told = [finding for finding in run["findings"] if finding["rule"] == "host-port-twice"]
    assert [finding["message"] for finding in told] == [
        "the host port 8080 is published by 'web' already: one host cannot run both"
    ], run.output


CONTRADICTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "launch types": (
        {"launch_type": "FARGATE", "definition": {"requiresCompatibilities": ["EC2"], "executionRoleArn": ROLE}},
        "requiresCompatibilities: found EC2, launch_type is FARGATE",
    ),
    "families": (
        {"family": "web", "definition": {"family": "shop", "executionRoleArn": ROLE}},
        "family: the definition's family is 'shop', the option's 'web'",
    ),
    "a container that is no service": (
        {"definition": {"executionRoleArn": ROLE, "containerDefinitions": [{"name": "wbe", "stopTimeout": 60}]}},
        "containerDefinitions[wbe]: found the container 'wbe', which is no service of the task and has no image "
        "(did you mean 'web'?)",
    ),
    "a service that is not there": ({"compose": {"services": ["wbe"]}}, "the service 'wbe' does not exist"),
    "several tasks": ({}, "compose: the project shop gives 2 tasks, expected one: web (web); db (db)"),
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_a_definition_and_compose_that_contradict(
    case: str, aws: EmbeddedAws, run_module: RunModule, project: Project
) -> None:
    arguments, expected = CONTRADICTIONS[case]
    run = run_module("ecs_task_def", project(TWO if case == "several tasks" else WEB, **arguments))
    assert run.failed and expected in run["msg"], run.output
    assert run["msg"].count("\n- ") == 1, run["msg"]
    assert aws.calls() == []


def test_everything_wrong_is_told_at_once(run_module: RunModule, project: Project) -> None:
    text = WEB.replace("ports:", "prots:").replace("interval: 30s", "interval: 30 elephants") + "    mem_limit: [1]\n"
    run = run_module("ecs_task_def", project(text))
    places = [line.split(": ")[0] for line in run["msg"].splitlines()[1:]]
    assert places == [
        "- compose.yaml:6 services.web.prots",
        "- compose.yaml:8 services.web.healthcheck.interval",
        "- compose.yaml:10 services.web.mem_limit",
    ]
