# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an app and a target to the parts of a scenario, hidden lines included, and what was found on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ...app import App
from ...findings import ERROR, Finding
from ..price import Book
from ..scenario import AUTOSCALING, Part
from .availability import add_availability
from .clusters import add_cluster
from .copies import differences, unknown_services
from .demand import demand
from .design import Design, Draft
from .effects import without_effect
from .fargate import add_tasks
from .fit import Fit
from .hosts import add_host
from .metered import add_metered
from .network import add_network
from .remarks import remarks
from .targets import TARGETS
from .topology import Topology
from .values import WINDOWS
from .volumes import add_cluster_volumes, add_ecs_volumes


@dataclass(frozen=True)
class Derived:
    """`provides` is what the app has there; `fit` is None where nobody sees the machines.

    An error among `findings` means that the app cannot run there as it is described: the parts are then not what it
    costs, and nothing is provided.
    """

    parts: tuple[Part, ...]
    provides: frozenset[str]
    findings: tuple[Finding, ...]
    fit: Fit | None


def derive(
    app: App, target: str, topology: Topology, region: str, book: Book, copies: Mapping[str, int] | None = None
) -> Derived:
    """`copies` replaces the number of copies of services, and goes before that of the topology."""
    if target not in TARGETS:
        raise ValueError(f"found the target {target}, expected one of {', '.join(TARGETS)}")
    stated = {**topology.copies, **(copies or {})}
    needs = demand(app, target, topology, stated)
    design = Design(app, target, topology, region, book, stated, needs.workloads)
    draft = Draft(findings=list(_problems(design, copies or {})))
    draft.findings += remarks(design, needs)
    _ADD[target](design, draft)
    add_network(design, draft)
    add_metered(design, draft)
    fails = any(finding.severity == ERROR for finding in draft.findings)
    provides = frozenset() if fails else frozenset(draft.provides)
    return Derived(tuple(draft.parts), provides, tuple(draft.findings), draft.fit)


def _problems(design: Design, copies: Mapping[str, int]) -> Iterator[Finding]:
    """Of what was asked."""
    if not design.app.services:
        yield Finding("nothing-to-run", ERROR, "services", "found no service, expected one or more")
    if design.topology.os == WINDOWS and design.target != "fargate":
        message = f"there are no prices for Windows on {design.target}, expected linux"
        yield Finding("no-windows-price", ERROR, "topology.os", message, "only Fargate has them")
    yield from without_effect(design.topology, design.target, design.balancer)
    yield from unknown_services(design.app, design.topology.copies, "topology.copies")
    yield from unknown_services(design.app, copies, "copies")
    yield from differences(design.app, design.target, design.copies)


def _on_fargate(design: Design, draft: Draft) -> None:
    add_tasks(design, draft)
    add_availability(design, draft, None)
    draft.provides.add(AUTOSCALING)
    add_ecs_volumes(design, draft)


def _on_ecs_ec2(design: Design, draft: Draft) -> None:
    add_cluster(design, draft)
    draft.provides.add(AUTOSCALING)
    add_ecs_volumes(design, draft)


def _on_kubernetes(design: Design, draft: Draft) -> None:
    add_cluster(design, draft)
    draft.provides.add(AUTOSCALING)
    add_cluster_volumes(design, draft)


_ADD: Mapping[str, Callable[[Design, Draft], None]] = {
    "systemd": add_host,
    "compose": add_host,
    "fargate": _on_fargate,
    "ecs_ec2": _on_ecs_ec2,
    "kubeadm": _on_kubernetes,
    "eks": _on_kubernetes,
}
