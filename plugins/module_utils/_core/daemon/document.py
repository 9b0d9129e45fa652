# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""daemon.json as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .kinds import shape


class DocumentError(Exception):
    """The text is no daemon.json; the sentence says where."""


def parse(text: str, path: str) -> dict[str, Any]:
    """An empty file is an empty mapping, as it is for dockerd."""
    stripped = text.lstrip("\ufeff").strip()
    if not stripped:
        return {}
    try:
        value = json.loads(stripped)
    except json.JSONDecodeError as problem:
        where = f"line {problem.lineno}, column {problem.colno}: {problem.msg}"
        raise DocumentError(f"{path} holds no valid JSON: {where}. Nothing was changed.") from problem
    if not isinstance(value, dict):
        raise DocumentError(f"{path}: found {shape(value)}, expected a mapping. Nothing was changed.")
    return value


def text_of(config: Mapping[str, Any]) -> str:
    """With the keys in their order; ours come last."""
    return json.dumps(config, indent=2, ensure_ascii=False) + "\n"
