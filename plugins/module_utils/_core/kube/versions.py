# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What depends on the version of Kubernetes, in one table by minor: API versions, and names that changed."""

from __future__ import annotations

import re
from typing import NamedTuple


class Minor(NamedTuple):
    """Such as 1.37; compared with `<`."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


#: What clusters are made of.
TARGETS = (Minor(1, 35), Minor(1, 36), Minor(1, 37))
#: The oldest that anything is known of: the one of the lab.
OLDEST = Minor(1, 20)

_VERSION = re.compile(r"v?(?P<major>\d+)\.(?P<minor>\d+)(?:\.(?P<patch>\d+))?(?:[-+~].*)?")
#: Each with the minor that first has it, newest first. The last one is older than `OLDEST`.
_SINCE: dict[str, tuple[tuple[int, str], ...]] = {
    "ClusterConfiguration": (
        (31, "kubeadm.k8s.io/v1beta4"),
        (22, "kubeadm.k8s.io/v1beta3"),
        (15, "kubeadm.k8s.io/v1beta2"),
    ),
    "KubeletConfiguration": ((10, "kubelet.config.k8s.io/v1beta1"),),
    "KubeProxyConfiguration": ((9, "kubeproxy.config.k8s.io/v1alpha1"),),
    "ConfigMap": ((0, "v1"),),
    "Endpoints": ((0, "v1"),),
    "Event": ((0, "v1"),),
    "LimitRange": ((0, "v1"),),
    "Namespace": ((0, "v1"),),
    "Node": ((0, "v1"),),
    "PersistentVolume": ((0, "v1"),),
    "PersistentVolumeClaim": ((0, "v1"),),
    "Pod": ((0, "v1"),),
    "ResourceQuota": ((0, "v1"),),
    "Secret": ((0, "v1"),),
    "Service": ((0, "v1"),),
    "ServiceAccount": ((0, "v1"),),
    "DaemonSet": ((9, "apps/v1"),),
    "Deployment": ((9, "apps/v1"),),
    "ReplicaSet": ((9, "apps/v1"),),
    "StatefulSet": ((9, "apps/v1"),),
    "Job": ((2, "batch/v1"),),
    "CronJob": ((21, "batch/v1"), (8, "batch/v1beta1")),
    "HorizontalPodAutoscaler": ((23, "autoscaling/v2"), (12, "autoscaling/v2beta2")),
    "PodDisruptionBudget": ((21, "policy/v1"), (5, "policy/v1beta1")),
    "EndpointSlice": ((21, "discovery.k8s.io/v1"), (17, "discovery.k8s.io/v1beta1")),
    "Ingress": ((19, "networking.k8s.io/v1"),),
    "IngressClass": ((19, "networking.k8s.io/v1"),),
    "NetworkPolicy": ((7, "networking.k8s.io/v1"),),
    "ClusterRole": ((8, "rbac.authorization.k8s.io/v1"),),
    "ClusterRoleBinding": ((8, "rbac.authorization.k8s.io/v1"),),
    "Role": ((8, "rbac.authorization.k8s.io/v1"),),
    "RoleBinding": ((8, "rbac.authorization.k8s.io/v1"),),
    "CSIDriver": ((18, "storage.k8s.io/v1"),),
    "StorageClass": ((6, "storage.k8s.io/v1"),),
    "PriorityClass": ((14, "scheduling.k8s.io/v1"),),
    "CertificateSigningRequest": ((19, "certificates.k8s.io/v1"),),
}
for _kind in ("InitConfiguration", "JoinConfiguration"):
    _SINCE[_kind] = _SINCE["ClusterConfiguration"]
KINDS = tuple(sorted(_SINCE))

#: The label that kubeadm gives every control plane.
CONTROL_PLANE_LABEL = "node-role.kubernetes.io/control-plane"


class VersionError(ValueError):
    """A text that is no version, or a version that is too old."""


def minor_of(version: str) -> Minor:
    """Of `1.37`, `1.37.0`, `v1.37.0` or the package's `1.37.0-1.1`."""
    match = _VERSION.fullmatch(str(version).strip())
    if not match:
        raise VersionError(f"'{version}' is no version of Kubernetes, expected one such as 1.37.0")
    minor = Minor(int(match["major"]), int(match["minor"]))
    if minor < OLDEST:
        raise VersionError(f"Kubernetes {version} is too old, expected {OLDEST} or newer")
    return minor


def exact(version: str) -> str:
    """`1.37.0` of `v1.37.0` or `1.37.0-1.1`; a minor alone is not exact."""
    match = _VERSION.fullmatch(str(version).strip())
    if not match or match["patch"] is None:
        raise VersionError(f"'{version}' is not exact, expected a version such as 1.37.0")
    return f"{match['major']}.{match['minor']}.{match['patch']}"


def api_version(kind: str, minor: Minor) -> str:
    """The newest API version of a kind that this minor serves, or that its kubeadm reads."""
    return next(version for since, version in _SINCE[kind] if minor >= (1, since))


def kubeadm_api(minor: Minor) -> str:
    """`v1beta4` and so on: what kubeadm's documents are written in."""
    return api_version("ClusterConfiguration", minor).partition("/")[2]


def cri_socket(path: str, minor: Minor) -> str:
    """kubeadm wants a URL since 1.24; before, the path is what it wrote itself."""
    plain = path[len("unix://") :] if path.startswith("unix://") else path
    return f"unix://{plain}" if minor >= (1, 24) else plain


def kubelet_config_map(minor: Minor) -> str:
    """Where kubeadm keeps the kubelets' settings in kube-system."""
    return "kubelet-config" if minor >= (1, 24) else f"kubelet-config-{minor}"


def control_plane_taints(minor: Minor) -> tuple[str, ...]:
    """The keys of the taints that kubeadm gives a control plane."""
    new, old = "node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"
    if minor >= (1, 25):
        return (new,)
    return (new, old) if minor >= (1, 24) else (old,)
