# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cycles in what depends on what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def cycle(graph: Mapping[str, Iterable[str]]) -> list[str] | None:
    """One cycle, first node repeated at the end ("a -> b -> a"); None if there is none."""
    finished: set[str] = set()
    for start in graph:
        found = _cycle_from(start, graph, finished)
        if found:
            return found
    return None


def _cycle_from(start: str, graph: Mapping[str, Iterable[str]], finished: set[str]) -> list[str] | None:
    """Depth first with a stack of our own: a long chain must not meet Python's recursion limit."""
    trail: list[str] = []
    stack = [(start, iter([start]))]
    while stack:
        _node, children = stack[-1]
        child = next(children, None)
        if child is None:
            stack.pop()
            if trail and stack:
                finished.add(trail.pop())
        elif child in trail:
            return [*trail[trail.index(child) :], child]
        elif child not in finished:
            trail.append(child)
            stack.append((child, iter(graph.get(child, ()))))
    return None
