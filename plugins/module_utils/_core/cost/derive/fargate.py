# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks on Fargate, and their addresses."""

from __future__ import annotations

from decimal import Decimal

from ...ecs.fargate_sizes import smallest_fit
from ...findings import ERROR, WARNING
from ...jobs import mode
from ..instances import X86
from ..kinds.fargate import FargateTask
from ..kinds.network import PublicIpv4
from .demand import Workload
from .design import Design, Draft, assumed, counted
from .values import WINDOWS

_UNITS = 1024
_SCHEDULED_HOURS, _DEPLOYMENTS, _MINUTES = "30", "20", "10"


def add_tasks(design: Design, draft: Draft) -> None:
    for workload in design.workloads:
        if workload.copies.high:
            _add_task(design, draft, workload)
        if any(mode(service) == "global" for service in workload.services):
            hint = "set x-ecs.desired_count"
            message = f"Fargate has no nodes of which each could run one; {workload.copies.expected} counted"
            draft.report("one-on-each-node", WARNING, workload.path, message, hint)


def _add_task(design: Design, draft: Draft, workload: Workload) -> None:
    topology, size = design.topology, workload.size
    pair = smallest_fit(size.cpu_units, size.memory_mib, topology.os == WINDOWS)
    if pair is None:
        message = f"it takes {size.cpu_units} CPU units and {size.memory_mib} MiB, and no Fargate task has as much"
        hint = "give its containers tasks of their own, or use ecs_ec2"
        draft.report("no-fargate-size", ERROR, workload.path, message, hint)
        return
    hours, hours_says = _hours(design, workload)
    deployments, minutes, updates_say = _updates(design, workload)
    task = FargateTask(
        vcpu=Decimal(pair[0]) / _UNITS,
        memory_gib=Decimal(pair[1]) / _UNITS,
        **counted(workload.copies),
        spot_share=topology.spot_share,
        architecture=X86 if topology.os == WINDOWS else topology.architecture or workload.architecture or X86,
        os=topology.os,
        ephemeral_gib=topology.ephemeral_gib,
        hours=hours,
        deployments_per_month=deployments,
        deployment_minutes=minutes,
    )
    draft.add(workload.name, task, workload.copies.says, hours_says, updates_say)
    if design.addresses and hours is None:
        one = workload.copies.high == 1
        draft.add(f"{workload.name} address{'' if one else 'es'}", PublicIpv4(**counted(workload.copies)))


def _hours(design: Design, workload: Workload) -> tuple[Decimal | None, str]:
    """Of what runs now and then. The address that it has meanwhile costs half a cent an hour, and is left out."""
    if not workload.scheduled:
        return None, ""
    return assumed(design.topology.scheduled_hours, _SCHEDULED_HOURS, "scheduled: {} hours a month")


def _updates(design: Design, workload: Workload) -> tuple[Decimal, Decimal, str]:
    if workload.scheduled:
        return Decimal(0), Decimal(_MINUTES), ""
    number, number_guessed = assumed(design.topology.deployments_per_month, _DEPLOYMENTS, "")
    minutes, minutes_guessed = assumed(design.topology.deployment_minutes, _MINUTES, "")
    guessed = [noun for noun, said in (("number", number_guessed), ("length", minutes_guessed)) if said]
    return number, minutes, f"{' and '.join(guessed)} of rolling updates assumed" if guessed and number else ""
