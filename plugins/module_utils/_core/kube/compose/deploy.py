# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many run, how they are replaced, and what they may take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import ROUND_CEILING, Decimal
from typing import Any

from ...compose.durations import seconds
from ...compose_levels import APPROXIMATED, IGNORED, NOT_NEEDED, TRANSLATED
from ...sizing import size
from .. import wish
from ..quantities import cpus, memory
from .draft import ServiceDraft
from .key import Key
from .life import restart_policy

_CPU_PERIOD = 100_000
_GPU = "nvidia.com/gpu"
#: A StatefulSet knows a delay since then.
_DELAYED_SETS = (1, 22)


def add_number(service: ServiceDraft) -> None:
    """How many pods: x-kubernetes goes before Compose."""
    options, found = service.service.kubernetes, service.service
    service.fields["replicas"] = next(
        count for count in (options.replicas, options.min, found.replicas) if count is not None
    )
    if options.max is not None:
        service.fields["scaling"] = wish.Scaling(options.min or 1, options.max)
        service.fields["replicas"] = max(service.fields["replicas"], options.min or 1)
    if service.kind == wish.JOB and found.replicas > 1:
        service.spec.update({"parallelism": found.replicas, "completions": found.replicas})


def add_strategy(service: ServiceDraft) -> None:
    """New pods before old ones go, unless the file says otherwise or two cannot be there at once."""
    config = (service.service.keys.get("deploy") or {}).get("update_config") or {}
    several = int(config.get("parallelism") or 1)
    delay = seconds(config["delay"]) if config.get("delay") else Decimal(0)
    known = service.kind != wish.STATEFUL_SET or service.app.given.minor >= _DELAYED_SETS
    if delay and known and service.kind != wish.JOB:
        service.spec["minReadySeconds"] = int(delay.to_integral_value(ROUND_CEILING))
    elif delay:
        service.report("compose-left-out", "deploy.update_config.delay", "the next pod follows when this one is ready")
    if service.kind != wish.DEPLOYMENT:
        return
    ports = service.container.get("ports", ())
    alone = service.asks.get("alone", False) or any("hostPort" in port for port in ports)
    first = config.get("order") != "stop-first" and not alone
    if not first and service.fields["replicas"] <= several:
        service.spec["strategy"] = {"type": "Recreate"}
        return
    rolling = {"maxSurge": several if first else 0, "maxUnavailable": 0 if first else several}
    service.spec["strategy"] = {"type": "RollingUpdate", "rollingUpdate": rolling}


def add_resources(service: ServiceDraft) -> None:
    """Requests for the scheduler, and the limits that the file states."""
    amount, found = size(service.service, "kubernetes"), service.service
    limits: dict[str, str] = {}
    limit = found.limits.cpus or service.asks.get("quota")
    if limit is not None:
        limits["cpu"] = cpus(limit)
    if found.limits.memory is not None:
        limits["memory"] = memory(found.limits.memory)
    disk, gpus = service.asks.get("disk"), service.asks.get("gpus")
    requests = {
        "cpu": cpus(min(amount.cpus, limit) if limit is not None else amount.cpus),
        "memory": memory(min(amount.memory, found.limits.memory) if found.limits.memory else amount.memory),
    }
    if disk:
        limits["ephemeral-storage"] = memory(disk)
    if gpus:
        limits[_GPU] = str(gpus)
    service.container["resources"] = {"requests": requests, **({"limits": limits} if limits else {})}
    service.app.findings += [replace(each, severity="info") for each in amount.findings]


def _mode(service: ServiceDraft, value: str) -> None:
    if value == "global-job":
        service.report("compose-approximated", "deploy.mode", "it runs once in all, and not once on each node")


def _update_config(service: ServiceDraft, value: Mapping[str, Any]) -> None:
    for key in ("monitor", "max_failure_ratio"):
        if value.get(key):
            message = "a deployment is followed to its end, and put back when it fails"
            service.report("compose-left-out", f"deploy.update_config.{key}", message)
    if value.get("failure_action") in ("continue", "pause"):
        message = "a deployment that fails is put back"
        service.report("compose-approximated", "deploy.update_config.failure_action", message)


def _endpoint_mode(service: ServiceDraft, value: str) -> None:
    service.fields["headless"] = value == "dnsrr"


def _cpu_quota(service: ServiceDraft, value: Any) -> None:
    period = int(service.service.keys.get("cpu_period") or _CPU_PERIOD)
    if int(value) > 0:
        service.asks["quota"] = Decimal(int(value)) / period


def _gpus(service: ServiceDraft, value: Any) -> None:
    """Devices by their number; which ones is for the node's plugin to say."""
    count = 0
    for request in value:
        wanted = request.get("count")
        count += len(request.get("device_ids") or ()) or (1 if wanted in (None, -1, "all") else int(wanted))
        if wanted in (-1, "all") or request.get("device_ids"):
            message = "a pod asks for a number of devices, and not for certain ones or for all"
            service.report("compose-approximated", "gpus", message)
    service.asks["gpus"] = count


def _devices(service: ServiceDraft, value: Any) -> None:
    gpus = [request for request in value if "gpu" in (request.get("capabilities") or ())]
    if gpus:
        _gpus(service, gpus)
    for request in value:
        if request not in gpus:
            place = "deploy.resources.reservations.devices"
            service.report("compose-ignored", place, "a pod asks for no devices but GPUs", "let a plugin provide it")


_NESTED = "See the keys within it."
_CPU_TIME = "requests share the CPU time of a node"
KEYS = (
    Key("deploy", APPROXIMATED, "the workload", _NESTED, nested=True),
    Key(
        "deploy.mode",
        APPROXIMATED,
        "Deployment, DaemonSet, Job",
        "`global` is one on each node; jobs run once for each release.",
        handle=_mode,
    ),
    Key("deploy.replicas", TRANSLATED, "`replicas`", "Unless `x-kubernetes` says it."),
    Key("scale", TRANSLATED, "`replicas`", "Unless `x-kubernetes` says it."),
    Key("deploy.labels", NOT_NEEDED, "nothing", "Labels of Swarm's service: Compose puts them nowhere."),
    Key("deploy.endpoint_mode", TRANSLATED, "`clusterIP: None`", "For `dnsrr`.", handle=_endpoint_mode),
    Key(
        "deploy.update_config",
        APPROXIMATED,
        "`strategy`, `minReadySeconds`",
        "`order`, `parallelism` and `delay`. Without it new pods are ready before old ones go.",
        handle=_update_config,
    ),
    Key("deploy.rollback_config", NOT_NEEDED, "nothing", "A release that fails is put back in any case."),
    Key(
        "deploy.restart_policy",
        APPROXIMATED,
        "`backoffLimit`",
        "Goes before `restart`. Of a service that stays attempts are not counted.",
        handle=restart_policy,
    ),
    Key("deploy.resources", TRANSLATED, "`resources`", _NESTED, nested=True),
    Key("deploy.resources.limits", TRANSLATED, "`limits`", _NESTED, nested=True),
    Key("deploy.resources.limits.cpus", TRANSLATED, "`cpu`", "The same."),
    Key("deploy.resources.limits.memory", TRANSLATED, "`memory`", "The same."),
    Key(
        "deploy.resources.limits.pids",
        IGNORED,
        "nothing",
        "how many processes a pod may have is a setting of the kubelet",
        minor=True,
    ),
    Key("deploy.resources.reservations", TRANSLATED, "`requests`", _NESTED, nested=True),
    Key("deploy.resources.reservations.cpus", TRANSLATED, "`cpu`", "The same; without it the limit, or 250m."),
    Key("deploy.resources.reservations.memory", TRANSLATED, "`memory`", "The same; without it the limit, or 512Mi."),
    Key(
        "deploy.resources.reservations.devices",
        APPROXIMATED,
        "`nvidia.com/gpu`",
        "GPUs by number, which a plugin on the nodes provides.",
        handle=_devices,
    ),
    Key(
        "deploy.resources.reservations.generic_resources",
        IGNORED,
        "nothing",
        "Kubernetes does not know Swarm's generic resources",
        "label the nodes that have it, and name the label with x-kubernetes.node_selector",
    ),
    Key("cpus", TRANSLATED, "`limits`", "The same."),
    Key("mem_limit", TRANSLATED, "`limits`", "The same."),
    Key("mem_reservation", TRANSLATED, "`requests`", "The same."),
    Key("cpu_quota", TRANSLATED, "`limits`", "Its share of `cpu_period`.", handle=_cpu_quota),
    Key("cpu_period", NOT_NEEDED, "`limits`", "Read with `cpu_quota`; alone it limits nothing."),
    Key("cpu_shares", IGNORED, "nothing", _CPU_TIME, minor=True),
    Key("cpu_rt_period", IGNORED, "nothing", "a pod has no real-time CPU time", minor=True),
    Key("cpu_rt_runtime", IGNORED, "nothing", "a pod has no real-time CPU time", "let it run without", quiet=("0",)),
    Key("cpu_count", IGNORED, "nothing", "a word of Windows", minor=True),
    Key("cpu_percent", IGNORED, "nothing", "a word of Windows", minor=True),
    Key("cpuset", IGNORED, "nothing", "it runs on all cores", "limit it with cpus"),
    Key(
        "pids_limit",
        IGNORED,
        "nothing",
        "how many processes a pod may have is a setting of the kubelet",
        minor=True,
    ),
    Key(
        "gpus", APPROXIMATED, "`nvidia.com/gpu`", "GPUs by number, which a plugin on the nodes provides.", handle=_gpus
    ),
)
