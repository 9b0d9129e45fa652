# SPDX-License-Identifier: GPL-3.0-or-later
"""A project as a whole: what is warned of, where findings stand, and which task is meant."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.document import ComposeError
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.project import Project, load_project
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.request import Request, project_name
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.sources import World
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.composed import Wanted, prepare_composed
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.shapes_snapshot import MODEL
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.task_definition import Prepared
from ansible_collections.slipway.containers.plugins.module_utils._core.findings import ERROR, Finding
from ansible_collections.slipway.containers.plugins.module_utils._io.compose import yaml_text


def load(text: str, **files: str) -> Project:
    known = {"/shop/compose.yaml": text, **{f"/shop/{name.replace('_', '.')}": file for name, file in files.items()}}
    return load_project(Request("/shop"), World(known.get, yaml_text.parse))


def warned(text: str, **files: str) -> list[tuple[str, str]]:
    return [(finding.rule, finding.path) for finding in load(text, **files).warnings]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("command: run", []),
        ("command: migrate && serve", [("dropped-by-compose", "compose.yaml:4 services.web.command")]),
        ("entrypoint: a; b", [("dropped-by-compose", "compose.yaml:4 services.web.entrypoint")]),
        ("command: [sh, -c, 'migrate && serve']", []),
        ("volumes: ['./a:/a:ro', './b:/b:cached']", []),
        ("volumes: ['./a:/a:RO']", [("dropped-by-compose", "compose.yaml:4 services.web.volumes[0]")]),
        ("user: ${NAME}", [("unset-variable", "compose.yaml:4 services.web.user")]),
        ("user: ${NAME:-1000}", []),
    ],
)
def test_what_compose_does_in_silence_is_told(line: str, expected: list[tuple[str, str]]) -> None:
    assert warned(f"services:\n  web:\n    image: web\n    {line}\n") == expected


@pytest.mark.parametrize(
    ("first", "second", "clash"),
    [
        ("8080:80", "8080:81", True),
        ("8080:80", "8081:80", False),
        ("8080:80/udp", "8080:80/tcp", False),
        ("127.0.0.1:8080:80", "8080:80", True),
        ("127.0.0.1:8080:80", "127.0.0.2:8080:80", False),
        ("8080-8082:80-82", "8082:80", True),
        ("80", "80", False),
    ],
)
def test_a_host_port_has_one_service(first: str, second: str, clash: bool) -> None:
    text = f"services:\n  a: {{image: a, ports: ['{first}']}}\n  b: {{image: b, ports: ['{second}']}}\n"
    assert warned(text) == ([("host-port-twice", "compose.yaml:3 services.b.ports[0]")] if clash else [])


def test_what_a_reset_cannot_remove_is_told() -> None:
    base = "services:\n  web:\n    image: web\n    environment: [A=1, B=2]\n"
    over = "services:\n  web:\n    environment:\n      A: !reset null\n"
    project = load(base, compose_override_yaml=over)
    assert project.canonical()["services"]["web"]["environment"] == {"A": "1", "B": "2"}
    assert [finding.rule for finding in project.warnings] == ["reset-in-a-list"]


def test_findings_are_placed_where_their_key_was_written_last() -> None:
    project = load(
        "services:\n  web.1:\n    image: web\n  web:\n    image: web\n    ports:\n      - '80:80'\n",
        compose_override_yaml="services:\n  web.1:\n    privileged: true\n",
    )

    def located(path: str) -> str:
        return project.located(Finding("rule", ERROR, path, "message")).path

    assert located("services.web.1.privileged") == "compose.override.yaml:3 services.web.1.privileged"
    assert located("services.web.ports[0]") == "compose.yaml:7 services.web.ports[0]"
    assert located("containerDefinitions[web].image") == "containerDefinitions[web].image"
    assert located("services.other.image") == "services.other.image"


def test_problems_come_in_the_order_of_lines() -> None:
    text = "services:\n  web:\n    tty: maybe\n    prots: []\n    image: ${IMAGE:?}\n"
    with pytest.raises(ComposeError) as caught:
        load(text)
    assert [finding.path.split()[0] for finding in caught.value.findings] == [f"compose.yaml:{n}" for n in (3, 4, 5)]


@pytest.mark.parametrize(("folder", "name"), [("My Shop!", "myshop"), ("_shop-2", "shop-2"), ("ÄÖ", "")])
def test_a_folder_names_the_project(folder: str, name: str) -> None:
    assert project_name(folder) == name


def test_a_chain_that_is_too_long_is_refused_before_it_fills_pythons_stack() -> None:
    links = "".join(f"  s{n}: {{extends: s{n + 1}}}\n" for n in range(300))
    with pytest.raises(ComposeError, match="more than 50 services extend each other in a row"):
        load(f"services:\n{links}  s300: {{image: a}}\n")
    files = {f"f{n}_yaml": f"include: [f{n + 1}.yaml]\n" for n in range(300)}
    with pytest.raises(ComposeError, match="more than 50 files include each other in a row"):
        load("include: [f0.yaml]\n", **files)


TWO = "name: shop\nservices:\n  web: {image: r/web:1, depends_on: [db]}\n  db: {image: r/db:1}\n"


def prepared(text: str, **wanted: Any) -> Prepared:
    return prepare_composed(load(text), Wanted(region="eu-central-1", **wanted), MODEL)


@pytest.mark.parametrize(
    ("wanted", "family"),
    [
        ({"services": ("web",)}, "shop-web"),
        ({"family": "db"}, "db"),
        ({"family": "shop-db"}, "shop-db"),
        ({"family": "front", "services": ("web",)}, "front"),
        ({"definition": {"family": "front"}, "services": ("web",)}, "front"),
        ({"family": "front", "definition": {"containerDefinitions": [{"name": "web"}]}}, "front"),
    ],
)
def test_one_task_is_meant(wanted: dict[str, Any], family: str) -> None:
    definition = prepared(TWO, **wanted).definition
    assert definition["family"] == family
    service = "db" if "db" in family else "web"
    assert [container["name"] for container in definition["containerDefinitions"]] == [service]
    options = definition["containerDefinitions"][0]["logConfiguration"]["options"]
    assert options["awslogs-group"] == f"/ecs/{family}"


def test_no_task_is_guessed() -> None:
    with pytest.raises(ComposeError, match=r"gives 2 tasks, expected one: web \(web\); db \(db\)"):
        prepared(TWO, family="front")


@pytest.mark.parametrize(
    ("more", "rule"), [("", "no-health-check"), ("x-ecs: {public: true, health_path: /}", "dockerfile-health-check")]
)
def test_that_a_dockerfiles_check_is_ignored_is_told_once(more: str, rule: str) -> None:
    """A load balancer's check answers the first of the two."""
    text = f"services:\n  web:\n    build: .\n    image: r/web:1\n    ports: ['80:80']\n    {more}\n"
    rules = [finding.rule for finding in prepared(text).findings]
    assert [name for name in rules if name in ("no-health-check", "dockerfile-health-check")] == [rule]


@pytest.mark.parametrize(("size", "expected"), [({}, False), ({"cpu": "4096", "memory": "8192"}, True)])
def test_only_a_size_that_was_given_may_be_too_large(size: dict[str, str], expected: bool) -> None:
    """The smallest that holds what Compose says was chosen otherwise, with room for Service Connect's proxy."""
    small = TWO.replace("db:1}", "db:1, deploy: {resources: {limits: {cpus: '0.1', memory: 64M}}}}")
    rules = {finding.rule for finding in prepared(small, family="db", definition=size).findings}
    assert ("over-allocated" in rules) is expected


@pytest.mark.parametrize(
    ("more", "warned"),
    [
        ("ports: [8080:80]", True),
        ("ports: [8080:80], healthcheck: {test: [CMD, curl, 'http://localhost/up']}", False),
        ("ports: [8080:80], healthcheck: {test: [CMD, curl, 'http://localhost:81/up']}", True),
        ("ports: [8080:80], healthcheck: {test: [CMD, curl, 'http://other/up']}", True),
        ("expose: ['81'], healthcheck: {test: [CMD-SHELL, 'wget -q http://127.0.0.1:81/up || exit 1']}", False),
    ],
)
def test_a_load_balancer_checks_what_the_health_check_does(more: str, warned: bool) -> None:
    found = prepared(f"name: shop\nservices:\n  web: {{image: r/web:1, x-ecs: {{public: true}}, {more}}}\n").findings
    assert ("no-health-path" in [finding.rule for finding in found]) == warned
