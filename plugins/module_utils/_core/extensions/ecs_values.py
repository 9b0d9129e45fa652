# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values that keys of x-ecs take.

Sources: botocore, RegisterTaskDefinition (names, sizes, secrets) and CreateSchedule of EventBridge Scheduler; the
patterns of identifiers in botocore's model of EFS.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from ..ecs.secret_sources import is_secret_source
from ..options.schema import Value, described
from ..options.values import matching, text
from ..secrets import token_format
from ..units import cpu_units, memory_mib
from .schedules import schedule

#: Up to here, a size without a unit may as well be meant in vCPUs or GB. Fargate ends at 32 vCPU.
_AMBIGUOUS = 32
#: The largest EC2 instances: 192 vCPUs as the API has it, 24 TiB.
_MOST_CPU = 196_608
_MOST_MIB = 24 * 1024 * 1024
#: Docker's minimum for a container.
_LEAST_MIB = 6

_BARE = re.compile(r"\s*[0-9]{0,18}\.?[0-9]{1,18}\s*")
_MIB = re.compile(r"\s*(?:mib|mi|mb|m)\s*\Z", re.IGNORECASE)
_GIB = re.compile(r"(?:gib|gi)\s*\Z", re.IGNORECASE)
_ARCHITECTURES = {"x86_64": "X86_64", "amd64": "X86_64", "arm64": "ARM64", "aarch64": "ARM64"}


def _size(value: Any, unit: str, small: str) -> str:
    """The text of a size. A small number without a unit is refused: nobody can say which unit was meant."""
    words = str(value) if isinstance(value, float) else text(value)
    if _BARE.fullmatch(words) and 0 < Decimal(words.strip()) <= _AMBIGUOUS:
        found = f"{described(value)}, which may be meant in {small} or in {unit}"
        raise ValueError(f"{found}: expected '{words.strip()} {unit}', or {small} above {_AMBIGUOUS}")
    return words


def _cpu(value: Any) -> int:
    units = cpu_units(_size(value, "vCPU", "CPU units"))
    if units is None or not 1 <= units <= _MOST_CPU:
        raise ValueError
    return units


def _memory(value: Any) -> int:
    words = _size(value, "GB", "MiB")
    mib = memory_mib(_GIB.sub("gb", _MIB.sub("", words)))
    if mib is None or mib < _LEAST_MIB:
        raise ValueError
    if mib > _MOST_MIB:
        raise ValueError(f"{described(value)}, which is more MiB than any machine has: expected MiB, not bytes")
    return mib


def _architecture(value: Any) -> str:
    known = _ARCHITECTURES.get(value.lower()) if isinstance(value, str) else None
    if known is None:
        raise ValueError
    return known


def _secret_source(value: Any) -> str:
    """A name of digits alone, or one that looks like a token, is rather the secret itself."""
    words = text(value)
    if not is_secret_source(words) or words.isdigit() or token_format(words):
        raise ValueError
    return words


def _schedule(value: Any) -> str:
    return schedule(text(value))


TASK = matching(r"[A-Za-z0-9_-]{1,255}", "1 to 255 letters, digits, hyphens and underscores")
CPU = Value(
    f"up to {_MOST_CPU} CPU units, such as 256, or vCPUs that make whole units, such as 0.25 vCPU",
    _cpu,
    "1024 CPU units are one vCPU",
)
MEMORY = Value(f"at least {_LEAST_MIB} MiB, such as 512, 512m or 1 GB", _memory)
ARCHITECTURE = Value("X86_64 (or amd64) or ARM64 (or aarch64)", _architecture)
SECRET_SOURCE = Value(
    "the ARN of a secret in Secrets Manager, or the ARN or name of a parameter",
    _secret_source,
    "never the secret itself",
    secret=True,
)
FILE_SYSTEM = matching(r"fs-[0-9a-f]{8,40}", "an EFS file system (fs- and 8 to 40 hexadecimal digits)")
ACCESS_POINT = matching(r"fsap-[0-9a-f]{8,40}", "an EFS access point (fsap- and 8 to 40 hexadecimal digits)")
DIRECTORY = matching(r"/[^\0]{0,4095}", "an absolute path")
SCHEDULE = Value(
    "rate(1 hour), cron(0 3 * * ? *) or at(2027-01-31T03:00:00)",
    _schedule,
)
