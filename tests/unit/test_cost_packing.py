# SPDX-License-Identifier: GPL-3.0-or-later
"""Packing copies into nodes: nothing over capacity, everything once, and not many more nodes than are needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.derive.packing import (
    Item,
    Packing,
    Room,
    fewest,
    pack,
    spread,
)
from hypothesis import given, settings
from hypothesis import strategies as st

DERANDOMIZED = settings(derandomize=True, deadline=None, database=None, max_examples=300)
ROOM = Room(10, 12)


def named(takes: Sequence[tuple[Room, int]]) -> list[Item]:
    return [Item(f"s{index}", room, copies) for index, (room, copies) in enumerate(takes)]


#: Also what takes nothing, what is too large, and what has no copies.
TAKES = st.builds(Room, st.integers(0, 12), st.integers(0, 14))
ITEMS = st.lists(st.tuples(TAKES, st.integers(0, 6)), max_size=6).map(named)
#: In one dimension the bound of first fit decreasing is known.
PLAIN = st.lists(st.integers(1, 10), max_size=7).map(
    lambda sizes: named([(Room(size, 0), 1) for size in sizes]),
)


def used(names: Sequence[str], items: Sequence[Item]) -> Room:
    takes = {item.name: item.takes for item in items}
    return Room(sum(takes[name].cpus for name in names), sum(takes[name].memory for name in names))


def within(names: Sequence[str], items: Sequence[Item], room: Room = ROOM) -> bool:
    taken = used(names, items)
    return taken.cpus <= room.cpus and taken.memory <= room.memory


def placed(nodes: Sequence[Sequence[str]]) -> Counter[str]:
    return Counter(name for names in nodes for name in names)


def fitting(items: Sequence[Item]) -> list[Item]:
    return [item for item in items if item.takes.cpus <= ROOM.cpus and item.takes.memory <= ROOM.memory and item.copies]


def one_by_one(items: Sequence[Item]) -> list[list[str]]:
    """First fit decreasing as the books have it: each copy on the first node that has room."""
    by_size = sorted(
        fitting(items),
        key=lambda item: (
            -max(Fraction(item.takes.cpus, ROOM.cpus), Fraction(item.takes.memory, ROOM.memory)),
            item.name,
        ),
    )
    nodes: list[list[str]] = []
    for item in by_size:
        for _copy in range(item.copies):
            node = next((names for names in nodes if within([*names, item.name], items)), None)
            if node is None:
                node = []
                nodes.append(node)
            node.append(item.name)
    return nodes


def optimum(sizes: Sequence[int], capacity: int) -> int:
    """The fewest nodes for items of one dimension, by trying everything."""
    best = len(sizes)

    def place(index: int, free: list[int]) -> None:
        nonlocal best
        if len(free) >= best:
            return
        if index == len(sizes):
            best = len(free)
            return
        for node, room in enumerate(free):
            if room >= sizes[index]:
                place(index + 1, [*free[:node], room - sizes[index], *free[node + 1 :]])
        place(index + 1, [*free, capacity - sizes[index]])

    place(0, [])
    return best


@DERANDOMIZED
@given(ITEMS)
def test_nothing_is_over_capacity(items: list[Item]) -> None:
    assert all(within(names, items) for names in pack(items, ROOM).nodes)


@DERANDOMIZED
@given(ITEMS)
def test_every_copy_is_placed_once(items: list[Item]) -> None:
    packing = pack(items, ROOM)
    assert placed(packing.nodes) == Counter({item.name: item.copies for item in fitting(items)})
    large = [item for item in items if item.copies and item not in fitting(items)]
    assert sorted(packing.too_large) == sorted(large)


@DERANDOMIZED
@given(ITEMS)
def test_there_are_no_more_nodes_than_copies(items: list[Item]) -> None:
    nodes = pack(items, ROOM).nodes
    assert len(nodes) <= sum(item.copies for item in fitting(items))
    assert all(nodes)
    assert fewest(fitting(items), ROOM) <= len(nodes)


@DERANDOMIZED
@given(ITEMS)
def test_it_is_first_fit_decreasing(items: list[Item]) -> None:
    """Whole groups at once give what copies one by one do."""
    assert [sorted(names) for names in pack(items, ROOM).nodes] == [sorted(names) for names in one_by_one(items)]


@DERANDOMIZED
@given(PLAIN)
def test_it_is_near_the_optimum(items: list[Item]) -> None:
    """In one dimension, first fit decreasing needs at most 11/9 of the optimum, and two thirds of a node."""
    found = len(pack(items, ROOM).nodes)
    best = optimum([item.takes.cpus for item in items], ROOM.cpus)
    assert best <= found <= Fraction(11, 9) * best + Fraction(6, 9)


@DERANDOMIZED
@given(ITEMS)
def test_the_order_does_not_matter(items: list[Item]) -> None:
    assert pack(items[::-1], ROOM).nodes == pack(items, ROOM).nodes


@DERANDOMIZED
@given(ITEMS, st.integers(0, 8))
def test_spread_copies_fit_too(items: list[Item], more: int) -> None:
    """Over more nodes than needed, every copy is placed once, with nothing over capacity."""
    items = fitting(items)
    count = len(pack(items, ROOM).nodes) + more
    nodes = spread(items, ROOM, count)
    if nodes is not None:
        assert len(nodes) == count
        assert all(within(names, items) for names in nodes)
        assert placed(nodes) == Counter({item.name: item.copies for item in items})
    else:
        assert more < sum(item.copies for item in items)


@DERANDOMIZED
@given(ITEMS)
def test_spread_copies_are_apart_where_there_is_room(items: list[Item]) -> None:
    roomy = Room(1000, 1000)
    for count in (1, 2, 3, 5):
        nodes = spread(items, roomy, count)
        assert nodes is not None
        for item in items:
            on_each = [names.count(item.name) for names in nodes]
            assert max(on_each) - min(on_each) <= 1


@DERANDOMIZED
@given(st.integers(1, 400), st.builds(Room, st.integers(1, 10), st.integers(1, 12)))
def test_equal_copies(copies: int, takes: Room) -> None:
    """As many on each node as it holds."""
    each = min(ROOM.cpus // takes.cpus, ROOM.memory // takes.memory)
    nodes = pack([Item("web", takes, copies)], ROOM).nodes
    assert len(nodes) == -(-copies // each)
    assert all(len(names) == each for names in nodes[:-1])


def test_nothing_needs_no_node() -> None:
    assert pack([], ROOM) == Packing(())
    assert pack([Item("web", Room(1, 1), 0)], ROOM) == Packing(())
    assert fewest([], ROOM) == 0
    assert spread([], ROOM, 2) == ((), ())


@pytest.mark.parametrize("room", [Room(-1, 10), Room(10, -1), Room(0, 0)])
def test_no_room_at_all(room: Room) -> None:
    item = Item("web", Room(1, 1), 2)
    assert pack([item], room) == Packing((), (item,))
    assert spread([item], room, 3) is None


def test_what_takes_nothing_fits_anywhere() -> None:
    free = Item("free", Room(0, 0), 5)
    assert pack([free], ROOM).nodes == (("free",) * 5,)
    assert pack([free, Item("web", Room(10, 12), 1)], ROOM).nodes == (("web", *("free",) * 5),)


def test_a_known_packing() -> None:
    """The larger first, and each copy on the first node that has room."""
    items = [
        Item("small", Room(2, 2), 3),
        Item("large", Room(6, 4), 2),
        Item("deep", Room(1, 9), 1),
    ]
    assert pack(items, ROOM).nodes == (("deep", "small"), ("large", "small", "small"), ("large",))
