# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What types are made of: EC2's, Huawei Cloud's by their names, and Fargate's tasks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from ...ecs.fargate_sizes import LINUX
from ..amounts import digits
from ..instances import INSTANCES
from .claim import Claim
from .claim_values import Spec
from .context import Context
from .verdicts import REPRODUCED, UNEXPLAINED, WRONG_SPEC, Judged

_UNITS = 1024
#: Huawei Cloud's names are AB.C.D: A and B are series and generation, C is the size, D is GiB for each vCPU.
_HUAWEI = re.compile(r"([a-z]{1,4}[0-9]{1,2}[a-z]{0,2})\.(small|medium|large|([0-9]{0,2})xlarge)\.([0-9]{1,2})")
_HUAWEI_SIZES = {"small": 1, "medium": 1, "large": 2}
_PER_XLARGE = 4


class _Size(NamedTuple):
    vcpu: Decimal
    memory_gib: Decimal

    @property
    def words(self) -> str:
        return f"{digits(self.vcpu)} vCPU and {digits(self.memory_gib)} GiB"


def judge_spec(claim: Claim, context: Context) -> Iterator[Judged]:
    """What a type is said to have."""
    if claim.spec:
        told = _Size(claim.spec.vcpu, claim.spec.memory_gib)
        yield _fargate(claim.spec, told) if claim.spec.type == "fargate" else _instance(claim.spec, told)


def _fargate(spec: Spec, told: _Size) -> Judged:
    known = [_Size(Decimal(cpu) / _UNITS, Decimal(mib) / _UNITS) for cpu, all_mib in LINUX.items() for mib in all_mib]
    largest = known[-1]
    facts = {"spec": {"vcpu": largest.vcpu, "memory_gib": largest.memory_gib}}
    if spec.largest and told != largest:
        return Judged(WRONG_SPEC, f"Fargate's largest task has {largest.words}, not {told.words}.", facts)
    if told not in known:
        return Judged(WRONG_SPEC, f"Fargate runs no task of {told.words}.", facts)
    says = f"{told.words} is the largest task of Fargate" if spec.largest else f"Fargate runs tasks of {told.words}"
    return Judged(REPRODUCED, f"{says}.", facts)


def _instance(spec: Spec, told: _Size) -> Judged:
    known = _aws(spec.type) or _huawei(spec.type)
    if known is None:
        return Judged(UNEXPLAINED, f"What {spec.type} is made of is not known here.", {"spec": None})
    facts = {"spec": {"vcpu": known.vcpu, "memory_gib": known.memory_gib}}
    if known == told:
        return Judged(REPRODUCED, f"{spec.type} has {known.words}, as printed.", facts)
    meant = _meant(spec.type, told)
    hint = f"; {told.words} is {meant}" if meant else ""
    return Judged(WRONG_SPEC, f"{spec.type} has {known.words}, not {told.words}{hint}.", facts)


def _aws(name: str) -> _Size | None:
    instance = INSTANCES.get(name)
    return _Size(Decimal(instance.vcpu), instance.memory_gib) if instance else None


def _huawei(name: str) -> _Size | None:
    """By the rule of its names, which Huawei's user guide of Elastic Cloud Servers has."""
    match = _HUAWEI.fullmatch(name)
    if not match:
        return None
    size, times, ratio = match.group(2), match.group(3), match.group(4)
    vcpu = _HUAWEI_SIZES.get(size) or _PER_XLARGE * int(times or 1)
    return _Size(Decimal(vcpu), Decimal(vcpu * int(ratio)))


def _meant(name: str, told: _Size) -> str:
    """The type of the same family that has what was printed."""
    match = _HUAWEI.fullmatch(name)
    if match:
        sizes = ("medium", "large", "xlarge", "2xlarge", "4xlarge", "8xlarge")
        names = [f"{match.group(1)}.{size}.{match.group(4)}" for size in sizes]
        return next((each for each in names if _huawei(each) == told), "")
    family = name.partition(".")[0]
    return next((each for each in INSTANCES if each.startswith(f"{family}.") and _aws(each) == told), "")
