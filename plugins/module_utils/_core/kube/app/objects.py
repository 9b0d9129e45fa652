# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of an app: how they are told apart, what they need to belong to it, and what cannot be one of them."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...findings import ERROR, Finding

MANAGED_BY, PART_OF = "app.kubernetes.io/managed-by", "app.kubernetes.io/part-of"
MANAGER = "slipway"
#: On Secrets that hold a release, and on the Jobs of one.
RELEASE = "slipway.containers/release"
#: When a workload is brought up: after all of lower waves are ready.
WAVE = "slipway.containers/wave"

WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job")
CLAIM = "PersistentVolumeClaim"
#: What is of use only when the workloads are there.
LAST = ("HorizontalPodAutoscaler", "Ingress")
#: Everything that an app may leave behind, as kubectl names it in every version.
RESOURCES = (
    *("deployments.apps", "statefulsets.apps", "daemonsets.apps", "jobs.batch", "cronjobs.batch", "services"),
    *("configmaps", "secrets", "serviceaccounts", "persistentvolumeclaims", "ingresses.networking.k8s.io"),
    *("networkpolicies.networking.k8s.io", "poddisruptionbudgets.policy", "horizontalpodautoscalers.autoscaling"),
    *("roles.rbac.authorization.k8s.io", "rolebindings.rbac.authorization.k8s.io"),
)
KINDS = (
    *(*WORKLOADS, "CronJob", "Service", "ConfigMap", "Secret", "ServiceAccount", CLAIM, "Ingress", "NetworkPolicy"),
    *("PodDisruptionBudget", "HorizontalPodAutoscaler", "Role", "RoleBinding"),
)
#: What stands outside of all namespaces is no part of an app.
_OF_THE_CLUSTER = (
    *("Namespace", "Node", "PersistentVolume", "StorageClass", "ClusterRole", "ClusterRoleBinding"),
    *("CustomResourceDefinition", "IngressClass", "PriorityClass", "CSIDriver", "RuntimeClass"),
    *("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "APIService"),
)
_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,49}[a-z0-9])?")
_DIGITS = 12
#: Names of objects that make pods end in more characters, and have 63 in all.
_JOB_NAME = 63 - _DIGITS - 1


@dataclass(frozen=True, order=True)
class Ident:
    """What tells objects of one namespace apart. The version of the API does not."""

    kind: str
    name: str
    group: str = ""

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> Ident:
        group, slash, _version = str(manifest.get("apiVersion", "")).partition("/")
        return cls(str(manifest["kind"]), str(manifest["metadata"]["name"]), group if slash else "")

    @property
    def words(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True)
class Wanted:
    """An app as it shall be. `release` is made of its manifests; `manifests` are ready to be applied."""

    app: str
    namespace: str
    release: str
    manifests: tuple[Mapping[str, Any], ...]

    @property
    def by_ident(self) -> dict[Ident, Mapping[str, Any]]:
        return {Ident.of(manifest): manifest for manifest in self.manifests}


def problems(app: str, namespace: str, manifests: Iterable[Any]) -> Iterator[Finding]:
    """All that is wrong with what is asked for, before anybody is asked."""
    for place, name in (("name", app), ("namespace", namespace)):
        if not _LABEL.fullmatch(name):
            message = f"found '{name}', expected up to 51 lower-case letters, digits and hyphens"
            yield Finding("name", ERROR, place, message)
    seen: dict[Ident, int] = {}
    for index, manifest in enumerate(manifests):
        wrong = list(_wrong(manifest, namespace))
        for place, message in wrong:
            yield Finding("manifest", ERROR, f"manifests[{index}]{place}", message)
        if not wrong:
            ident = Ident.of(manifest)
            if ident in seen:
                message = f"found {ident.words} again, expected it once; it is manifests[{seen[ident]}], too"
                yield Finding("manifest", ERROR, f"manifests[{index}]", message)
            seen.setdefault(ident, index)


def _wrong(manifest: Any, namespace: str) -> Iterator[tuple[str, str]]:
    """Places and what is wrong there."""
    if not isinstance(manifest, Mapping):
        yield "", f"found {type(manifest).__name__}, expected a dictionary"
        return
    metadata = manifest.get("metadata")
    metadata = metadata if isinstance(metadata, Mapping) else {}
    texts = {".apiVersion": manifest.get("apiVersion"), ".kind": manifest.get("kind")}
    texts[".metadata.name"] = metadata.get("name")
    for place, value in texts.items():
        if not isinstance(value, str) or not value:
            yield place, f"found {'none' if value is None else repr(value)}, expected a text"
    kind = manifest.get("kind")
    if kind in _OF_THE_CLUSTER:
        yield ".kind", f"found {kind}, which stands outside of namespaces; an app has none of these"
    if kind == "List":
        yield ".kind", "found List, expected its items one by one"
    if metadata.get("namespace") not in (None, "", namespace):
        yield ".metadata.namespace", f"found '{metadata['namespace']}', expected '{namespace}' or none"
    wave = (metadata.get("annotations") or {}).get(WAVE, "0")
    if not str(wave).isdigit():
        yield f".metadata.annotations[{WAVE}]", f"found '{wave}', expected a number from 0"


def ready_to_apply(app: str, namespace: str, manifests: Iterable[Mapping[str, Any]]) -> Wanted:
    """With labels, namespace and what server-side apply needs. A Job has its release in its name: it runs once."""
    complete = sorted((_complete(one, app, namespace) for one in manifests), key=Ident.of)
    release = hashlib.sha256(json.dumps(complete, sort_keys=True).encode()).hexdigest()[:_DIGITS]
    return Wanted(app, namespace, release, tuple(_of_release(one, release) for one in complete))


def _complete(manifest: Mapping[str, Any], app: str, namespace: str) -> dict[str, Any]:
    whole = copy.deepcopy(dict(manifest))
    whole.pop("status", None)
    whole["metadata"] = {**whole["metadata"], "namespace": namespace}
    _label(whole, app)
    spec = whole.get("spec") or {}
    for template in (pod_template(whole), *spec.get("volumeClaimTemplates", [])):
        if template:
            _label(template, app)
    if whole["kind"] == "Secret":
        _encode(whole)
    for port in _ports(whole):
        port.setdefault("protocol", "TCP")
    return whole


def _label(part: dict[str, Any], app: str) -> None:
    metadata = part.setdefault("metadata", {})
    metadata["labels"] = {**(metadata.get("labels") or {}), MANAGED_BY: MANAGER, PART_OF: app}


def _encode(secret: dict[str, Any]) -> None:
    """`stringData` is never read back, so nobody could say whether it changed."""
    texts = secret.pop("stringData", None) or {}
    encoded = {key: base64.b64encode(str(text).encode()).decode("ascii") for key, text in texts.items()}
    secret["data"] = {**(secret.get("data") or {}), **encoded}


def _ports(manifest: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Of containers and Services: in old versions the protocol is part of what tells them apart."""
    if manifest["kind"] == "Service":
        yield from (manifest.get("spec") or {}).get("ports") or []
    for container in containers(manifest):
        yield from container.get("ports") or []


def pod_template(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The pods that an object makes; empty where it makes none."""
    spec = manifest.get("spec") or {}
    if manifest.get("kind") == "CronJob":
        spec = (spec.get("jobTemplate") or {}).get("spec") or {}
    template: dict[str, Any] = spec.get("template") or {} if manifest.get("kind") in (*WORKLOADS, "CronJob") else {}
    return template


def containers(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Those that run first, too."""
    spec = pod_template(manifest).get("spec") or {}
    return [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]


def _of_release(manifest: dict[str, Any], release: str) -> dict[str, Any]:
    if manifest["kind"] != "Job":
        return manifest
    metadata = manifest["metadata"]
    name = f"{metadata['name'][:_JOB_NAME].rstrip('-.')}-{release}"
    labels = {**metadata["labels"], RELEASE: release}
    return {**manifest, "metadata": {**metadata, "name": name, "labels": labels}}


def wave(manifest: Mapping[str, Any]) -> int:
    return int((manifest["metadata"].get("annotations") or {}).get(WAVE, 0))


def selector(app: str) -> str:
    """Of everything that belongs to an app."""
    return f"{MANAGED_BY}={MANAGER},{PART_OF}={app}"


def is_of(app: str, live: Mapping[str, Any]) -> bool:
    labels = live["metadata"].get("labels") or {}
    return labels.get(MANAGED_BY) == MANAGER and labels.get(PART_OF) == app


def label_of(live: Mapping[str, Any], label: str) -> str:
    return str((live["metadata"].get("labels") or {}).get(label, ""))


def with_live_replicas(
    manifests: Iterable[Mapping[str, Any]], live: Mapping[Ident, Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Where something scales a workload, the number of its pods is not ours: it stays as it is."""
    listed = list(manifests)
    scaled = {_target(one) for one in listed if one["kind"] == "HorizontalPodAutoscaler"}
    return [_kept_replicas(one, live) if (one["kind"], one["metadata"]["name"]) in scaled else one for one in listed]


def _target(autoscaler: Mapping[str, Any]) -> tuple[str, str]:
    target = (autoscaler.get("spec") or {}).get("scaleTargetRef") or {}
    return str(target.get("kind", "")), str(target.get("name", ""))


def _kept_replicas(manifest: Mapping[str, Any], live: Mapping[Ident, Mapping[str, Any]]) -> Mapping[str, Any]:
    found = live.get(Ident.of(manifest), {}).get("spec", {}).get("replicas")
    return manifest if found is None else {**manifest, "spec": {**manifest["spec"], "replicas": found}}
