# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is billed by how much there is of it: logs, traffic, images, secrets."""

from __future__ import annotations

from decimal import Decimal

from ...ecs.secret_sources import SECRET_ARN
from ...findings import INFO
from ..kinds.logs import Logs
from ..kinds.network import Egress
from ..kinds.secrets import Secret
from ..kinds.storage import EcrStorage
from .design import Design, Draft, assumed
from .targets import ECS

_LOGS_GIB = "5"
#: Parts of a secret's ARN; a key, a stage and a version of it may follow.
_ARN_PARTS = 7


def add_metered(design: Design, draft: Draft) -> None:
    topology = design.topology
    ingested, says = logs_gib(design)
    if ingested or topology.logs_stored_gib:
        draft.add("logs", Logs(gib_ingested=ingested, gib_stored=topology.logs_stored_gib), says)
    if topology.egress_gib:
        draft.add("traffic out", Egress(gib=topology.egress_gib))
    if topology.egress_gib is None:
        hint = "say how much in topology.egress_gib"
        draft.report("traffic-not-counted", INFO, "topology.egress_gib", "traffic to the internet is not counted", hint)
    if topology.ecr_gib:
        draft.add("images", EcrStorage(gib=topology.ecr_gib))
    secrets = _secrets(design)
    if secrets:
        draft.add("secrets", Secret(count=len(secrets)))


def logs_gib(design: Design) -> tuple[Decimal, str]:
    """ECS sends the logs to CloudWatch; elsewhere they stay on the disks."""
    if design.topology.logs_gib is None and design.target not in ECS:
        return Decimal(0), ""
    return assumed(design.topology.logs_gib, _LOGS_GIB, "{} GiB of logs a month")


def _secrets(design: Design) -> frozenset[str]:
    """Those of Secrets Manager; standard parameters of SSM cost nothing."""
    if design.target not in ECS:
        return frozenset()
    sources = [source for service in design.app.services.values() for source in service.ecs.secrets.values()]
    return frozenset(":".join(source.split(":")[:_ARN_PARTS]) for source in sources if SECRET_ARN.match(source))
