# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to hold between keys of a topology, whatever the target."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from ...findings import ERROR
from ...options.schema import Check
from ...rule import Problem
from ..instances import ARM, INSTANCES
from .values import WINDOWS

if TYPE_CHECKING:
    from .topology import Topology

#: What kubeadm's own checks ask of a control plane.
_LEAST_CPUS, _LEAST_GIB = 2, Decimal("1.7")


def _nodes_min_to_max(topology: Topology) -> Iterator[Problem]:
    """`nodes_min` is at most `nodes_max`."""
    least, most = topology.nodes_min, topology.nodes_max
    if least is not None and most is not None and least > most:
        yield "nodes_min", f"found {least}, expected at most nodes_max, which is {most}", ""


def _windows_is_x86_on_demand(topology: Topology) -> Iterator[Problem]:
    """Windows on Fargate runs on x86 and on demand alone."""
    if topology.os == WINDOWS and topology.architecture == ARM:
        yield "architecture", "found arm for Windows, expected x86", "Fargate has no Windows on ARM"
    if topology.os == WINDOWS and topology.spot_share:
        yield "spot_share", "found a share for Windows, expected 0", "Fargate Spot has no Windows"


def _type_has_the_architecture(topology: Topology) -> Iterator[Problem]:
    """`instance_type` has the `architecture`."""
    if topology.instance_type and topology.architecture:
        has = INSTANCES[topology.instance_type].architecture
        if has != topology.architecture:
            yield (
                "instance_type",
                f"found {topology.instance_type}, which is {has}, expected {topology.architecture}",
                "",
            )


def _control_plane_is_large_enough(topology: Topology) -> Iterator[Problem]:
    """A control plane has two vCPUs and 1.7 GB, as kubeadm demands."""
    if topology.control_plane_type is None:
        return
    has = INSTANCES[topology.control_plane_type]
    if has.vcpu < _LEAST_CPUS or has.memory_gib < _LEAST_GIB:
        found = f"found {has.type} with {has.vcpu} vCPU and {has.memory_gib} GiB"
        yield "control_plane_type", f"{found}, expected at least {_LEAST_CPUS} vCPU and {_LEAST_GIB} GiB", ""


CHECKS = (
    Check(ERROR, ("nodes_min", "nodes_max"), _nodes_min_to_max),
    Check(ERROR, ("os", "architecture", "spot_share"), _windows_is_x86_on_demand),
    Check(ERROR, ("instance_type", "architecture"), _type_has_the_architecture),
    Check(ERROR, ("control_plane_type",), _control_plane_is_large_enough),
)
