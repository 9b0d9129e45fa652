# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rollback does: only where the failed run touched something."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.model import Service, Stack
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.plan import SIGNAL, Plan, Step
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.present import Container, Network, Present
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.restore import (
    Restore,
    down,
    restore,
    with_copies,
)


def stack(*services: Service) -> Stack:
    networks = {"default": {"name": "shop_default"}, "outer": {"name": "outer", "external": True}}
    return Stack("shop", {one.name: one for one in services}, networks, {}, {})


def service(name: str, **more: Any) -> Service:
    return Service(name, f"{name}:1", more.pop("config", {}), networks=("default",), **more)


def container(identity: str, state: str = "running", one_off: bool = False) -> Container:
    """`web-old` is a container of web."""
    name, number = identity.partition("-")[0], 1
    return Container(
        identity, f"shop-{identity}", name, number, state, "", "", "", "", labels={}, networks={}, one_off=one_off
    )


def present(*containers: Container, network: str = "n1") -> Present:
    return Present(containers, {"shop_default": Network(network, "shop_default", {})})


WEB, DB = service("web"), service("db")
BEFORE = present(container("web-old"), container("db-old"))


def todo(now: Present, release: Stack | None = None, before: Present = BEFORE, plan: Plan | None = None) -> Restore:
    release = release or stack(WEB, DB)
    return restore(release, release, before, now, plan or Plan())


def ids(containers: tuple[Container, ...]) -> list[str]:
    return [one.id for one in containers]


def test_where_nothing_was_touched_nothing_is_done() -> None:
    assert todo(BEFORE) == Restore()


def test_a_service_with_a_new_container_is_replaced() -> None:
    now = present(container("web-new", "exited"), container("db-old"))
    assert todo(now) == Restore(replace=("web",))


def test_a_service_whose_container_is_gone_is_made_again() -> None:
    assert todo(present(container("db-old"))) == Restore(fill=("web",))


def test_a_service_that_was_stopped_is_started() -> None:
    now = present(container("web-old", "exited"), container("db-old"))
    assert todo(now) == Restore(fill=("web",))


def test_what_did_not_run_before_is_left_alone() -> None:
    before = present(container("web-old", "exited"), container("db-old"))
    assert todo(before, before=before) == Restore()


def test_a_container_beside_the_old_one_is_removed() -> None:
    now = present(container("web-old"), container("web-new", "restarting"), container("db-old"))
    found = todo(now)
    assert ids(found.remove) == ["web-new"]
    assert (found.replace, found.fill) == ((), ())


def test_a_canary_and_a_new_service_are_removed() -> None:
    now = present(*BEFORE.containers, container("web-canary", one_off=True), container("extra-new"))
    assert ids(todo(now).remove) == ["web-canary", "extra-new"]


def test_somebodys_own_run_is_left_alone() -> None:
    now = present(*BEFORE.containers, container("web-shell", one_off=True))
    assert todo(now) == Restore()


def test_one_shots_stay_as_the_failed_run_left_them() -> None:
    release = stack(WEB, service("job", one_shot=True))
    before = present(container("web-old"), container("job-old", "exited"))
    now = present(container("web-new", "exited"), container("job-new", "exited"))
    assert todo(now, release, before) == Restore(replace=("web",))


def test_who_refers_to_a_replaced_container_by_id_follows() -> None:
    side = service("side", config={"network_mode": "service:web"})
    more = service("more", config={"volumes_from": ["side:ro"]})
    before = present(*(container(f"{name}-old") for name in ("web", "side", "more")))
    now = present(container("web-new"), container("side-old"), container("more-old"))
    assert todo(now, stack(WEB, side, more), before).replace == ("web", "side", "more")


def test_all_on_a_network_that_was_made_anew_are_replaced() -> None:
    now = present(*BEFORE.containers, network="n2")
    assert todo(now) == Restore(replace=("web", "db"), networks=("shop_default",))


def test_a_service_that_got_a_signal_is_replaced() -> None:
    plan = Plan((Step("db", SIGNAL),))
    assert todo(BEFORE, plan=plan) == Restore(replace=("db",))


def test_what_is_paused_is_unpaused_where_it_is_touched() -> None:
    now = present(container("web-new", "paused"), container("db-old", "paused"))
    assert ids(todo(now).unpause) == ["web-new", "db-old"]


def test_what_has_to_be_started() -> None:
    release = stack(WEB, DB, service("job", one_shot=True), service("off"))
    now = present(
        container("web-made", "created"),
        container("db-old", "exited"),
        container("job-made", "created"),
        container("off-old", "exited"),
    )
    before = present(*BEFORE.containers, container("off-old", "exited"))
    assert down(release, now, before, ("web",)) == ("web", "db")


@pytest.mark.parametrize("services", [("web",), ()])
def test_files_are_replaced_by_copies(services: tuple[str, ...]) -> None:
    """Binds only of replaced services: for others it would be another configuration."""
    bind = {"type": "bind", "source": "/srv/a", "target": "/a"}
    volume = {"type": "volume", "source": "/srv/a", "target": "/b"}
    model = {
        "name": "shop",
        "configs": {"a": {"file": "/srv/a"}, "b": {"file": "/srv/b"}, "c": {"content": "/srv/a"}},
        "secrets": {"a": {"file": "/srv/a"}},
        "services": {"web": {"image": "web:1", "volumes": [bind, volume]}, "db": {"image": "db:1"}},
    }
    changed = with_copies(model, {"/srv/a": "/copy"}, services)
    assert changed["configs"] == {"a": {"file": "/copy"}, "b": {"file": "/srv/b"}, "c": {"content": "/srv/a"}}
    assert changed["secrets"] == {"a": {"file": "/copy"}}
    assert changed["services"]["web"]["volumes"] == [{**bind, "source": "/copy"} if services else bind, volume]
    assert changed["services"]["db"] == {"image": "db:1"}
    assert model["services"]["web"]["volumes"] == [bind, volume], "what was given stays"
