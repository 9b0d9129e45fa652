# SPDX-License-Identifier: GPL-3.0-or-later
"""Waves, start-first, canaries, batches and leftovers: decided from values alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.leftovers import (
    REMOVE,
    RENAME,
    canary_name,
    leftovers,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.model import Stack
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.plan import (
    CREATE,
    KEEP,
    RECREATE,
    RESTART,
    SIGNAL,
    START,
    Plan,
    Step,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.plan import REMOVE as SURPLUS
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.present import LABEL, Container, Present
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.reader import read
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.strategy import (
    Wave,
    at_once,
    batches,
    canary,
    start_first,
    swaps,
    waves,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.wish import Wish

START_FIRST = {"deploy": {"update_config": {"order": "start-first"}}}


def stack(services: dict[str, Any], **others: Any) -> Stack:
    given = {name: {"image": "x", "networks": {"default": None}, **config} for name, config in services.items()}
    return read({"name": "shop", "services": given, "networks": {"default": {"name": "shop_default"}}, **others})


def after(*names: str, condition: str = "service_started") -> dict[str, Any]:
    return {"depends_on": {name: {"condition": condition, "required": True} for name in names}}


def plan(**actions: str) -> Plan:
    """once of a service that is recreated and runs once."""
    steps = [
        Step(name, RECREATE if action == "once" else action, run_once=action == "once")
        for name, action in actions.items()
    ]
    return Plan(tuple(steps))


def container(service: str, number: int = 1, **facts: Any) -> Container:
    name = facts.pop("name", f"shop-{service}-{number}")
    state, labels = facts.pop("state", "running"), facts.pop("labels", {})
    one_off, status = facts.pop("one_off", False), facts.pop("status", "Up")
    return Container(
        f"id-{name}", name, service, number, state, status, "x", "sha256:1", "h", labels, {}, one_off=one_off
    )


def running(*services: str) -> Present:
    return Present(tuple(container(service) for service in services))


def test_without_a_one_shot_everything_is_one_wave_in_dependency_order() -> None:
    shop = stack({"a": after("z"), "m": {}, "z": {}})
    found = waves(shop, plan(a=RECREATE, m=START, z=CREATE))
    assert found == (Wave(recreate=("a",), create=("z",), start=("m", "z", "a")),)


def test_what_waits_for_a_one_shot_is_of_a_later_wave_also_through_a_service_that_is_kept() -> None:
    shop = stack(
        {
            "app": after("middle"),
            "db": {},
            "middle": after("migrate", condition="service_completed_successfully"),
            "migrate": after("db"),
            "other": {},
        }
    )
    first, second = waves(shop, plan(app=RECREATE, db=RECREATE, middle=KEEP, migrate="once", other=RECREATE))
    assert (first.recreate, first.once) == (("db", "migrate", "other"), ("migrate",))
    assert (second.recreate, second.once) == (("app",), ())


def test_a_one_shot_that_is_done_ends_no_wave_and_is_not_named() -> None:
    shop = stack({"app": after("migrate", condition="service_completed_successfully"), "migrate": {}})
    (wave,) = waves(shop, plan(app=RECREATE, migrate=KEEP))
    assert wave.services == ("app",)


def test_start_first_comes_after_the_rest_of_its_wave_and_before_what_depends_on_it() -> None:
    shop = stack({"api": after("db"), "db": {}, "front": after("api")})
    first, second = waves(shop, plan(api=RECREATE, db=RECREATE, front=RECREATE), frozenset({"api"}))
    assert (first.recreate, first.swap) == (("db",), ("api",))
    assert second.recreate == ("front",)


def test_restarts_signals_and_surplus_have_their_own_places() -> None:
    shop = stack({"a": {}, "b": {}, "c": {}, "d": {}})
    steps = (Step("a", RESTART), Step("b", SIGNAL, signal="HUP"), Step("c", SURPLUS, replicas=1, present=2),
             Step("d", SURPLUS, replicas=0, present=1))  # fmt: skip
    (wave,) = waves(shop, Plan(steps))
    assert wave == Wave(create=("c", "d"), restart=("a",), signal=("b",))


def test_orphans_are_in_no_wave() -> None:
    assert waves(stack({"a": {}}), Plan((Step("gone", SURPLUS, replicas=0, present=1), Step("a", KEEP)))) == ()


AT_ONCE: dict[str, tuple[dict[str, str], dict[str, str], bool]] = {
    "all anew": ({"app": RECREATE, "db": RECREATE}, {"app": "running", "db": "running"}, True),
    "all for the first time": ({"app": CREATE, "db": CREATE}, {}, True),
    "one that is new among others": ({"app": RECREATE, "db": CREATE}, {"app": "running"}, True),
    "one that lacks a replica among others": (
        {"app": RECREATE, "db": CREATE},
        {"app": "running", "db": "running"},
        False,
    ),
    "what it needs runs": ({"app": RECREATE, "db": KEEP}, {"app": "running", "db": "running"}, True),
    "what it needs has ended": ({"app": RECREATE, "db": KEEP}, {"app": "running", "db": "exited"}, False),
    "what it needs is ill": ({"app": RECREATE, "db": KEEP}, {"app": "running", "db": "unhealthy"}, False),
    "what it needs is gone": ({"app": RECREATE, "db": KEEP}, {"app": "running"}, False),
    "something is only started": ({"app": RECREATE, "db": START}, {"app": "running", "db": "exited"}, False),
    "what others need, alone": ({"app": KEEP, "db": RECREATE}, {"app": "running", "db": "running"}, True),
    "nothing is started": ({"app": KEEP, "db": RESTART}, {"app": "running", "db": "running"}, True),
}


@pytest.mark.parametrize("case", AT_ONCE)
def test_one_up_does_where_nothing_has_to_happen_between_making_and_starting(case: str) -> None:
    steps, states, expected = AT_ONCE[case]
    shop = stack({"app": after("db"), "db": {}})
    healths = {"unhealthy": {"state": "running", "status": "Up 2 minutes (unhealthy)"}}
    there = Present(tuple(container(name, **healths.get(state, {"state": state})) for name, state in states.items()))
    (wave,) = waves(shop, plan(**steps))
    assert at_once(shop, plan(**steps), there, wave) is expected


def test_what_runs_once_is_made_before_it_is_started() -> None:
    shop = stack({"app": {}, "migrate": {}})
    (wave,) = waves(shop, plan(app=RECREATE, migrate="once"))
    assert not at_once(shop, plan(app=RECREATE, migrate="once"), running("app", "migrate"), wave)


UNSAFE: dict[str, tuple[dict[str, Any], str]] = {
    "bind": ({"volumes": [{"type": "bind", "source": "/srv", "target": "/a"}]}, "it writes to /srv of the host"),
    "named volume": ({"volumes": [{"type": "volume", "source": "d", "target": "/a"}]}, "it writes to volume d"),
    "volumes_from": ({"volumes_from": ["container:box"]}, "it writes to the volumes of container:box"),
    "host network": ({"network_mode": "host"}, "network_mode is host"),
    "another's network": ({"network_mode": "service:b"}, "network_mode is service:b"),
    "host processes": ({"pid": "host"}, "pid is host"),
    "IPv4": ({"networks": {"default": {"ipv4_address": "10.0.0.2"}}}, "it has a fixed address in network default"),
    "IPv6": ({"networks": {"default": {"ipv6_address": "fd00::2"}}}, "it has a fixed address in network default"),
    "MAC": ({"mac_address": "02:42:ac:11:65:43"}, "it has a fixed MAC address"),
    "device": ({"devices": [{"source": "/dev/x", "target": "/dev/x"}]}, "it has devices of the host"),
}
ONLY_START_FIRST: dict[str, tuple[dict[str, Any], str]] = {
    "port": ({"ports": [{"target": 80, "published": "80"}]}, "a published port belongs to one container at a time"),
    "name": ({"container_name": "x"}, "Compose cannot run two containers with one container_name"),
    "hook": (
        {"pre_stop": [{"command": ["x"]}]},
        "Compose runs its pre_stop hooks only where it stops all containers of a service",
    ),
}
SAFE: dict[str, dict[str, Any]] = {
    "nothing": {},
    "anonymous volume": {"volumes": [{"type": "volume", "target": "/a"}]},
    "memory": {"volumes": [{"type": "tmpfs", "target": "/a"}]},
    "read-only volume": {"volumes": [{"type": "volume", "source": "d", "target": "/a", "read_only": True}]},
    "read-only bind": {"volumes": [{"type": "bind", "source": "/srv", "target": "/a", "read_only": True}]},
    "read-only volumes_from": {"volumes_from": ["container:box:ro"]},
}


@pytest.mark.parametrize("case", [*UNSAFE, *ONLY_START_FIRST])
def test_start_first_is_refused_with_the_reason(case: str) -> None:
    config, reason = {**UNSAFE, **ONLY_START_FIRST}[case]
    assert start_first(stack({"a": config, "b": {}}), "a", running("a", "b")) == (False, reason)


@pytest.mark.parametrize("case", list(SAFE))
def test_start_first_and_a_canary_where_two_copies_do_not_meet(case: str) -> None:
    shop = stack({"a": SAFE[case]})
    assert start_first(shop, "a", running("a")) == (True, "")
    assert canary(shop, plan(a=RECREATE), Wish(), "a", running("a")) == (True, "")


@pytest.mark.parametrize("case", list(UNSAFE))
def test_a_canary_is_refused_for_the_same_reasons(case: str) -> None:
    config, reason = UNSAFE[case]
    shop = stack({"a": config, "b": {}})
    assert canary(shop, plan(a=RECREATE, b=KEEP), Wish(), "a", running("a", "b")) == (False, reason)


@pytest.mark.parametrize("case", list(ONLY_START_FIRST))
def test_a_canary_has_no_port_and_a_name_of_its_own(case: str) -> None:
    shop = stack({"a": ONLY_START_FIRST[case][0]})
    assert canary(shop, plan(a=RECREATE), Wish(), "a", running("a"))[0]


def test_start_first_needs_an_old_one_that_runs() -> None:
    shop, stopped = stack({"a": {}}), Present((container("a", state="exited"),))
    assert start_first(shop, "a", stopped) == (False, "it does not run now")


def test_a_service_that_lends_its_network_is_not_doubled() -> None:
    shop = stack({"a": {}, "b": {"network_mode": "service:a"}})
    assert start_first(shop, "a", running("a", "b")) == (
        False,
        "b shares a namespace or volumes with its container",
    )


@pytest.mark.parametrize(
    "wish, steps, reason",
    [
        pytest.param(Wish(wait=False), {"a": RECREATE}, "nothing would be undone after a failure", id="no wait"),
        pytest.param(
            Wish(rollback=False), {"a": RECREATE}, "nothing would be undone after a failure", id="no rollback"
        ),
        pytest.param(Wish(), {"a": CREATE}, "it is not made anew", id="created"),
        pytest.param(Wish(), {"a": RECREATE, "db": RECREATE}, "it needs db, which changes with it", id="dependency"),
    ],
)
def test_no_canary_where_it_would_tell_nothing(wish: Wish, steps: dict[str, str], reason: str) -> None:
    shop = stack({"a": after("db"), "db": {}})
    assert canary(shop, plan(**steps), wish, "a", running("a", "db")) == (False, reason)


def test_a_canary_may_follow_the_one_shot_that_it_needs() -> None:
    shop = stack({"a": after("migrate", condition="service_completed_successfully"), "migrate": {}})
    assert canary(shop, plan(a=RECREATE, migrate="once"), Wish(), "a", running("a")) == (True, "")


def test_who_asked_in_vain_is_told_why() -> None:
    shop = stack({"a": {**START_FIRST, "ports": [{"target": 80, "published": "80"}]}, "b": START_FIRST, "c": {}})
    chosen, notes = swaps(shop, plan(a=RECREATE, b=RECREATE, c=RECREATE), running("a", "b", "c"))
    assert chosen == {"b"}
    assert notes == (
        "a asked for start-first and is stopped first: a published port belongs to one container at a time",
    )


def test_a_network_that_is_made_again_takes_the_old_container_with_it() -> None:
    again = replace(plan(b=RECREATE), others=("network shop_default: recreate",))
    chosen, notes = swaps(stack({"b": START_FIRST}), again, running("b"))
    assert not chosen
    assert notes == ("b asked for start-first and is stopped first: network default has to be made again",)


@pytest.mark.parametrize(
    "replicas, parallelism, sizes",
    [(1, 1, (1,)), (3, 1, (1, 1, 1)), (5, 2, (2, 2, 1)), (3, 0, (3,)), (2, 9, (2,)), (0, 1, ())],
)
def test_batches(replicas: int, parallelism: int, sizes: tuple[int, ...]) -> None:
    assert batches(replicas, parallelism) == sizes


def told(*containers: Container) -> list[tuple[str, str, str]]:
    return [(one.container.name, one.action, one.name) for one in leftovers("shop", Present(containers))]


def test_nothing_is_left_over_of_a_project_at_rest() -> None:
    own = {f"{LABEL}replace": "web-1"}
    assert told(container("web", labels=own), container("web", 2), container("job", state="exited")) == []


def test_a_canary_and_what_never_took_over_are_removed() -> None:
    trial = container("web", name=canary_name("shop", "web"), one_off=True)
    assert told(container("web"), trial, container("web", 2, name="shop-web-2-next")) == [
        ("shop-web-2-next", REMOVE, ""),
        ("shop-web-canary", REMOVE, ""),
    ]


def test_what_a_user_ran_or_named_himself_stays() -> None:
    assert told(container("web", name="web-next"), container("web", name="shop-web-run-1", one_off=True)) == []


def test_who_retired_goes_if_another_serves_and_comes_back_if_nobody_does() -> None:
    old = container("web", name="shop-web-1-retired")
    assert told(old, container("web", 2)) == [("shop-web-1-retired", REMOVE, "")]
    assert told(old) == [("shop-web-1-retired", RENAME, "shop-web-1")]
    assert told(old, container("web", 2, state="exited")) == [("shop-web-1-retired", RENAME, "shop-web-1")]


def test_what_compose_left_half_made_is_removed_or_gets_its_name() -> None:
    new = container("web", name="0123456789ab_shop-web-1", labels={f"{LABEL}replace": "web-1"}, state="created")
    assert told(new, container("web")) == [("0123456789ab_shop-web-1", REMOVE, "")]
    assert told(new) == [("0123456789ab_shop-web-1", RENAME, "shop-web-1")]
