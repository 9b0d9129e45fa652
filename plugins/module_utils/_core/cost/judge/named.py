# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of mappings that have names of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from ...findings import ERROR, Finding
from ...options.schema import described, read
from ...options.values import matching

_Options = TypeVar("_Options")

#: What findings about options are called.
RULE = "cost-option"
#: Nobody has more phases or credits, and each is looked at whenever another starts or ends.
_MOST = 100


NAME = matching(r"\S(.{0,98}\S)?", "a name of at most 100 characters, on one line")


def read_named(options: type[_Options], value: Any, path: str, noun: str) -> tuple[dict[str, _Options], list[Finding]]:
    """A list of mappings by their names, and everything that is wrong with it. Without a name it is "credit 2"."""
    if value is None:
        return {}, []
    if not isinstance(value, list):
        return {}, [Finding(RULE, ERROR, path, f"{described(value)}, expected a list of {noun}s")]
    if len(value) > _MOST:
        return {}, [Finding(RULE, ERROR, path, f"found {len(value)} {noun}s, expected at most {_MOST}")]
    named: dict[str, _Options] = {}
    seen: set[str] = set()
    findings: list[Finding] = []
    for index, item in enumerate(value, 1):
        name = _name(item) or f"{noun} {index}"
        made, problems = read(options, item, f"{path}[{name}]", RULE)
        findings += problems
        if name in seen:
            message = f"found the name '{name}' twice, expected another for each {noun}"
            findings.append(Finding(RULE, ERROR, f"{path}[{name}].name", message))
        elif made is not None:
            named[name] = made
        seen.add(name)
    return named, findings


def _name(item: Any) -> str:
    try:
        name: str = NAME.convert(item.get("name")) if isinstance(item, Mapping) else ""
    except ValueError:
        return ""
    return name
