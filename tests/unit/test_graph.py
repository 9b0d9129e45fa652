# SPDX-License-Identifier: GPL-3.0-or-later
"""Cycles: found where there is one, named as they go, and at any length."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.graph import cycle
from hypothesis import given, settings
from hypothesis import strategies as st

Graph = dict[str, list[str]]
LENGTH = 5000


@pytest.mark.parametrize(
    ("graph", "found"),
    [
        ({}, None),
        ({"a": []}, None),
        ({"a": ["a"]}, ["a", "a"]),
        ({"a": ["b"], "b": []}, None),
        ({"a": ["b"], "b": ["a"]}, ["a", "b", "a"]),
        ({"a": ["b"], "b": ["c"], "c": ["a"]}, ["a", "b", "c", "a"]),
        ({"a": ["b"], "b": ["c"], "c": ["b"]}, ["b", "c", "b"]),
        ({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}, None),
        ({"a": ["b", "c"], "b": ["c"], "c": []}, None),
        ({"a": ["b", "b"], "b": []}, None),
        ({"a": ["gone"]}, None),
        ({"a": [], "b": ["c"], "c": ["b"]}, ["b", "c", "b"]),
        ({"a": ["b"], "b": [], "c": ["b", "c"]}, ["c", "c"]),
        ({"": [""]}, ["", ""]),
    ],
)
def test_cycle(graph: Graph, found: list[str] | None) -> None:
    assert cycle(graph) == found


def chain(length: int) -> Graph:
    return {f"c{number}": [f"c{number + 1}"] for number in range(length)}


def test_a_long_chain_needs_no_recursion() -> None:
    assert cycle(chain(LENGTH)) is None


def test_a_long_chain_from_its_far_end() -> None:
    assert cycle(dict(reversed(chain(LENGTH).items()))) is None


def test_a_long_cycle_is_named_whole() -> None:
    graph = {**chain(LENGTH), f"c{LENGTH}": ["c0"]}
    found = cycle(graph)
    assert found
    assert len(found) == LENGTH + 2
    assert found[0] == found[-1] == "c0"


def test_a_wide_graph_is_walked_once() -> None:
    """Layers that all depend on each next one: walking every path would take for ever."""
    layers = [[f"{layer}.{number}" for number in range(10)] for layer in range(30)]
    graph = {name: below for above, below in zip(layers, layers[1:], strict=False) for name in above}
    assert cycle(graph) is None


@settings(derandomize=True, deadline=None, database=None, max_examples=150)
@given(st.dictionaries(st.sampled_from("abcdefg"), st.lists(st.sampled_from("abcdefgh"), max_size=3)))
def test_cycle_agrees_with_the_standard_library(graph: Graph) -> None:
    found = cycle(graph)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError:
        assert found
        assert found[0] == found[-1]
        assert all(after in graph[before] for before, after in zip(found, found[1:], strict=False))
        assert len(set(found)) == len(found) - 1
    else:
        assert found is None
