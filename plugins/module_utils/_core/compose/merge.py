# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one file does to another beside the merge of each key: what `!reset` and `!override` drop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .document import Path


def without(model: Mapping[str, Any], paths: Iterable[Path]) -> dict[str, Any]:
    """The same model without the values at the paths; items of lists stay, as in Compose."""
    remaining = dict(model)
    for path in paths:
        remaining = _removed(remaining, path)
    return remaining


def _removed(value: dict[str, Any], path: Path) -> dict[str, Any]:
    step = path[0] if path else None
    if not isinstance(step, str) or step not in value:
        return value
    if len(path) == 1:
        return {key: item for key, item in value.items() if key != step}
    inner = value[step]
    return {**value, step: _removed(dict(inner), path[1:])} if isinstance(inner, Mapping) else value
