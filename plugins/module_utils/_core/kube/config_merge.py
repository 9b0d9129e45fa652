# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Three documents to one: what is there, what was wanted last time, and what is wanted now.

What is wanted is set. What was wanted and is not any more is taken out. All else stays, whoever put it there:
kubeadm's defaults, and what was written by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..compose.durations import nanoseconds

#: Lists whose items have names, where each item is ours or not. A name may stand there twice, as flags may.
_NAMED_LISTS = frozenset({"extraArgs", "extraEnvs", "extraVolumes", "kubeletExtraArgs"})


def merged(live: Any, former: Any, wanted: Any, key: str = "") -> Any:
    """The document as it shall be. `former` is None where nobody knows what was wanted: then nothing is taken out."""
    if isinstance(wanted, Mapping) and (live is None or isinstance(live, Mapping)):
        return _merged_mappings(live or {}, former if isinstance(former, Mapping) else {}, wanted)
    if key in _NAMED_LISTS and _is_named(wanted) and _is_named(live):
        return _merged_named(live, former if _is_named(former) else [], wanted)
    return live if same(live, wanted) else wanted


def same(one: Any, other: Any) -> bool:
    """Whether both mean the same. Spans of time are written in more than one way: 4m0s is 4m."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, str) and isinstance(other, str):
        return one == other or (_span(one) is not None and _span(one) == _span(other))
    return bool(one == other)


def _merged_mappings(live: Mapping[str, Any], former: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(live)
    for key in former:
        if former[key] is not None and wanted.get(key) is None and key in result:
            _take_out(result, key, former[key])
    for key, value in wanted.items():
        if value is not None:
            result[key] = merged(live.get(key), former.get(key), value, key)
    return result


def _take_out(result: dict[str, Any], key: str, former: Any) -> None:
    """Only what was ours: of a mapping or a list with names, others may have set their own part."""
    live = result[key]
    if isinstance(former, Mapping) and isinstance(live, Mapping):
        left: Any = _merged_mappings(live, former, {})
    elif key in _NAMED_LISTS and _is_named(former) and _is_named(live):
        left = _merged_named(live, former, [])
    else:
        left = None
    if left or (former == {} and left == {}):
        result[key] = left
    else:
        del result[key]


def _merged_named(live: list[Any], former: list[Any], wanted: list[Any]) -> list[Any]:
    """Items keep their places: the first one wanted of a name takes that of the first one there. New ones are last."""
    names = {item["name"] for item in wanted}
    gone = {item["name"] for item in former} - names
    left = list(wanted)
    result: list[Any] = []
    for item in live:
        name = item["name"]
        if name in names:
            for index, given in enumerate(left):
                if given["name"] == name:
                    result.append(left.pop(index))
                    break
        elif name not in gone:
            result.append(item)
    return result + left


def _is_named(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, Mapping) and "name" in item for item in value)


def _span(text: str) -> int | None:
    if not text[:1].isdigit() or text[-1:] not in "smh":
        return None
    try:
        return nanoseconds(text)
    except ValueError:
        return None
