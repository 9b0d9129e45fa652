# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables: where their values come from, and a document with its `${...}` replaced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..findings import ERROR, Finding
from .document import ComposeError, Document, Path
from .dotenv import parse_env
from .interpolation import substitute
from .kinds import Refuse
from .sources import Sources, unset_variable


def with_env_files(sources: Sources, variables: Mapping[str, str], files: list[str], needed_by: str) -> dict[str, str]:
    """The variables with those of env files added; what was given wins, and of several files the last."""
    added: dict[str, str] = {}
    for file in files:
        added.update(_env_file(file, variables, added, sources, needed_by))
    return {**added, **variables}


def _env_file(
    file: str, variables: Mapping[str, str], earlier: Mapping[str, str], sources: Sources, needed_by: str
) -> dict[str, str]:
    text, name = sources.text(file, needed_by), sources.shown(file)

    def on_unset(variable: str) -> None:
        sources.warnings.append(unset_variable(variable, name))

    try:
        return parse_env(text, variables.get, name, earlier=earlier, on_unset=on_unset)
    except ValueError as error:
        raise ComposeError([Finding("compose", ERROR, name, str(error), "")]) from None


def interpolated(document: Document, variables: Mapping[str, str], sources: Sources) -> Any:
    """The document's value with variables replaced; problems are collected, and unset variables warned of."""
    walk = _Walk(variables.get, sources.refuse(document))
    value = walk.replaced(document.value, ())
    sources.warnings += [unset_variable(name, document.place(path)) for name, path in walk.unset.items()]
    return value


class _Walk:
    def __init__(self, lookup: Callable[[str], str | None], refuse: Refuse) -> None:
        self.lookup, self.refuse = lookup, refuse
        self.unset: dict[str, Path] = {}

    def replaced(self, value: Any, path: Path) -> Any:
        if isinstance(value, str):
            return self._text(value, path) if "$" in value else value
        if isinstance(value, dict):
            return {key: item if _is_plain(item) else self.replaced(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [
                item if _is_plain(item) else self.replaced(item, (*path, position))
                for position, item in enumerate(value)
            ]
        return value

    def _text(self, text: str, path: Path) -> Any:
        def on_unset(name: str) -> None:
            self.unset.setdefault(name, path)

        try:
            return substitute(text, self.lookup, on_unset)
        except ValueError as error:
            self.refuse(path, str(error), "")
            return text


def _is_plain(value: Any) -> bool:
    """Most of a file: nothing to replace in it. Asked first, since a call and a path for each value cost time."""
    return "$" not in value if isinstance(value, str) else not isinstance(value, (dict, list))
