# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Disks, files and images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from ...options.schema import REQUIRED, Check, Key
from ..amounts import amount, digits, positive
from ..scenario import Usage
from ..span import ZERO
from .counts import COUNT_CHECKS, count_keys, counts_of
from .lines import metered, monthly, words

#: The largest gp3 volume.
_LARGEST_GIB = 65_536
_STORED = positive("GiB")


@dataclass(frozen=True)
class EbsGp3:
    """EBS volumes of type gp3, with the IOPS and throughput that they have for nothing. Every instance needs one."""

    gib: Decimal
    count: int | None = None
    count_min: int | None = None
    count_max: int | None = None
    count_expected: int | None = None
    KIND: ClassVar[str] = "ebs_gp3"
    KEYS: ClassVar[Mapping[str, Key]] = {
        "gib": Key(positive("GiB", _LARGEST_GIB), "The size of each volume.", {"gib": 20}, REQUIRED),
        **count_keys("volumes", {"gib": 20}),
    }
    CHECKS: ClassVar[tuple[Check, ...]] = COUNT_CHECKS

    def usages(self, hours: Decimal) -> Iterator[Usage]:
        counts, assumed = counts_of(self)
        formula = f"{words(counts.expected, 'volume')} x {digits(self.gib)} GB"
        yield Usage("EBS gp3", "ebs.gp3_gb_month", counts.times(self.gib), formula, True, assumed)


@dataclass(frozen=True)
class S3Standard:
    """Objects in S3 Standard."""

    gib: Decimal
    put_requests: Decimal = ZERO
    KIND: ClassVar[str] = "s3_standard"
    KEYS: ClassVar[Mapping[str, Key]] = {
        "gib": Key(_STORED, "What is stored, on average.", {"gib": 50}, REQUIRED),
        "put_requests": Key(
            amount(0, "requests a month"), "PUT, COPY, POST and LIST requests.", {"gib": 50, "put_requests": 100_000}
        ),
    }

    def usages(self, hours: Decimal) -> Iterator[Usage]:
        yield monthly("S3 Standard", "s3.standard_gb_month", self.gib, f"{digits(self.gib)} GB")
        if self.put_requests:
            formula = f"{digits(self.put_requests)} requests / 1000"
            yield metered("S3 PUT requests", "s3.put_1k", self.put_requests / 1000, formula)


@dataclass(frozen=True)
class Efs:
    """Files in EFS Standard, which lie in every zone of the region."""

    gib: Decimal
    KIND: ClassVar[str] = "efs"
    KEYS: ClassVar[Mapping[str, Key]] = {"gib": Key(_STORED, "What is stored, on average.", {"gib": 10}, REQUIRED)}

    def usages(self, hours: Decimal) -> Iterator[Usage]:
        yield monthly("EFS Standard", "efs.standard_gb_month", self.gib, f"{digits(self.gib)} GB")


@dataclass(frozen=True)
class EcrStorage:
    """Images in private repositories of ECR."""

    gib: Decimal
    KIND: ClassVar[str] = "ecr_storage"
    KEYS: ClassVar[Mapping[str, Key]] = {"gib": Key(_STORED, "What is stored, on average.", {"gib": 5}, REQUIRED)}

    def usages(self, hours: Decimal) -> Iterator[Usage]:
        yield monthly("ECR storage", "ecr.gb_month", self.gib, f"{digits(self.gib)} GB")
