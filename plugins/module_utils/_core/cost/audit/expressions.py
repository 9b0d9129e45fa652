# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arithmetic of printed figures, as it is written in a claim: operands, and operations within operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Union

from ...findings import ERROR, Finding, shown
from ...options.schema import REFUSED, described
from .figures import Figure, figure

SUM, DIFFERENCE, PRODUCT, QUOTIENT, SAME_AS = "sum", "difference", "product", "quotient", "same_as"
#: Each operation, and how many operands it takes.
OPERATIONS: Mapping[str, range] = {
    SUM: range(1, 101),
    DIFFERENCE: range(2, 3),
    PRODUCT: range(2, 101),
    QUOTIENT: range(2, 3),
    SAME_AS: range(1, 2),
}
#: Stands for an operand that nobody printed.
UNKNOWN = "unknown"
_NESTED = tuple(name for name in OPERATIONS if name != SAME_AS)
_DEPTH = 5


@dataclass(frozen=True)
class Expression:
    """`operands` are figures, names of claims, UNKNOWN, or expressions."""

    operation: str
    operands: tuple[Operand, ...]

    def names(self) -> Iterator[str]:
        """The claims that it speaks of."""
        for operand in self.operands:
            if isinstance(operand, Expression):
                yield from operand.names()
            elif isinstance(operand, str) and operand != UNKNOWN:
                yield operand


Operand = Union[Figure, str, Expression]


@dataclass(frozen=True)
class Operands:
    """The kind of the keys that OPERATIONS has."""

    operation: str

    @property
    def noun(self) -> str:
        if self.operation == SAME_AS:
            return "the name of a claim"
        counts = OPERATIONS[self.operation]
        many = "two" if len(counts) == 1 else f"{counts.start} or more"
        return f"a list of {many} operands: numbers, [low, high], names of claims, or mappings such as {{sum: [...]}}"

    def read(self, value: Any, path: str, findings: list[Finding]) -> Any:
        return self._read(value, path, findings, _DEPTH)

    def _read(self, value: Any, path: str, findings: list[Finding], depth: int) -> Any:
        given = [value] if self.operation == SAME_AS else value
        if not isinstance(given, list) or len(given) not in OPERATIONS[self.operation]:
            found = f"found {len(given)} operands" if isinstance(given, list) else described(given)
            return _refuse(findings, path, f"{found}, expected {self.noun}")
        read = [self._operand(item, f"{path}[{index}]", findings, depth) for index, item in enumerate(given)]
        if any(operand is REFUSED for operand in read):
            return REFUSED
        return Expression(self.operation, tuple(read))

    def _operand(self, value: Any, path: str, findings: list[Finding], depth: int) -> Any:
        if isinstance(value, Mapping):
            return self._nested(value, path, findings, depth)
        try:
            return figure(value)
        except ValueError as error:
            if isinstance(value, str) and value.strip():
                return self._name(value, path, findings, depth == _DEPTH)
            noun = "a number, [low, high], the name of a claim, or a mapping such as {sum: [...]}"
            return _refuse(findings, path, str(error) or f"{described(value)}, expected {noun}")

    def _name(self, value: str, path: str, findings: list[Finding], outermost: bool) -> Any:
        if value == UNKNOWN and not (self.operation == SUM and outermost):
            return _refuse(findings, path, "found unknown, expected it in the claim's own sum alone")
        return value

    def _nested(self, value: Mapping[Any, Any], path: str, findings: list[Finding], depth: int) -> Any:
        operation = next(iter(value), None) if len(value) == 1 else None
        if operation not in _NESTED:
            found = f"found a mapping with {shown(', '.join(map(str, value)))}"
            return _refuse(findings, path, f"{found}, expected one of {', '.join(_NESTED)}")
        if not depth:
            return _refuse(findings, path, f"found more than {_DEPTH} operations within one another, expected fewer")
        return Operands(operation)._read(value[operation], f"{path}.{operation}", findings, depth - 1)


def flat(operands: Sequence[Operand]) -> bool:
    """Whether they are figures alone, and no names."""
    return all(isinstance(operand, Figure) for operand in operands)


def _refuse(findings: list[Finding], path: str, message: str) -> Any:
    findings.append(Finding("option", ERROR, path, message))
    return REFUSED
