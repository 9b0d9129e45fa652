# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""First fit decreasing: what is larger is placed first, each copy on the first node that has room for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import NamedTuple


class Room(NamedTuple):
    """What a node has, or a copy takes: millionths of a CPU, and bytes. Whole numbers add up exactly."""

    cpus: int
    memory: int

    def less(self, other: Room, times: int = 1) -> Room:
        return Room(self.cpus - times * other.cpus, self.memory - times * other.memory)

    def holds(self, other: Room) -> int:
        """How many of it there is room for; what takes nothing counts as taking the least."""
        if other.cpus > self.cpus or other.memory > self.memory:
            return 0
        return min(
            self.cpus // other.cpus if other.cpus else _MANY, self.memory // other.memory if other.memory else _MANY
        )


_MANY = 10**9


class Item(NamedTuple):
    """So many copies of something."""

    name: str
    takes: Room
    copies: int


@dataclass
class _Node:
    free: Room
    names: list[str] = field(default_factory=list)

    def put(self, item: Item, count: int) -> None:
        self.free = self.free.less(item.takes, count)
        self.names += [item.name] * count


@dataclass(frozen=True)
class Packing:
    """The names on each node, and the items that are too large for an empty one."""

    nodes: tuple[tuple[str, ...], ...]
    too_large: tuple[Item, ...] = ()


def _share(takes: Room, room: Room) -> int:
    """How much of a node it takes, of what it takes most of. The two are brought to one denominator."""
    return max(takes.cpus * room.memory, takes.memory * room.cpus)


def _largest_first(items: Iterable[Item], room: Room) -> list[Item]:
    return sorted(items, key=lambda item: (-_share(item.takes, room), item.name))


def pack(items: Iterable[Item], room: Room) -> Packing:
    """The items in as few equal nodes as first fit decreasing needs."""
    nodes: list[_Node] = []
    too_large = []
    for item in _largest_first(items, room):
        if not room.holds(item.takes):
            too_large += [item] if item.copies else []
            continue
        left = item.copies
        for node in nodes:
            if not left:
                break
            fitting = min(left, node.free.holds(item.takes))
            node.put(item, fitting)
            left -= fitting
        while left:
            nodes.append(_Node(room))
            fitting = min(left, room.holds(item.takes))
            nodes[-1].put(item, fitting)
            left -= fitting
    return Packing(tuple(tuple(node.names) for node in nodes), tuple(too_large))


def fewest(items: Sequence[Item], room: Room) -> int:
    """A number of nodes that no packing can do with less than, cheap to compute."""
    cpus = sum(item.takes.cpus * item.copies for item in items)
    memory = sum(item.takes.memory * item.copies for item in items)
    return max(-(-cpus // max(room.cpus, 1)), -(-memory // max(room.memory, 1)))


def spread(items: Iterable[Item], room: Room, count: int) -> tuple[tuple[str, ...], ...] | None:
    """The items over so many nodes as schedulers place them: copies of one apart, and else where there is most room.

    None where they do not fit that way.
    """
    nodes = [_Node(room) for _each in range(count)]
    for item in _largest_first(items, room):
        left = item.copies
        rank = [(0, _share(room.less(node.free), room), index) for index, node in enumerate(nodes)]
        heapify(rank)
        while left and rank:
            same, _load, index = heappop(rank)
            node = nodes[index]
            if node.free.holds(item.takes):
                node.put(item, 1)
                left -= 1
                heappush(rank, (same + 1, _share(room.less(node.free), room), index))
        if left:
            return None
    return tuple(tuple(node.names) for node in nodes)
