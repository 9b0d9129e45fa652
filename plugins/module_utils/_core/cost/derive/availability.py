# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an app goes on when one machine is lost, and what keeps it from that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...findings import INFO
from ..scenario import HIGH_AVAILABILITY
from .demand import Workload
from .design import Design, Draft

#: What findings about it are called.
NOT_AVAILABLE = "no-high-availability"
_MAJORITY = 3
_NAMED = 5


def add_availability(design: Design, draft: Draft, placement: Sequence[Sequence[str]] | None) -> None:
    """`placement` is that of the fewest copies, where there are nodes."""
    reasons = [*_platform(design, placement), *_once(design), *_together(design, placement)]
    if not reasons and design.workloads:
        draft.provides.add(HIGH_AVAILABILITY)
    for path, reason in reasons:
        draft.report(NOT_AVAILABLE, INFO, path, reason)


def _platform(design: Design, placement: Sequence[Sequence[str]] | None) -> Iterator[tuple[str, str]]:
    if design.topology.zones < 2:
        yield "topology.zones", "everything is in one availability zone"
    if placement is not None and len(placement) < 2:
        yield "topology.nodes_min", "there may be one node only"
    if design.target == "kubeadm" and design.topology.control_planes < _MAJORITY:
        message = "without its control plane, a cluster starts nothing again and changes nothing"
        yield "topology.control_planes", f"{message}; three of them survive the loss of one"


def _lasting(design: Design) -> Iterator[Workload]:
    return (each for each in design.workloads if each.stays and not each.everywhere and each.copies.high)


def _once(design: Design) -> Iterator[tuple[str, str]]:
    """Services that may run once."""
    single = [each for each in _lasting(design) if each.copies.low < 2]
    if single:
        verb, them = ("runs", "it") if len(single) == 1 else ("run", "them")
        yield single[0].path, f"{_listed(single)} {verb} once, at least at times: the loss of a machine stops {them}"


def _together(design: Design, placement: Sequence[Sequence[str]] | None) -> Iterator[tuple[str, str]]:
    """Services whose copies have no room on more than one node."""
    for each in _lasting(design) if placement is not None and len(placement) > 1 else ():
        if each.copies.low > 1 and sum(each.name in node for node in placement or ()) == 1:
            yield each.path, f"all copies of {each.name} are on one node, since the others have no room for them"


def _listed(workloads: Sequence[Workload]) -> str:
    names = [each.name for each in workloads]
    if len(names) > _NAMED:
        names = [*names[:_NAMED], f"{len(names) - _NAMED} more"]
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
