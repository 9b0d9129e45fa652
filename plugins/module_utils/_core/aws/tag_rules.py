# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWS asks of tags, the same for all its resources. Source: botocore, the text of ECS's TagResource."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..findings import ERROR, Finding

_MOST, _LONGEST_KEY, _LONGEST_VALUE = 50, 128, 256
_SHOWN = 60


def typed(tags: Mapping[str, Any] | None) -> tuple[dict[str, str] | None, list[Finding]]:
    """The tags as AWS holds them, and what is wrong with them. YAML's numbers and booleans are meant as written."""
    if tags is None:
        return None, []
    read = {str(key): _text(value) for key, value in tags.items()}
    return read, [Finding("tags", ERROR, path, message) for path, message in _problems(read)]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _problems(tags: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if len(tags) > _MOST:
        yield "tags", f"found {len(tags)} tags, expected at most {_MOST}"
    for key, value in tags.items():
        path = f"tags[{key[:_SHOWN]}]"
        if not 1 <= len(key) <= _LONGEST_KEY:
            yield path, f"the key has {len(key)} characters, expected 1 to {_LONGEST_KEY}"
        if len(value) > _LONGEST_VALUE:
            yield path, f"the value has {len(value)} characters, expected at most {_LONGEST_VALUE}"
        if key.lower().startswith("aws:") or value.lower().startswith("aws:"):
            yield path, "keys and values that start with aws: are reserved for AWS"
