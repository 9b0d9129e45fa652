# SPDX-License-Identifier: GPL-3.0-or-later
"""What Compose prints, in nouns: the same for both versions and for the canonical form of our own model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.model import (
    BIND,
    COMPLETED,
    CONFIG,
    HEALTHY,
    SECRET,
    Content,
    Dependency,
    Mount,
    Port,
    Service,
    Stack,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.reader import read

from tests.unit.test_compose_cases import ACCEPTED, model, printed
from tools.prepare import ROOT

CASE = Path(__file__).parent / "cases" / "stack_model"
PROJECTS = sorted(path for path in (ROOT / "tests" / "projects").iterdir() if path.is_dir())


def printed_json(version: str) -> Any:
    return json.loads((CASE / f"printed-{version}.json").read_text(encoding="utf-8"))


@pytest.fixture(params=["2.26.1", "2.40.3"])
def stack(request: pytest.FixtureRequest) -> Stack:
    """Of cases/stack_model, which `docker-compose --project-directory /project config --format json` printed."""
    return read(printed_json(request.param))


def one(**config: Any) -> Service:
    return read({"name": "shop", "services": {"web": config}}).services["web"]


def test_the_project(stack: Stack) -> None:
    assert stack.project == "try"
    assert list(stack.services) == ["db", "mig", "web"]
    assert {key: network["name"] for key, network in stack.networks.items()} == {
        "back": "try_back",
        "default": "try_default",
    }
    assert stack.volumes == {"data": {"name": "try_data", "labels": {"a": "b"}}}
    assert list(stack.raw["services"]) == ["db", "mig", "web"]


def test_a_service(stack: Stack) -> None:
    web = stack.services["web"]
    assert (web.image, web.replicas, web.order, web.parallelism, web.failure_action) == (
        *("busybox:1", 2, "start-first", 1),
        "rollback",
    )
    assert web.networks == ("back", "default")
    assert web.build == {"context": "/project", "dockerfile": "D"}
    assert [*web.config][:3] == ["build", "command", "configs"]
    assert web.config["command"] == ["sh", "-c", "echo $$HOME <&>"]


def test_dependencies(stack: Stack) -> None:
    db, mig = (Dependency("db", HEALTHY), Dependency("mig", COMPLETED))
    assert stack.services["web"].depends_on == (db, mig)
    assert stack.services["mig"].depends_on == (Dependency("db", restart=True),)
    assert stack.services["mig"].shares_with == ("db",)


def test_one_shots(stack: Stack) -> None:
    assert [service.name for service in stack.services.values() if service.one_shot] == ["mig"]
    told = read(stack.raw, one_shot=("db",))
    assert [service.name for service in told.services.values() if service.one_shot] == ["db", "mig"]


def test_ports(stack: Stack) -> None:
    assert stack.services["web"].ports == (
        Port(80, "8080"),
        Port(90, "9000", "127.0.0.1", "udp"),
        Port(91, "9001", "127.0.0.1", "udp"),
        Port(5000),
    )


def test_mounts(stack: Stack) -> None:
    assert stack.services["web"].mounts == (
        Mount("bind", "/f.txt", "/project/f.txt", read_only=True),
        Mount("volume", "/data", "data"),
        Mount("volume", "/tmp"),
        Mount("tmpfs", "/x"),
    )


def test_contents(stack: Stack) -> None:
    assert stack.services["web"].contents == (
        Content(CONFIG, "c1", "/c1", text="hello x"),
        Content(CONFIG, "c2", "/etc/c2", source="/project/f.txt"),
        Content(SECRET, "s1", "/run/secrets/s1", variable="SEC"),
        Content(SECRET, "s2", "/run/secrets/s2", source="/project/f.txt"),
        Content(BIND, "/project/f.txt", "/f.txt", source="/project/f.txt"),
    )


def test_a_relative_target_of_a_secret_lies_with_the_others() -> None:
    uses = [{"source": "a", "target": "b"}, {"source": "a", "target": "/c"}, {"source": "a"}]
    raw = {"name": "p", "services": {"web": {"secrets": uses}}, "secrets": {"a": {"name": "p_a", "file": "/f"}}}
    contents = read(raw).services["web"].contents
    assert [content.target for content in contents] == ["/run/secrets/b", "/c", "/run/secrets/a"]


def test_an_external_secret_has_no_content() -> None:
    raw = {"name": "p", "services": {"web": {"secrets": [{"source": "a"}]}}, "secrets": {"a": {"external": True}}}
    assert read(raw).services["web"].contents == ()


def test_dollars_are_single_in_nouns() -> None:
    raw = {
        "name": "p",
        "services": {
            "web": {
                "volumes": [{"type": "bind", "source": "/a$$b", "target": "/c$$d"}],
                "configs": [{"source": "c", "target": "/e$$f"}],
            }
        },
        "configs": {"c": {"name": "p_c", "content": "cost: 5$$"}},
    }
    config, bind = read(raw).services["web"].contents
    assert (config.text, config.target) == ("cost: 5$", "/e$f")
    assert (bind.source, bind.target) == ("/a$b", "/c$d")


def test_what_is_only_built_has_the_name_that_compose_gives() -> None:
    assert one(build={"context": "/a"}).image == "shop-web"


@pytest.mark.parametrize(
    ("config", "replicas"),
    [
        ({}, 1),
        ({"scale": 3}, 3),
        ({"deploy": {"replicas": 0}}, 0),
        ({"scale": 0, "deploy": {"replicas": 4}}, 0),
        ({"deploy": {"mode": "global"}}, 1),
        ({"provider": {"type": "cloud"}}, 0),
    ],
    ids=str,
)
def test_replicas(config: dict[str, Any], replicas: int) -> None:
    assert one(image="i", **config).replicas == replicas


@pytest.mark.parametrize(
    ("bind", "creates"),
    [(None, True), ({}, False), ({"create_host_path": True}, True), ({"propagation": "rslave"}, False)],
    ids=str,
)
def test_whether_the_engine_makes_the_folder_of_a_bind(bind: dict[str, Any] | None, creates: bool) -> None:
    mount = {"type": "bind", "source": "/a", "target": "/b", **({} if bind is None else {"bind": bind})}
    assert one(volumes=[mount]).mounts[0].create_host_path == creates


def test_an_optional_dependency_on_a_service_of_another_profile_is_none() -> None:
    """Compose 2.26 to 2.28 hash dependencies, and not that one."""
    off = {"condition": "service_started", "required": False}
    services = {
        "web": {"depends_on": {"off": off, "db": off}, "image": "i"},
        "db": {},
        "x": {"depends_on": {"off": off}},
    }
    found = read({"name": "p", "services": services}).services
    assert [dependency.service for dependency in found["web"].depends_on] == ["db"]
    assert found["web"].config == {"depends_on": {"db": off}, "image": "i"}
    assert found["x"].config == {}


def test_volumes_from_shares_with_services() -> None:
    assert one(volumes_from=["db:ro", "container:old:ro", "db"], pid="service:web2").shares_with == ("web2", "db")


def nouns(raw: Any) -> Stack:
    stack = read(raw)
    return replace(stack, raw={}, services={name: replace(each, config={}) for name, each in stack.services.items()})


@pytest.mark.parametrize("folder", [*ACCEPTED, *PROJECTS], ids=lambda folder: folder.name)
def test_our_own_model_reads_as_compose_prints_it(folder: Path) -> None:
    """So a plan may come from the controller's model."""
    assert nouns(model(folder).canonical()) == nouns(printed(folder / "config.out"))


@pytest.mark.parametrize(
    "path",
    [path for folder in (*ACCEPTED, *PROJECTS) for path in folder.glob("config-2.26.out")],
    ids=lambda path: path.parent.name,
)
def test_what_2_26_prints_differently_is_in_no_noun(path: Path) -> None:
    """Of some projects it prints networks and volumes that nothing uses."""
    assert nouns(printed(path)).services == nouns(printed(path.parent / "config.out")).services
