# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the app to its manifests: plain mappings, in the API versions of one minor."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from hashlib import pbkdf2_hmac, sha256
from typing import Any

from . import wish
from .policies import network_labels, network_policies
from .versions import Minor, api_version

MANAGED_BY, PART_OF, NAME = "app.kubernetes.io/managed-by", "app.kubernetes.io/part-of", "app.kubernetes.io/name"
WAVE, CONFIG, DATA = "slipway.containers/wave", "slipway.containers/config", "slipway.containers/data"
MANAGER = "slipway"
#: Who may read pods shall not be able to try passwords against the hash of a Secret.
_ROUNDS = 200_000
_TARGET_PERCENT = 80


class Renderer:
    """All manifests of an app for one minor of Kubernetes."""

    def __init__(self, app: wish.App, minor: Minor) -> None:
        self.app = app
        self.minor = minor

    def manifests(self) -> Iterator[dict[str, Any]]:
        """In an order in which they can be applied; without Secrets."""
        for texts in self.app.texts:
            if texts.kind == wish.CONFIG_MAP:
                yield self._object(texts.kind, texts.name, texts.workload, {"data": dict(texts.data)})
        for claim in self.app.claims:
            yield self._object("PersistentVolumeClaim", claim.name, "", _claim(claim), {DATA: "true"})
        for workload in self.app.workloads:
            yield from self._services(workload)
        for policy in network_policies(self.app):
            yield self._object("NetworkPolicy", policy.name, policy.workload, {"spec": policy.spec})
        for workload in self.app.workloads:
            yield self._workload(workload)
            yield from self._around(workload)

    def secrets(self) -> list[dict[str, Any]]:
        """The Secrets, which hold values."""
        return [
            self._object(texts.kind, texts.name, texts.workload, {"type": "Opaque", "stringData": dict(texts.data)})
            for texts in self.app.texts
            if texts.kind == wish.SECRET
        ]

    def _object(
        self, kind: str, name: str, workload: str, rest: Mapping[str, Any], labels: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        metadata: dict[str, Any] = {"name": name}
        if self.app.namespace:
            metadata["namespace"] = self.app.namespace
        metadata["labels"] = {**self._labels(workload), **(labels or {})}
        return {"apiVersion": api_version(kind, self.minor), "kind": kind, "metadata": metadata, **rest}

    def _labels(self, workload: str) -> dict[str, str]:
        labels = {MANAGED_BY: MANAGER, PART_OF: self.app.name}
        return {**labels, NAME: workload} if workload else labels

    def _selector(self, workload: wish.Workload) -> dict[str, str]:
        return {PART_OF: self.app.name, NAME: workload.name}

    def _services(self, workload: wish.Workload) -> Iterator[dict[str, Any]]:
        if not (workload.ports or workload.aliases or workload.kind == wish.STATEFUL_SET):
            return
        for name in (workload.name, *workload.aliases):
            main = name == workload.name
            spec: dict[str, Any] = {"selector": self._selector(workload)}
            if workload.ports:
                spec["ports"] = list(_service_ports(workload, outside=main))
            if workload.headless or not workload.ports:
                spec["clusterIP"] = "None"
            elif main and workload.load_balancer:
                spec["type"] = "LoadBalancer"
            elif main and any(port.node for port in workload.ports):
                spec["type"] = "NodePort"
            yield self._object("Service", name, workload.name, {"spec": spec})

    def _workload(self, workload: wish.Workload) -> dict[str, Any]:
        made = self._object(workload.kind, workload.name, workload.name, {"spec": self._spec(workload)})
        made["metadata"]["annotations"] = {WAVE: str(workload.wave)}
        return made

    def _spec(self, workload: wish.Workload) -> dict[str, Any]:
        spec: dict[str, Any] = {}
        if workload.kind in (wish.DEPLOYMENT, wish.STATEFUL_SET):
            spec["replicas"] = workload.replicas
        if workload.kind != wish.JOB:
            spec["selector"] = {"matchLabels": self._selector(workload)}
        if workload.kind == wish.STATEFUL_SET:
            spec["serviceName"] = workload.name
        spec.update(workload.spec)
        spec["template"] = self._template(workload)
        if workload.claims:
            spec["volumeClaimTemplates"] = [self._claim_template(workload, claim) for claim in workload.claims]
        return spec

    def _claim_template(self, workload: wish.Workload, claim: wish.Claim) -> dict[str, Any]:
        labels = {**self._labels(workload.name), DATA: "true"}
        kind = "PersistentVolumeClaim"
        head = {"apiVersion": api_version(kind, self.minor), "kind": kind}
        return {**head, "metadata": {"name": claim.name, "labels": labels}, **_claim(claim)}

    def _template(self, workload: wish.Workload) -> dict[str, Any]:
        metadata: dict[str, Any] = {"labels": {**self._labels(workload.name), **network_labels(workload)}}
        annotations = dict(workload.annotations)
        digest = _config_digest([texts for texts in self.app.texts if texts.workload == workload.name])
        if digest:
            annotations[CONFIG] = digest
        if annotations:
            metadata["annotations"] = annotations
        return {"metadata": metadata, "spec": {**workload.pod, "containers": [dict(workload.container)]}}

    def _around(self, workload: wish.Workload) -> Iterator[dict[str, Any]]:
        """What scales it, keeps some of it while nodes are drained, and leads to it from outside."""
        if workload.scaling:
            yield self._object(
                "HorizontalPodAutoscaler", workload.name, workload.name, self._scaler(workload, workload.scaling)
            )
        several = max(workload.replicas, workload.scaling.least if workload.scaling else 0) > 1
        if several and workload.kind in (wish.DEPLOYMENT, wish.STATEFUL_SET):
            spec: dict[str, Any] = {"maxUnavailable": 1, "selector": {"matchLabels": self._selector(workload)}}
            if self.minor >= (1, 31):
                spec["unhealthyPodEvictionPolicy"] = "AlwaysAllow"
            yield self._object("PodDisruptionBudget", workload.name, workload.name, {"spec": spec})
        if workload.route:
            yield self._ingress(workload, workload.route)

    def _scaler(self, workload: wish.Workload, scaling: wish.Scaling) -> dict[str, Any]:
        target = {"apiVersion": api_version(workload.kind, self.minor), "kind": workload.kind, "name": workload.name}
        cpu = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": _TARGET_PERCENT}}
        spec = {
            "scaleTargetRef": target,
            "minReplicas": scaling.least,
            "maxReplicas": scaling.most,
            "metrics": [{"type": "Resource", "resource": cpu}],
        }
        return {"spec": spec}

    def _ingress(self, workload: wish.Workload, route: wish.Route) -> dict[str, Any]:
        backend = {"service": {"name": workload.name, "port": {"number": route.port}}}
        rule: dict[str, Any] = {"http": {"paths": [{"path": route.path, "pathType": "Prefix", "backend": backend}]}}
        spec: dict[str, Any] = {"rules": [{**({"host": route.host} if route.host else {}), **rule}]}
        if route.class_name:
            spec["ingressClassName"] = route.class_name
        if route.tls_secret:
            hosts = {"hosts": [route.host]} if route.host else {}
            spec["tls"] = [{**hosts, "secretName": route.tls_secret}]
        made = self._object("Ingress", workload.name, workload.name, {"spec": spec})
        if route.annotations:
            made["metadata"]["annotations"] = dict(route.annotations)
        return made


def _claim(claim: wish.Claim) -> dict[str, Any]:
    spec: dict[str, Any] = {"accessModes": [claim.access], "resources": {"requests": {"storage": claim.size}}}
    if claim.storage_class is not None:
        spec["storageClassName"] = claim.storage_class
    return {"spec": spec}


def _service_ports(workload: wish.Workload, outside: bool) -> Iterator[dict[str, Any]]:
    """Others call the container's own port; a load balancer listens on the published one, too."""
    for port in workload.ports:
        entry: dict[str, Any] = {"name": port.name, "port": port.number, "protocol": port.protocol}
        entry["targetPort"] = port.number
        if port.app_protocol:
            entry["appProtocol"] = port.app_protocol
        if outside and port.node:
            entry["nodePort"] = port.node
        yield entry
    taken = {(port.number, port.protocol) for port in workload.ports}
    for port in workload.ports if outside and workload.load_balancer else ():
        if port.published and (port.published, port.protocol) not in taken:
            name = f"{port.protocol.lower()}-{port.published}"
            entry = {"name": name, "port": port.published, "protocol": port.protocol, "targetPort": port.number}
            yield entry
            taken.add((port.published, port.protocol))


def _config_digest(texts: Iterable[wish.Texts]) -> str:
    """Changes with what the pods are given as files and secrets, so that they are started again with it."""
    parts = [
        (each.kind, each.name, _digest(each.kind, each.name, json.dumps(each.data, sort_keys=True))) for each in texts
    ]
    return sha256(repr(sorted(parts)).encode()).hexdigest()[:12] if parts else ""


@lru_cache(maxsize=256)  # a plan is asked for more than once in a run
def _digest(kind: str, name: str, content: str) -> str:
    if kind == wish.SECRET:
        return pbkdf2_hmac("sha256", content.encode(), f"slipway/{name}".encode(), _ROUNDS).hex()
    return sha256(content.encode()).hexdigest()
