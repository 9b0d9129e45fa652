# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control plane of a managed cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from ...options.schema import Key
from ...options.values import FLAG
from ..scenario import Usage
from ..span import always
from .counts import AT_LEAST_ONE
from .lines import hourly


@dataclass(frozen=True)
class EksCluster:
    """EKS control planes. Nodes are resources of their own."""

    count: int = 1
    extended_support: bool = False
    KIND: ClassVar[str] = "eks_cluster"
    KEYS: ClassVar[Mapping[str, Key]] = {
        "count": Key(AT_LEAST_ONE, "How many.", {"count": 1}),
        "extended_support": Key(
            FLAG,
            "Whether the Kubernetes version is one that AWS supports beyond its standard time.",
            {"extended_support": True},
        ),
    }

    def usages(self, hours: Decimal) -> Iterator[Usage]:
        clusters = always(Decimal(self.count))
        yield hourly("EKS control plane", "eks.cluster_hour", clusters, "cluster", hours)
        if self.extended_support:
            yield hourly("EKS extended support", "eks.extended_extra_hour", clusters, "cluster", hours)
