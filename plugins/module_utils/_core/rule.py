# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule: a stable name, a severity, and a function that finds the places where it does not hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .findings import Finding

#: path, message, hint
Problem = tuple[str, str, str]


@dataclass(frozen=True)
class Rule:
    """`check` takes what the rule is about; the first line of its docstring is the rule in one sentence."""

    name: str
    severity: str
    check: Callable[[Any], Iterable[Problem]]
    source: str

    @property
    def sentence(self) -> str:
        return (self.check.__doc__ or "").strip().split("\n", 1)[0]


def findings(rules: Iterable[Rule], subject: Any) -> Iterator[Finding]:
    """Everything that the rules find; all of it, for a user wants to mend it in one go."""
    for rule in rules:
        for path, message, hint in rule.check(subject):
            yield Finding(rule.name, rule.severity, path, message, hint)
