# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module returns, and the diff that people read at night."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.answer import diff, ports, result
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.wish import Wish

from .stack_cases import StackCase, cases
from .stack_values import as_wanted, container, plan, stack

CASES = [pytest.param(case, id=f"{case.folder.name}-{case.version}") for case in cases()]


def mapping(port, address="0.0.0.0", kind="tcp"):
    return {"IP": address, "PublicPort": port, "PrivatePort": 80, "Type": kind}


@pytest.mark.parametrize("case", CASES)
def test_the_diff_is_empty_exactly_when_nothing_changes(case: StackCase) -> None:
    shown = diff(case.stack, case.present(), case.plan)
    assert (shown["before"] != shown["after"]) is case.plan.changed


@pytest.mark.parametrize("case", CASES)
def test_no_secret_is_in_the_answer(case: StackCase) -> None:
    shown = json.dumps([diff(case.stack, case.present(), case.plan), result(case.stack, case.present(), case.plan)])
    assert "first-value" not in shown
    assert "second-value" not in shown


def test_the_diff_says_what_is_there_and_what_will_be_and_why():
    project = stack(
        {"db": {}, "web": {"ports": [{"target": 80, "published": "8080"}], "networks": {"back": None}}},
        networks={"back": {}},
    )
    there = as_wanted(project)
    old = replace(
        there.containers[1], image="app:0", status="Up 3 hours (healthy)", config_hash="0", ports=(mapping(8080),)
    )
    there = replace(there, containers=(there.containers[0], old, container("gone")), networks={})
    made = plan(project, there, wish=Wish(remove_orphans=True))
    assert diff(project, there, made) == {
        "before": ("gone: 1 running\n  image: app:1\nweb: 1 running (healthy)\n  image: app:0\n  port: 8080:80\n"),
        "after": (
            "network shop_back: there, new\n"
            "web: 1 running\n  image: app:1\n  port: 8080:80\n"
            "  recreate: its configuration changed (hash 0 -> hash-of-)\n"
        ),
    }


def test_networks_and_volumes_in_the_diff():
    project = stack(
        {"web": {"volumes": [{"type": "volume", "source": "data", "target": "/data"}]}}, volumes={"data": {}}
    )
    lost = plan(project, wish=Wish(allow_volume_recreate=True), volume_hashes={"data": "other"})
    shown = diff(project, as_wanted(project), lost)
    assert shown["before"].startswith("volume shop_data: there\n")
    assert shown["after"].startswith("volume shop_data: there, made again (data is lost)\n")
    gone = plan(project, wish=Wish(state="absent", remove_volumes=True))
    assert diff(project, as_wanted(project), gone)["after"] == ""


@pytest.mark.parametrize(
    ("wish", "after"),
    [
        (Wish(state="stopped"), "web: 1 exited\n  image: app:1\n  stop: state: stopped\n"),
        (Wish(state="restarted"), "web: 1 running\n  image: app:1\n  restart: state: restarted\n"),
        (Wish(state="absent"), ""),
    ],
)
def test_states_in_the_diff(wish, after):
    project = stack({"web": {}})
    assert diff(project, as_wanted(project), plan(project, wish=wish))["after"] == after


def test_return_values():
    project = stack({"web": {"scale": 2}})
    there = as_wanted(project)
    first, second = there.containers
    second = replace(second, state="exited", status="Exited (1) 2 hours ago")
    first = replace(first, status="Up 3 hours (unhealthy)", ports=(mapping(8080), mapping(8080, "::")))
    there = replace(there, containers=(first, second, container("old")))
    made = result(project, there, plan(project, there), release=7)
    orphan = made.pop("findings")
    assert [finding["rule"] for finding in orphan] == ["orphan"]
    assert made == {
        "changed": True,
        "project": "shop",
        "release": 7,
        "services": [
            {
                "name": "web",
                "state": "exited",
                "health": "unhealthy",
                "image": "app:1",
                "image_id": first.image_id,
                "replicas": 2,
                "ports": ["8080:80"],
                "containers": ["shop-web-1", "shop-web-2"],
                "action": "start",
                "reasons": ["is exited"],
            }
        ],
        "actions": [{"service": "web", "action": "start", "reasons": ["is exited"]}],
        "prediction_exact": True,
        "drift": [],
    }


def test_a_service_without_containers_is_absent():
    project = stack({"web": {}})
    there = replace(as_wanted(project), containers=())
    assert result(project, there, plan(project, there))["services"][0]["state"] == "absent"


def test_ports_are_shown_once_with_the_address_where_it_matters():
    one = container(
        "web", ports=(mapping(8080), mapping(8080, "::"), mapping(53, "127.0.0.1", "udp"), {"PrivatePort": 9})
    )
    assert ports((one,)) == ["127.0.0.1:53:80/udp", "8080:80"]
