# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes of one app in its namespace."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...._core.kube.api_errors import Failure
from ...._core.kube.app.objects import (
    MANAGED_BY,
    MANAGER,
    PART_OF,
    RESOURCES,
    WORKLOADS,
    Ident,
    Wanted,
    is_of,
    selector,
)
from ...._core.kube.app.plan import Present, strangers
from ...._core.kube.app.releases import history
from ...._core.kube.app.stuck import left_behind, patch, removals, replacement, without
from ..kubectl import Kubectl, KubectlError, objects_of

#: What of a namespace that is to be removed may still be in it: the cluster puts these there itself.
_OF_ITSELF = {("ServiceAccount", "default"), ("ConfigMap", "kube-root-ca.crt")}
_TOKEN = "kubernetes.io/service-account-token"  # the type of a Secret, no secret
_REMOVAL_SECONDS = 300.0
#: Where what shall be made in a namespace that is not there yet is shown to the API server.
_ELSEWHERE = "default"


def look(kubectl: Kubectl, app: str, namespace: str, wanted: Wanted | None) -> Present:
    """What the cluster has of the app."""
    found = kubectl.get("namespace", namespace)
    if found is None:
        return Present(None)
    labelled = kubectl.items(",".join(RESOURCES), namespace, selector(app))
    releases = history(labelled)
    more = live(kubectl, strangers(releases, wanted)) if releases.good else []
    return Present(
        found,
        by_ident(live(kubectl, wanted.manifests if wanted else ())),
        by_ident([*labelled, *more]),
        releases,
    )


def live(kubectl: Kubectl, manifests: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Those of these objects that are there, in the version of the API that the manifests have."""
    asked = list(manifests)
    if not asked:
        return []
    named = [{**_head(one), "metadata": _name(one)} for one in asked]
    return objects_of(kubectl.run("get", "--filename=-", "--ignore-not-found", "--output=json", stdin=_list(named)))


@dataclass(frozen=True)
class Prediction:
    """What would come of applying an app, and what has to be taken away from some objects before, as JSON patches."""

    objects: Mapping[Ident, Mapping[str, Any]] = field(default_factory=dict)
    before: Mapping[Ident, list[dict[str, Any]]] = field(default_factory=dict)


def predict(kubectl: Kubectl, present: Present, wanted: Wanted) -> Prediction:
    """What the API server says; it refuses here what it would refuse then."""
    workloads = [one for one in wanted.manifests if one["kind"] in WORKLOADS and Ident.of(one) in present.live]
    workloads = [one for one in workloads if one["kind"] != "Job"]
    try:
        objects = by_ident(kubectl.apply(wanted.manifests, dry_run=True))
    except KubectlError as error:
        if not _is_invalid(error) or not workloads:
            raise
        try:
            return _predict_each(kubectl, present, wanted, workloads)
        except KubectlError:
            raise error from None  # it speaks of all of them, and of what the user wrote
    return _take_away(kubectl, present, workloads, objects)


def _take_away(
    kubectl: Kubectl,
    present: Present,
    workloads: list[Mapping[str, Any]],
    objects: dict[Ident, Mapping[str, Any]],
) -> Prediction:
    """What would be left behind without being refused: see stuck.py."""
    before: dict[Ident, list[dict[str, Any]]] = {}
    for manifest in workloads:
        ident = Ident.of(manifest)
        there, then = present.live[ident], objects[ident]
        if there["spec"]["template"] == then["spec"]["template"] or not there["metadata"].get("managedFields"):
            continue
        (replaced,) = kubectl.send("replace", [replacement(there, manifest)], dry_run=True)
        left = left_behind(there, then, replaced)
        if left:
            objects[ident], before[ident] = without(then, left), patch(there, left)
    return Prediction(objects, before)


def _predict_each(kubectl: Kubectl, present: Present, wanted: Wanted, workloads: list[Mapping[str, Any]]) -> Prediction:
    """Server-side apply does not do it for all of them: see stuck.py."""
    objects = by_ident(kubectl.apply([one for one in wanted.manifests if one not in workloads], dry_run=True))
    before: dict[Ident, list[dict[str, Any]]] = {}
    for manifest in workloads:
        ident = Ident.of(manifest)
        try:
            objects.update(by_ident(kubectl.apply([manifest], dry_run=True)))
        except KubectlError as error:
            if not _is_invalid(error):
                raise
            there = present.live[ident]
            objects.update(by_ident(kubectl.send("replace", [replacement(there, manifest)], dry_run=True)))
            before[ident] = removals(there, objects[ident])
    return Prediction(objects, before)


def _is_invalid(error: KubectlError) -> bool:
    return error.reason == "Invalid" or " is invalid:" in str(error)


def refuse_elsewhere(kubectl: Kubectl, wanted: Wanted) -> None:
    """The same where there is no namespace yet: as if they were for another one."""
    shown = [{**one, "metadata": {**one["metadata"], "namespace": _ELSEWHERE}} for one in wanted.manifests]
    try:
        kubectl.send("create", shown, dry_run=True)
    except KubectlError as error:
        told = [line for line in error.failure.message.split("; ") if "already exists" not in line]
        if told:
            raise KubectlError("create", Failure(error.reason, "; ".join(told)), error.server) from error


def make_namespace(kubectl: Kubectl, wanted: Wanted) -> None:
    """Its labels say who made it: only such a one is ever removed."""
    labels = {MANAGED_BY: MANAGER, PART_OF: wanted.app}
    metadata = {"name": wanted.namespace, "labels": labels}
    kubectl.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}])


def is_alone(kubectl: Kubectl, app: str, namespace: str) -> bool:
    """Whether nothing of anybody else is in a namespace."""
    found = kubectl.items(",".join((*RESOURCES, "pods")), namespace)
    others = [one for one in found if not is_of(app, one) and not one["metadata"].get("ownerReferences")]
    return all(_is_of_itself(one) for one in others)


def _is_of_itself(found: Mapping[str, Any]) -> bool:
    name = (str(found["kind"]), str(found["metadata"]["name"]))
    return name in _OF_ITSELF or found.get("type") == _TOKEN


def remove(kubectl: Kubectl, removed: Iterable[Mapping[str, Any]]) -> None:
    """Gone when this returns, with the pods that they made."""
    named = [{**_head(one), "metadata": _name(one)} for one in removed]
    if named:
        words = ("delete", "--filename=-", "--ignore-not-found", "--cascade=foreground", "--wait=true", "--output=name")
        kubectl.run(*words, stdin=_list(named), seconds=_REMOVAL_SECONDS)


def by_ident(objects: Iterable[Mapping[str, Any]]) -> dict[Ident, Mapping[str, Any]]:
    return {Ident.of(one): one for one in objects}


def _head(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {"apiVersion": manifest["apiVersion"], "kind": manifest["kind"]}


def _name(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": manifest["metadata"]["name"], "namespace": manifest["metadata"]["namespace"]}


def _list(items: list[dict[str, Any]]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
