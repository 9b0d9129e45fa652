# SPDX-License-Identifier: GPL-3.0-or-later
"""Which containers of an unchanged project still have to show that they are well."""

from __future__ import annotations

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.model import Service, Stack
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.present import Container, Present
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.settled import unsettled
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.wish import Wish


def waits(state: str, status: str, one_shot: bool = False, wish: Wish | None = None) -> bool:
    service = Service("web", "web:1", {}, one_shot=one_shot)
    container = Container("id", "shop-web-1", "web", 1, state, status, "web:1", "sha256:1", "hash", {}, {})
    found = unsettled(Stack("shop", {"web": service}, {}, {}, {}), Present((container,)), wish or Wish())
    assert found in ({}, {"web": ("id",)})
    return bool(found)


@pytest.mark.parametrize("status", ["Up 3 hours", "Up 3 hours (healthy)", "Up About a minute", "Up 4 seconds"])
def test_what_runs_long_enough_passes_at_once(status: str) -> None:
    assert not waits("running", status)


@pytest.mark.parametrize("status", ["Up 1 second", "Up 2 seconds", "Up Less than a second", "Up 9 minutes (unhealthy)"])
def test_what_is_young_or_sick_is_watched(status: str) -> None:
    assert waits("running", status)


def test_a_health_check_counts_more_than_age() -> None:
    assert waits("running", "Up 10 minutes (health: starting)")
    assert not waits("running", "Up 1 second (healthy)")


def test_a_crash_loop_is_watched() -> None:
    assert waits("restarting", "Restarting (1) 3 seconds ago")


def test_a_one_shot_is_not() -> None:
    assert not waits("exited", "Exited (0) 2 days ago", one_shot=True)


def test_age_does_not_matter_where_ready_says_so() -> None:
    assert not waits("running", "Up 1 second", wish=Wish(ready=()))


def test_services_that_were_not_asked_for_are_left() -> None:
    assert not waits("restarting", "Restarting (1) 3 seconds ago", wish=Wish(services=("other",)))
