# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""On which nodes pods may run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...compose_levels import APPROXIMATED
from .draft import ServiceDraft
from .key import Key

_CONSTRAINT = re.compile(r"\s*(?P<what>[\w.\-/]+)\s*(?P<sign>==|!=)\s*(?P<value>\S+)\s*")
_LABELS = ("node.labels.", "engine.labels.")
_KNOWN = {
    "node.hostname": "kubernetes.io/hostname",
    "node.platform.os": "kubernetes.io/os",
    "node.platform.arch": "kubernetes.io/arch",
}
_MANAGER = "node-role.kubernetes.io/control-plane"
_HOST = "kubernetes.io/hostname"


def add_placement(service: ServiceDraft) -> None:
    """What x-kubernetes says, over what the Compose file does."""
    options = service.service.kubernetes
    if options.node_selector:
        service.pod.setdefault("nodeSelector", {}).update(options.node_selector)
    for toleration in options.tolerations:
        entry = {"key": toleration.key, "operator": "Exists" if toleration.value is None else "Equal"}
        if toleration.value is not None:
            entry["value"] = toleration.value
        if toleration.effect:
            entry["effect"] = toleration.effect
        service.pod.setdefault("tolerations", []).append(entry)
    if options.service_account:
        service.pod["serviceAccountName"] = options.service_account
        service.pod["automountServiceAccountToken"] = True


def _placement(service: ServiceDraft, value: Mapping[str, Any]) -> None:
    unequal: list[dict[str, Any]] = []
    for text in value.get("constraints") or ():
        match = _CONSTRAINT.fullmatch(text)
        label = _label(match["what"]) if match else None
        role = match is not None and match["what"] == "node.role"
        if match is None or not (label or role):
            message = f"'{text[:60]}' says nothing that nodes of a cluster have a label for"
            service.report("compose-ignored", "deploy.placement.constraints", message, "use x-kubernetes.node_selector")
        elif role:
            on_managers = (match["value"] == "manager") == (match["sign"] == "==")
            unequal.append({"key": _MANAGER, "operator": "Exists" if on_managers else "DoesNotExist"})
        elif match["sign"] == "==":
            service.pod.setdefault("nodeSelector", {})[str(label)] = match["value"]
        else:
            unequal.append({"key": label, "operator": "NotIn", "values": [match["value"]]})
    if unequal:
        terms = {"nodeSelectorTerms": [{"matchExpressions": unequal}]}
        affinity = service.pod.setdefault("affinity", {})
        affinity["nodeAffinity"] = {"requiredDuringSchedulingIgnoredDuringExecution": terms}
    _spread(service, value)


def _label(what: str) -> str | None:
    prefix = next((prefix for prefix in _LABELS if what.startswith(prefix)), None)
    return what[len(prefix) :] if prefix else _KNOWN.get(what)


def _spread(service: ServiceDraft, value: Mapping[str, Any]) -> None:
    selector = {"matchLabels": {"app.kubernetes.io/part-of": service.app.name, "app.kubernetes.io/name": service.name}}
    keys = [_label(str((each or {}).get("spread") or "")) for each in value.get("preferences") or ()]
    constraints = [
        {"maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": selector}
        for key in dict.fromkeys(key for key in keys if key)
    ]
    if constraints:
        service.pod["topologySpreadConstraints"] = constraints
    most = int(value.get("max_replicas_per_node") or 0)
    if most == 1:
        rule = {"topologyKey": _HOST, "labelSelector": selector}
        service.pod.setdefault("affinity", {})["podAntiAffinity"] = {
            "requiredDuringSchedulingIgnoredDuringExecution": [rule]
        }
    elif most:
        message = f"a node has any number of them, not {most} at most"
        service.report("compose-ignored", "deploy.placement.max_replicas_per_node", message, "say 1, or spread them")


KEYS = (
    Key(
        "deploy.placement",
        APPROXIMATED,
        "`nodeSelector`, `affinity`, `topologySpreadConstraints`",
        "Constraints over labels, names and roles of nodes; spreading; one on each node.",
        handle=_placement,
    ),
)
