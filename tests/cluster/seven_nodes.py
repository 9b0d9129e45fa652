# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape of examples/seven_nodes on fewer machines: its labels and taints, and where its app runs then."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import yaml
from ansible_collections.slipway.containers.plugins.filter.kube_manifests import FilterModule

from tests.lab.kubernetes import Node
from tools.prepare import ROOT

SEVEN = ROOT / "examples" / "seven_nodes"
#: Labels and taints by group, as its inventory has them.
GROUPS: dict[str, Any] = yaml.safe_load((SEVEN / "group_vars" / "all.yml").read_text(encoding="utf-8"))[
    "kubeadm_cluster_node_groups"
]
ROLE = "example.com/role"
PYTHON = "streamlit-budget-health:1.0.0"
SERVED, SCHEDULED = ("auth",), ("postgresql",)
PATIENCE_SECONDS = 300


def runs_by_role(plane: Node, roles: Mapping[str, str], minor: str) -> None:
    """Of two services, one is ready on the machine of its role, and the other is scheduled onto its own.

    `roles` are names of nodes by role; application and postgresql have to be among them. The app's own program runs on
    an image of the lab; that of the database is in no registry here, and its volume is one that the test makes.
    """
    namespace = "seven"
    plane.kubectl("create", "namespace", namespace)
    try:
        plane.kubectl("-n", namespace, "apply", "-f", "-", input="\n".join(map(json.dumps, _objects(namespace, minor))))
        for service in (*SERVED, *SCHEDULED):
            role = "application" if service in SERVED else service
            assert _nodes(plane, namespace, service, ready=service in SERVED) == {roles[role]}
    finally:
        plane.kubectl("delete", "namespace", namespace)
        plane.kubectl("delete", "persistentvolume", "seven-postgresql", "--ignore-not-found")


def _objects(namespace: str, minor: str) -> list[dict[str, Any]]:
    program = (SEVEN / "app" / "serve.py").read_text(encoding="utf-8")
    container = {"name": "auth", "command": ["python", "-c", program]}
    plan = FilterModule().filters()["kube_manifests"](
        {"project_directory": str(SEVEN), "services": [*SERVED, *SCHEDULED]},
        namespace=namespace,
        minor=minor,
        images={"auth": PYTHON},
        secrets={"postgresql": "x"},
        overrides={
            "Deployment/auth": {"spec": {"template": {"spec": {"containers": [container]}}}},
            "HorizontalPodAutoscaler/auth": None,
            "Ingress/auth": None,
        },
    )
    volume = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": "seven-postgresql"},
        "spec": {
            "capacity": {"storage": "50Gi"},
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "gp3",
            "hostPath": {"path": "/srv/seven-postgresql", "type": "DirectoryOrCreate"},
        },
    }
    return [volume, *plan["secrets"], *plan["manifests"]]


def _nodes(plane: Node, namespace: str, service: str, ready: bool) -> set[str]:
    """Where its pods are, once all of them are somewhere, and ready where that is asked for."""
    limit, seen = time.monotonic() + PATIENCE_SECONDS, ""
    while time.monotonic() < limit:
        seen = plane.kubectl("-n", namespace, "get", "pods", "-l", f"app.kubernetes.io/name={service}", "-o", "json")
        pods = json.loads(seen)["items"]
        if pods and all(pod["spec"].get("nodeName") and (_is_ready(pod) or not ready) for pod in pods):
            return {pod["spec"]["nodeName"] for pod in pods}
        time.sleep(1)
    raise AssertionError(f"{service} is not where it should be after {PATIENCE_SECONDS} s: {seen}")


def _is_ready(pod: Mapping[str, Any]) -> bool:
    return any(said["type"] == "Ready" and said["status"] == "True" for said in pod["status"].get("conditions", ()))
