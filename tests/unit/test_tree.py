# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths: how list items are called, what a leaf is, and which leaves differ."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.tree import (
    IDENTITIES,
    differing,
    label,
    labels,
    leaves,
    map_leaves,
)
from hypothesis import given, settings
from hypothesis import strategies as st

PROPERTY = settings(derandomize=True, deadline=None, max_examples=200, database=None)


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ({"name": "web", "image": "web:1"}, "web"),
        ({"containerName": "db", "condition": "HEALTHY"}, "db"),
        ({"sourceContainer": "assets", "readOnly": True}, "assets"),
        ({"namespace": "net.core.somaxconn", "value": "1024"}, "net.core.somaxconn"),
        ({"hostname": "mail", "ipAddress": "10.0.0.3"}, "mail"),
        ({"containerPort": 8080, "hostPort": 80}, "8080"),
        ({"containerPort": 53, "protocol": "udp"}, "53/udp"),
        ({"containerPort": 53, "protocol": "tcp"}, "53"),
        ({"containerPortRange": "7000-7010"}, "7000-7010"),
        ({"containerPort": 8080, "name": "http"}, "http"),
        ({"sourceVolume": "data", "containerPath": "/data"}, "/data"),
        ({"hostPath": "/dev/fuse", "containerPath": "/dev/fuse"}, "/dev/fuse"),
        ({"key": "team", "value": "web"}, "team"),
        ({"type": "s3", "value": "arn:aws:s3:::config/web.env"}, None),
        ({"name": None, "key": "team"}, "team"),
        ({"name": ["web"]}, None),
        ({}, None),
        ("web", None),
        (80, None),
        (None, None),
    ],
)
def test_label(item: Any, name: str | None) -> None:
    assert label(item) == name


def test_the_first_identity_counts() -> None:
    for position, first in enumerate(IDENTITIES):
        item = {identity: identity for identity in reversed(IDENTITIES[position:])}
        assert label(item) == first


@pytest.mark.parametrize(
    ("items", "names"),
    [
        ([], []),
        ([{"name": "web"}, {"name": "db"}], ["web", "db"]),
        ([{"type": "s3"}, {"type": "s3"}], ["0", "1"]),
        ([{"name": "web"}, {"type": "s3"}, {"name": "db"}], ["web", "1", "db"]),
        ([{"hostname": "db"}, {"hostname": "mail"}, {"hostname": "db"}], ["0", "mail", "2"]),
        ([{"containerPort": 53}, {"containerPort": 53, "protocol": "udp"}], ["53", "53/udp"]),
        (["serve", "--port"], ["0", "1"]),
    ],
)
def test_labels(items: list[Any], names: list[str]) -> None:
    assert labels(items) == names


@pytest.mark.parametrize(
    "items",
    [
        pytest.param([{"name": "1"}, {"type": "s3"}], id="a name like another's position"),
        pytest.param(
            [{"containerPort": 1}, {"containerPort": 80, "hostPort": 80}, {"containerPort": 80, "hostPort": 81}],
            id="a port like another's position",
        ),
    ],
)
def test_labels_tell_items_apart(items: list[Any]) -> None:
    assert len(set(labels(items))) == len(items)


def test_leaves() -> None:
    definition = {
        "family": "web",
        "volumes": [],
        "runtimePlatform": {},
        "containerDefinitions": [
            {
                "name": "web",
                "command": ["serve", "--port"],
                "essential": None,
                "environment": [{"name": "LOG_LEVEL", "value": "info"}],
                "extraHosts": [{"hostname": "db", "ipAddress": "1"}, {"hostname": "db", "ipAddress": "2"}],
                "environmentFiles": [{"type": "s3"}],
            }
        ],
    }
    web = "containerDefinitions[web]"
    assert leaves(definition) == {
        "family": "web",
        "volumes": [],
        "runtimePlatform": {},
        f"{web}.name": "web",
        f"{web}.command": ["serve", "--port"],
        f"{web}.essential": None,
        f"{web}.environment[LOG_LEVEL].name": "LOG_LEVEL",
        f"{web}.environment[LOG_LEVEL].value": "info",
        f"{web}.extraHosts[0].hostname": "db",
        f"{web}.extraHosts[0].ipAddress": "1",
        f"{web}.extraHosts[1].hostname": "db",
        f"{web}.extraHosts[1].ipAddress": "2",
        f"{web}.environmentFiles[0].type": "s3",
    }


@pytest.mark.parametrize("value", ["text", 1, None, True, [], {}, ["a", "b"]])
def test_a_leaf_alone_is_its_own_leaf(value: Any) -> None:
    assert leaves(value) == {"": value}
    assert leaves(value, "place") == {"place": value}


def test_a_list_of_lists_is_counted() -> None:
    assert leaves([["a"], ["b"]]) == {"[0]": ["a"], "[1]": ["b"]}


def test_a_list_with_anything_inside_is_no_leaf() -> None:
    assert leaves({"odd": ["word", {"name": "web"}]}) == {"odd[0]": "word", "odd[web].name": "web"}


def named(**values: Any) -> dict[str, Any]:
    return {"environment": [{"name": name, "value": value} for name, value in values.items()]}


@pytest.mark.parametrize(
    ("before", "after", "paths"),
    [
        pytest.param({}, {}, [], id="nothing"),
        pytest.param({"cpu": "256"}, {"cpu": "256"}, [], id="equal"),
        pytest.param({"cpu": "256"}, {"cpu": "512"}, ["cpu"], id="changed"),
        pytest.param({"cpu": "256"}, {"cpu": 256}, ["cpu"], id="text is not its number"),
        pytest.param({"cpu": "256"}, {}, ["cpu"], id="gone"),
        pytest.param({}, {"cpu": "256"}, ["cpu"], id="new"),
        pytest.param({"cpu": None}, {}, ["cpu"], id="null is not absent here"),
        pytest.param({"a": 1, "b": 1}, {"c": 1, "b": 2}, ["a", "b", "c"], id="old places first"),
        pytest.param(named(A="1", B="2"), named(B="2", A="1"), [], id="named items have no place"),
        pytest.param(named(A="1", B="2"), named(A="1", B="3"), ["environment[B].value"], id="named"),
        pytest.param(
            named(A="1"), named(A="1", B="2"), ["environment[B].name", "environment[B].value"], id="named and new"
        ),
        pytest.param({"files": [{"value": "a"}]}, {"files": [{"value": "b"}]}, ["files[0].value"], id="unnamed"),
        pytest.param(
            {"files": [{"value": "a"}, {"value": "b"}]},
            {"files": [{"value": "b"}, {"value": "a"}]},
            ["files[0].value", "files[1].value"],
            id="unnamed items have a place",
        ),
        pytest.param(
            {"extraHosts": [{"hostname": "db", "ipAddress": "1"}, {"hostname": "db", "ipAddress": "2"}]},
            {"extraHosts": [{"hostname": "db", "ipAddress": "1"}, {"hostname": "db", "ipAddress": "3"}]},
            ["extraHosts[1].ipAddress"],
            id="duplicate",
        ),
        pytest.param(
            {"extraHosts": [{"hostname": "db", "ipAddress": "1"}, {"hostname": "db", "ipAddress": "1"}]},
            {"extraHosts": [{"hostname": "db", "ipAddress": "1"}]},
            [f"extraHosts[{name}].{key}" for name in ("0", "1", "db") for key in ("hostname", "ipAddress")],
            id="duplicate gone",
        ),
        pytest.param({"command": ["a", "b"]}, {"command": ["b", "a"]}, ["command"], id="words have an order"),
        pytest.param({"command": ["a"]}, {"command": []}, ["command"], id="no words"),
        pytest.param({"options": {}}, {"options": {"mode": "blocking"}}, ["options", "options.mode"], id="empty map"),
    ],
)
def test_differing(before: Any, after: Any, paths: list[str]) -> None:
    assert differing(before, after) == paths


def test_differing_sees_an_item_called_like_the_position_of_another() -> None:
    def mappings(host_port: int) -> dict[str, Any]:
        twice = [{"containerPort": 80, "hostPort": port} for port in (8080, 8081)]
        return {"portMappings": [{"containerPort": 1, "hostPort": host_port}, *twice]}

    assert differing(mappings(1), mappings(2)) != []


def test_map_leaves() -> None:
    value = {"name": "web", "command": ["a", "b"], "environment": [{"name": "A", "value": "1"}], "volumes": []}
    assert map_leaves(value, lambda path, leaf: path) == {
        "name": "name",
        "command": "command",
        "environment": [{"name": "environment[A].name", "value": "environment[A].value"}],
        "volumes": "volumes",
    }
    assert map_leaves("web", lambda path, leaf: (path, leaf)) == ("", "web")


keys = st.sampled_from(["name", "value", "containerPort", "type", "hostname"])
scalars = st.one_of(st.none(), st.booleans(), st.integers(0, 3), st.sampled_from(["", "web", "0", "1", "2"]))
trees = st.recursive(
    scalars,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(keys, children, max_size=3),
    max_leaves=12,
)


def count(value: Any) -> int:
    """The number of leaves, counted without paths."""
    found: list[Any] = []
    map_leaves(value, lambda _path, leaf: found.append(leaf))
    return len(found)


@PROPERTY
@given(trees)
def test_map_leaves_with_the_leaves_themselves_is_the_value(value: Any) -> None:
    assert map_leaves(value, lambda _path, leaf: leaf) == value


@PROPERTY
@given(trees)
def test_no_leaf_is_lost(value: Any) -> None:
    assert len(leaves(value)) == count(value)


@PROPERTY
@given(trees)
def test_nothing_differs_from_itself(value: Any) -> None:
    assert differing(value, value) == []
