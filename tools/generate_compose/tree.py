# SPDX-License-Identifier: GPL-3.0-or-later
"""Places in the files of a project, and how something there is changed or cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Union

from tools.generate_compose.draw import Marked
from tools.generate_compose.text import List, Map, Node, Pair

#: A file is a sequence of YAML documents, or of lines.
File = tuple[Union[Node, str], ...]
Files = dict[str, File]
#: Where something stands within a file: the place of a document or line, then places within it. None is the file.
Places = tuple[int, ...]
#: What comes in the place of a part: nothing, or one or more.
Change = Callable[[Any], tuple[Any, ...]]


def all_places(files: Files) -> Iterator[tuple[str, Places]]:
    for name, parts in files.items():
        yield name, ()
        for places in _within(parts):
            yield name, places


def edited(files: Files, name: str, places: Places, change: Change) -> Files:
    """The files with one part changed; a file with nothing in it is gone."""
    parts = _edited(files.get(name, ()), places, change) if places else ()
    return {each: file for each, file in {**files, name: parts}.items() if file}


def without_comments(files: Files) -> Files:
    return {name: tuple(_uncommented(part) for part in parts) for name, parts in files.items()}


def _uncommented(node: Any) -> Any:
    node = replace(node, comment="") if isinstance(node, Pair) else node
    return _with(node, tuple(_uncommented(child) for child in children(node)))


def _within(parts: tuple[Any, ...]) -> Iterator[Places]:
    for index, part in enumerate(parts):
        yield (index,)
        yield from ((index, *rest) for rest in _within(children(part)))


def children(node: Any) -> tuple[Any, ...]:
    """The pairs of a mapping or the items of a list, also behind a key or a mark."""
    if isinstance(node, (Pair, Marked)):
        return children(node.value)
    if isinstance(node, Map):
        return node.pairs
    return node.items if isinstance(node, List) else ()


def _edited(parts: tuple[Any, ...], places: Places, change: Change) -> tuple[Any, ...]:
    index, *rest = places
    if index >= len(parts):
        return parts
    part = parts[index]
    new = (_with(part, _edited(children(part), tuple(rest), change)),) if rest else change(part)
    return (*parts[:index], *new, *parts[index + 1 :])


def _with(node: Any, new: tuple[Any, ...]) -> Any:
    """The node with other children."""
    if isinstance(node, (Pair, Marked)):
        return replace(node, value=_with(node.value, new))
    if isinstance(node, Map):
        return replace(node, pairs=new)
    return replace(node, items=new) if isinstance(node, List) else node
