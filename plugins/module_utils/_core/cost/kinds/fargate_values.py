# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the options of a Fargate task take: sizes that Fargate runs, platforms, and the disk."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ...ecs.fargate_sizes import sizes
from ...options.schema import Value
from ...options.values import text
from ..amounts import digits, to_decimal
from ..instances import ARM, X86

LINUX_OS, WINDOWS_OS = ("linux", "windows")
#: Ephemeral storage that every task has for nothing, and the most that it may have.
FREE_GIB, MOST_GIB = 20, 200
#: CPU units of a vCPU, and MiB of a GiB.
UNITS = 1024


def _one_of(meanings: Mapping[str, str], noun: str) -> Value:
    def convert(value: Any) -> str:
        word = text(value).lower()
        if word not in meanings:
            raise ValueError
        return meanings[word]

    return Value(noun, convert)


ARCHITECTURE = _one_of(
    {**dict.fromkeys(("x86", "x86_64", "amd64"), X86), **dict.fromkeys(("arm", "arm64", "aarch64"), ARM)},
    "x86 or arm",
)
OS = _one_of({name: name for name in (LINUX_OS, WINDOWS_OS)}, "linux or windows")


def _listed(numbers: list[str]) -> str:
    return " or ".join(filter(None, (", ".join(numbers[:-1]), numbers[-1])))


def _vcpus(windows: bool) -> list[Decimal]:
    return [Decimal(units) / UNITS for units in sizes(windows)]


_VCPUS = frozenset(_vcpus(windows=False))


def vcpus_in_words(windows: bool) -> str:
    return _listed([digits(vcpu) for vcpu in _vcpus(windows)])


def _vcpu(value: Any) -> Decimal:
    number = to_decimal(value)
    if number not in _VCPUS:
        raise ValueError
    return number


def _whole_gib(value: Any) -> Decimal:
    number = to_decimal(value)
    if number != int(number) or not FREE_GIB <= number <= MOST_GIB:
        raise ValueError
    return number


VCPU = Value(f"{vcpus_in_words(windows=False)} vCPU", _vcpu)
EPHEMERAL = Value(f"a whole number of GiB from {FREE_GIB} to {MOST_GIB}", _whole_gib)


def memories(mib: tuple[int, ...]) -> str:
    """In words: 1, 2, 3 or 4 GiB; 8 to 30 GiB in steps of 1."""
    gib = [Decimal(size) / UNITS for size in mib]
    if len(gib) <= 4:
        return f"{_listed([digits(size) for size in gib])} GiB"
    return f"{digits(gib[0])} to {digits(gib[-1])} GiB in steps of {digits(gib[1] - gib[0])}"
