# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that only claims have: lists of resources, keys of prices, and what a type is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Union

from ...findings import ERROR, Finding
from ...options.schema import REFUSED, REQUIRED, Key, Value, described
from ...options.values import FLAG, matching
from ...words import did_you_mean
from ..amounts import positive
from ..catalogue import ITEMS, known
from ..kinds.registry import read_parts
from ..scenario import Part


def _price_key(value: Any) -> str:
    if not isinstance(value, str) or not known(value):
        raise ValueError(f"{described(value)}, expected the key of a price. {did_you_mean(str(value), ITEMS)}".strip())
    return value


@dataclass(frozen=True)
class Resources:
    """The kind of keys that take a list of resources, or the name of a scenario."""

    noun: str = "a list of resources, or the name of a scenario"

    def read(self, value: Any, path: str, findings: list[Finding]) -> Any:
        if isinstance(value, str) and value.strip():
            return value
        parts, problems = read_parts(value, path)
        findings += problems
        if not parts and not problems:
            findings.append(Finding("option", ERROR, path, f"found none, expected {self.noun}"))
        return REFUSED if not parts or any(problem.severity == ERROR for problem in problems) else parts


#: Parts, or the name of a scenario that has them.
Of = Union[tuple[Part, ...], str]


@dataclass(frozen=True)
class Spec:
    """What a document says that a type has."""

    type: str
    vcpu: Decimal
    memory_gib: Decimal
    largest: bool = False
    KEYS: ClassVar[Mapping[str, Key]] = {
        "type": Key(
            matching(r"[a-z0-9][a-z0-9.-]{0,60}", "an instance type of AWS or Huawei Cloud, or fargate"),
            "The type.",
            {"type": "t3.small", "vcpu": 2, "memory_gib": 2},
            REQUIRED,
        ),
        "vcpu": Key(positive("vCPUs"), "Its vCPUs.", {"type": "t3.small", "vcpu": 2, "memory_gib": 2}, REQUIRED),
        "memory_gib": Key(positive("GiB"), "Its memory.", {"type": "s6.large.2", "vcpu": 2, "memory_gib": 4}, REQUIRED),
        "largest": Key(
            FLAG,
            "Whether this is said to be the largest there is.",
            {"type": "fargate", "vcpu": 32, "memory_gib": 244, "largest": True},
        ),
    }


PRICE_KEY = Value("the key of a price", _price_key)
