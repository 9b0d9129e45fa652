# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables: where their values come from, and a document with its `${...}` replaced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..findings import WARNING, Finding
from .document import ComposeError, Document, Path
from .dotenv import parse_env
from .interpolation import substitute
from .kinds import Refuse
from .sources import Sources


def with_env_files(sources: Sources, variables: Mapping[str, str], files: list[str], needed_by: str) -> dict[str, str]:
    """The variables with those of env files added; what was given wins, and of several files the last."""
    added: dict[str, str] = {}
    for file in files:
        text = sources.text(file, needed_by)
        try:
            added.update(parse_env(text, variables.get, sources.shown(file), earlier=added))
        except ValueError as error:
            raise ComposeError([Finding("compose", "error", sources.shown(file), str(error), "")]) from None
    return {**added, **variables}


def interpolated(document: Document, variables: Mapping[str, str], sources: Sources) -> Any:
    """The document's value with variables replaced; problems are collected, and unset variables warned of."""
    walk = _Walk(variables.get, sources.refuse(document))
    value = walk.replaced(document.value, ())
    for name, path in walk.unset.items():
        message = f"the variable {name} is not set, so it is replaced by nothing"
        hint = f"set it, or write ${{{name}:-default}} or ${{{name}:?message}}"
        sources.warnings.append(Finding("unset-variable", WARNING, document.place(path), message, hint))
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
