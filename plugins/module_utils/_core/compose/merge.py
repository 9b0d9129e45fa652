# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one file does to another beside the merge of each key: what `!reset` and `!override` drop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..findings import WARNING, Finding
from .document import Document, Path
from .kinds import Listed


def without_overridden(model: Mapping[str, Any], document: Document) -> tuple[dict[str, Any], list[Finding]]:
    """The model that earlier files gave, without what the document drops; and what Compose cannot drop."""
    remaining, found = dict(model), []
    for path in document.overridden:
        if _is_listed(model, path):
            message = f"Compose does not remove '{path[-1]}' here, for an earlier file gives it in a list"
            hint = "write the earlier ones as a mapping, in one file"
            found.append(Finding("reset-in-a-list", WARNING, document.place(path), message, hint))
        else:
            remaining = _removed(remaining, path)
    return remaining, found


def _is_listed(value: Any, path: Path) -> bool:
    """Whether the path leads to one entry of a list, written as NAME=VALUE."""
    for step in path[:-1]:
        value = value.get(step) if isinstance(value, dict) else None
    return isinstance(value, Listed) and path[-1] in value


def _removed(value: dict[str, Any], path: Path) -> dict[str, Any]:
    step = path[0] if path else None
    if not isinstance(step, str) or step not in value:
        return value
    if len(path) == 1:
        return {key: item for key, item in value.items() if key != step}
    inner = value[step]
    return {**value, step: _removed(dict(inner), path[1:])} if isinstance(inner, Mapping) else value
