# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes that ask the engine, and waiting for containers that get ready."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.looks import Outcome, log_since
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.model import Service, Stack
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.wish import Failure, Probe, Wish
from ansible_collections.slipway.containers.plugins.module_utils._io.engine import reads
from ansible_collections.slipway.containers.plugins.module_utils._io.engine.client import Engine
from ansible_collections.slipway.containers.plugins.module_utils._io.stack import probes
from ansible_collections.slipway.containers.plugins.module_utils._io.stack.wait import wait_until_ready

from . import engine as machine
from .registry import free_port
from .socket_proxy import BEFORE, CountingProxy, Fault

BUSYBOX, WEB = "slipway-test/busybox:1", "slipway-test/web:1"
_NUMBERS = count(1)

pytestmark = pytest.mark.usefixtures("machine_images")


Box = Callable[..., str]


@pytest.fixture
def box() -> Iterator[Box]:
    """Containers by `docker run`, by their ids."""
    made: list[str] = []

    def run(*words: str, image: str = BUSYBOX, options: tuple[str, ...] = ()) -> str:
        name = f"ready-box-{os.getpid()}-{next(_NUMBERS)}"
        made.append(name)
        return machine.docker("run", "--detach", "--init", "--name", name, *options, image, *words).stdout.strip()

    yield run
    machine.remove(made)


def ask(engine: Engine, container: str, probe: Probe, timeout: float = 5) -> Outcome:
    inspected = reads.inspect(engine, container)
    assert inspected
    return probes.check(engine, probe, probes.target_of(engine, inspected, log_since(inspected)), timeout)


def wait(engine: Engine, containers: Mapping[str, str], wish: Wish, said: list[str], **more: Any) -> Failure | None:
    stack = Stack(
        "ready", {name: Service(name, BUSYBOX, {}, one_shot=name == "job") for name in containers}, {}, {}, {}
    )
    ids = {name: (one,) for name, one in containers.items()}
    return wait_until_ready(engine, stack, wish, ids, time.monotonic() + wish.wait_timeout, said.append, **more)


def test_a_command_in_the_container(engine: Engine, box: Box) -> None:
    container = box("sleep", "1000")
    assert ask(engine, container, Probe(command=("true",))) == Outcome(True, "exit code 0")
    failed = ask(engine, container, Probe(command=("sh", "-c", "echo no >&2; echo database >&2; exit 4")))
    assert failed == Outcome(False, "exit code 4: no\ndatabase")
    assert not ask(engine, container, Probe(command=("nosuch",))).passed
    assert ask(engine, container, Probe(command=("sleep", "30")), 0.5) == Outcome(False, "no end within 0.5 s")
    machine.docker("stop", "--time", "0", container)
    assert not ask(engine, container, Probe(command=("true",))).passed


def test_a_line_of_the_log_since_the_last_start(engine: Engine, box: Box) -> None:
    """The line of the first start does not count for the second."""
    script = "[ -e /tmp/again ] && echo slow || echo ready to serve; touch /tmp/again; exec sleep 1000"
    container = box("sh", "-c", script)
    probe = Probe(log=r"ready to \w+$")
    limit = time.monotonic() + 10
    while not ask(engine, container, probe).passed and time.monotonic() < limit:
        time.sleep(0.05)
    assert ask(engine, container, probe) == Outcome(True, "ready to serve")
    machine.docker("restart", "--time", "0", container)
    assert not ask(engine, container, probe).passed
    assert "no regular expression" in ask(engine, container, Probe(log="(")).output


def test_a_published_port_where_nobody_listens(engine: Engine, box: Box) -> None:
    """Docker's own proxy accepts; that is not the service."""
    port = free_port("127.0.0.1")
    container = box("sleep", "1000", options=("--publish", f"127.0.0.1:{port}:8080"))
    assert not ask(engine, container, Probe(tcp=f"127.0.0.1:{port}")).passed
    assert not ask(engine, container, Probe(http=f"http://127.0.0.1:{port}/")).passed


def test_the_address_of_who_shares_a_network(engine: Engine, box: Box) -> None:
    web = box(image=WEB)
    side = box("sleep", "1000", options=("--network", f"container:{web}"))
    assert ask(engine, side, Probe(tcp="8080")).passed


def test_what_was_awaited_is_said_when_it_changes(engine: Engine, box: Box) -> None:
    said: list[str] = []
    check = ("--health-cmd", "test -e /tmp/up", "--health-interval", "300ms", "--health-retries", "50")
    web = box("sh", "-c", "sleep 1; touch /tmp/up; exec sleep 1000", options=check)
    job = box("sh", "-c", "sleep 0.5")
    assert wait(engine, {"job": job, "web": web}, Wish(wait_timeout=30), said) is None
    assert said[0].startswith("job: waiting for its end")
    assert said[1].startswith("web: waiting for health")
    assert "job: ready, ended with 0" in said
    assert said[-1] == "web: ready, healthy"
    assert len(said) == len(set(said)) < 12


def test_a_container_that_runs_for_long_passes_at_once(engine: Engine, box: Box) -> None:
    container = box("sleep", "1000")
    assert wait(engine, {"web": container}, Wish(wait_timeout=30), []) is None
    said: list[str] = []
    assert wait(engine, {"web": container}, Wish(wait_timeout=30), said) is None
    assert len(said) == 1 and said[0].startswith("web: ready"), said


def test_a_time_that_is_over_names_all_that_is_awaited(engine: Engine, box: Box) -> None:
    ids = {"web": box("sleep", "1000"), "db": box("sleep", "1000")}
    wish = Wish(ready=(Probe(service="web", tcp="8080"), Probe(service="db", log="ready")), wait_timeout=1)
    failure = wait(engine, ids, wish, [])
    assert failure is not None
    assert (failure.service, failure.cause, failure.exit_code) == ("web", "timeout", None)
    assert "db: log line /ready/, no such line among 0; web: tcp 8080, " in failure.message
    assert failure.probe_output.endswith("connection refused")


def test_probes_for_all_are_for_those_that_changed(engine: Engine, box: Box) -> None:
    ids = {"web": box(image=WEB), "db": box("sleep", "1000")}
    wish = Wish(ready=(Probe(tcp="8080"),), wait_timeout=30)
    assert wait(engine, ids, wish, [], changed=("web",)) is None


def test_who_dies_while_others_are_awaited_is_noticed(engine: Engine, box: Box) -> None:
    ids = {"web": box("sh", "-c", "sleep 1.5; echo bye; exit 7"), "job": box("sleep", "1000")}
    failure = wait(engine, ids, Wish(ready=(), wait_timeout=30), [])
    assert failure is not None
    assert (failure.service, failure.exit_code, failure.log_tail) == ("web", 7, ("bye",))


def test_a_container_that_somebody_removes(engine: Engine, box: Box) -> None:
    container = box("sleep", "1000")
    machine.docker("rm", "--force", container)
    failure = wait(engine, {"web": container}, Wish(wait_timeout=30), [])
    assert failure is not None and (failure.service, failure.cause) == ("web", "engine")


def test_an_engine_that_is_away_for_a_moment(box: Box) -> None:
    container = box("sleep", "1000")
    with CountingProxy(machine.SOCKET.removeprefix("unix://")) as proxy, Engine(proxy.docker_host) as engine:
        proxy.faults.append(Fault("GET /containers/", drop=BEFORE, times=6))
        assert wait(engine, {"web": container}, Wish(wait_timeout=30), []) is None
        assert not proxy.faults or proxy.faults[0].times == 0


def test_no_engine_at_all() -> None:
    failure = wait(Engine("unix:///nowhere.sock"), {"web": "c1"}, Wish(wait_timeout=1), [])
    assert failure is not None and failure.cause == "engine"
