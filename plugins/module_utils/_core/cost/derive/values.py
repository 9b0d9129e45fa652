# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The single values that keys of a topology take."""

from __future__ import annotations

from typing import Any

from ...options.schema import Value, described
from ...options.values import text
from ...words import did_you_mean
from ..amounts import amount, positive
from ..instances import ARM, INSTANCES, X86

PUBLIC, NAT, ENDPOINTS = NETWORKS = ("public_no_nat", "private_nat", "private_endpoints")
ALB, NLB, NONE = LOAD_BALANCERS = ("alb", "nlb", "none")
LINUX, WINDOWS = SYSTEMS = ("linux", "windows")

_ARCHITECTURES = {"x86": X86, "x86_64": X86, "amd64": X86, "arm": ARM, "arm64": ARM, "aarch64": ARM}


def one_of(*words: str) -> Value:
    def convert(value: Any) -> str:
        if text(value) not in words:
            raise ValueError
        return text(value)

    return Value(f"one of {', '.join(words)}", convert)


def architecture_of(word: str) -> str | None:
    """x86 or arm, of the words that AWS and Docker have for them."""
    return _ARCHITECTURES.get(word.lower())


def _architecture(value: Any) -> str:
    known = architecture_of(text(value))
    if known is None:
        raise ValueError
    return known


def _instance_type(value: Any) -> str:
    name = text(value)
    if name not in INSTANCES:
        families = ", ".join(dict.fromkeys(instance.family for instance in INSTANCES.values()))
        hint = did_you_mean(name[:60], INSTANCES, f"known are the families {families}")
        raise ValueError(f"{described(name[:60])}, expected an EC2 instance type that is known here: {hint}")
    return name


def _control_planes(value: Any) -> int:
    if text(value) not in ("1", "3", "5"):
        raise ValueError
    return int(value)


INSTANCE_TYPE = Value("an EC2 instance type, such as t3.medium", _instance_type)
ARCHITECTURE = Value("x86 (or X86_64) or arm (or ARM64)", _architecture)
CONTROL_PLANES = Value("1, 3 or 5", _control_planes, "etcd keeps a majority of an odd number best")
GIB = amount(0, "GiB", 1_000_000)
DISK = positive("GiB", 16_384)
MIB = amount(0, "MiB", 1_000_000)
CPUS = amount(0, "vCPUs", 192)
PERCENT = amount(0, "percent", 100)
