# SPDX-License-Identifier: GPL-3.0-or-later
"""What depends on the version of Kubernetes: the pairs of kubernetes.md, 4.3, and of the API's deprecation guide."""

from __future__ import annotations

import pytest

from plugins.module_utils._core.kube.versions import (
    KINDS,
    OLDEST,
    TARGETS,
    Minor,
    VersionError,
    api_version,
    control_plane_taints,
    cri_socket,
    exact,
    kubeadm_api,
    kubelet_config_map,
    minor_of,
)


@pytest.mark.parametrize("version", ["1.37", "v1.37", "1.37.0", "v1.37.2", "1.37.0-1.1", "1.37.0-rc.1"])
def test_minor_of_every_spelling(version: str) -> None:
    assert minor_of(version) == Minor(1, 37)


@pytest.mark.parametrize("version", ["", "latest", "1", "1.x", "1.37.", "1.19.9"])
def test_what_is_no_version_is_said(version: str) -> None:
    with pytest.raises(VersionError, match="expected"):
        minor_of(version)


def test_exact_version() -> None:
    assert exact("v1.37.0-1.1") == "1.37.0"
    with pytest.raises(VersionError, match="not exact"):
        exact("1.37")


@pytest.mark.parametrize(
    ("minor", "api"),
    [(20, "v1beta2"), (21, "v1beta2"), (22, "v1beta3"), (30, "v1beta3"), (31, "v1beta4"), (37, "v1beta4")],
)
def test_kubeadm_api(minor: int, api: str) -> None:
    assert kubeadm_api(Minor(1, minor)) == api


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("HorizontalPodAutoscaler", "autoscaling/v2beta2", "autoscaling/v2"),
        ("PodDisruptionBudget", "policy/v1beta1", "policy/v1"),
        ("CronJob", "batch/v1beta1", "batch/v1"),
        ("Deployment", "apps/v1", "apps/v1"),
        ("Ingress", "networking.k8s.io/v1", "networking.k8s.io/v1"),
        ("JoinConfiguration", "kubeadm.k8s.io/v1beta2", "kubeadm.k8s.io/v1beta4"),
    ],
)
def test_api_version(kind: str, old: str, new: str) -> None:
    assert (api_version(kind, Minor(1, 20)), api_version(kind, Minor(1, 36))) == (old, new)


def test_every_kind_is_known_for_every_minor() -> None:
    for kind in KINDS:
        for minor in (OLDEST, *TARGETS):
            assert api_version(kind, minor)


def test_names_that_changed() -> None:
    old, new = Minor(1, 20), Minor(1, 37)
    assert cri_socket("unix:///run/containerd/containerd.sock", old) == "/run/containerd/containerd.sock"
    assert cri_socket("/run/containerd/containerd.sock", new) == "unix:///run/containerd/containerd.sock"
    assert (kubelet_config_map(old), kubelet_config_map(new)) == ("kubelet-config-1.20", "kubelet-config")
    assert control_plane_taints(old) == ("node-role.kubernetes.io/master",)
    assert control_plane_taints(Minor(1, 24)) == (
        "node-role.kubernetes.io/control-plane",
        "node-role.kubernetes.io/master",
    )
    assert control_plane_taints(new) == ("node-role.kubernetes.io/control-plane",)
