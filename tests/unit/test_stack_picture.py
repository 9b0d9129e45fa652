# SPDX-License-Identifier: GPL-3.0-or-later
"""Two pictures of a project are the same exactly where nothing is different that a plan would look at."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.picture import all_run_longer, picture
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.status import health, runs_longer

LISTS: dict[str, Any] = {
    "containers": [
        {
            "Id": "c1",
            "Names": ["/shop-web-1"],
            "ImageID": "sha256:1",
            "State": "running",
            "Status": "Up 3 hours (healthy)",
            "NetworkSettings": {"Networks": {"shop_default": {"NetworkID": "n1", "IPAddress": "172.18.0.2"}}},
        },
        {
            "Id": "c2",
            "Names": ["/shop-job-1"],
            "ImageID": "sha256:2",
            "State": "exited",
            "Status": "Exited (0) 1 day ago",
        },
    ],
    "networks": [{"Id": "n1", "Name": "shop_default"}],
    "volumes": [{"Name": "shop_data", "CreatedAt": "2026-11-01", "Labels": {"a": "b"}}],
    "images": [{"Id": "sha256:1", "RepoTags": ["web:1"], "RepoDigests": None}],
}
OTHER: dict[str, Callable[[dict[str, Any]], Any]] = {
    "another container": lambda lists: lists["containers"][0].update(Id="c9"),
    "renamed": lambda lists: lists["containers"][0].update(Names=["/old"]),
    "paused": lambda lists: lists["containers"][0].update(State="paused"),
    "sick": lambda lists: lists["containers"][0].update(Status="Up 3 hours (unhealthy)"),
    "detached": lambda lists: lists["containers"][0]["NetworkSettings"]["Networks"].clear(),
    "gone": lambda lists: lists["containers"].pop(),
    "network made anew": lambda lists: lists["networks"][0].update(Id="n2"),
    "volume made anew": lambda lists: lists["volumes"][0].update(CreatedAt="2026-11-02"),
    "tag moved": lambda lists: lists["images"][0].update(Id="sha256:3"),
    "tag gone": lambda lists: lists["images"][0].update(RepoTags=[]),
}
SAME: dict[str, Callable[[dict[str, Any]], Any]] = {
    "older": lambda lists: lists["containers"][0].update(Status="Up 4 hours (healthy)"),
    "another order": lambda lists: lists["containers"].reverse(),
    "another address": lambda lists: lists["containers"][0]["NetworkSettings"]["Networks"]["shop_default"].update(
        IPAddress="172.18.0.7"
    ),
}


@pytest.mark.parametrize("change", OTHER)
def test_what_a_plan_looks_at_is_another_picture(change: str) -> None:
    lists = copy.deepcopy(LISTS)
    OTHER[change](lists)
    assert picture(lists) != picture(LISTS)


@pytest.mark.parametrize("change", SAME)
def test_the_rest_is_not(change: str) -> None:
    lists = copy.deepcopy(LISTS)
    SAME[change](lists)
    assert picture(lists) == picture(LISTS)


def test_a_container_that_was_restarted_just_now_is_told() -> None:
    lists = copy.deepcopy(LISTS)
    assert all_run_longer(lists, 3)
    lists["containers"][0]["Status"] = "Up 2 seconds"
    assert not all_run_longer(lists, 3)


@pytest.mark.parametrize(
    ("status", "longer"),
    [
        ("Up Less than a second", False),
        ("Up 1 second", False),
        ("Up 3 seconds", False),
        ("Up 4 seconds", True),
        ("Up About a minute", True),
        ("Exited (0) 2 seconds ago", True),
    ],
)
def test_the_engines_words_for_a_short_time(status: str, longer: bool) -> None:
    assert runs_longer(status, 3) is longer


def test_the_engines_words_for_health() -> None:
    words = ["Up 1 second (healthy)", "Up 1 second (unhealthy)", "Up 1 second (health: starting)", "Up 1 second"]
    assert [health(word) for word in words] == ["healthy", "unhealthy", "starting", ""]
