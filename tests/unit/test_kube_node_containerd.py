# SPDX-License-Identifier: GPL-3.0-or-later
"""containerd's configuration and its registries, read again as containerd does."""

from __future__ import annotations

from typing import Any

import pytest
import tomllib
from ansible.errors import AnsibleFilterError
from ansible_collections.slipway.containers.plugins.filter.containerd_config import containerd_config
from ansible_collections.slipway.containers.plugins.filter.containerd_hosts import containerd_hosts
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.containerd import (
    MARK,
    is_tested,
    lines_tested,
    merged,
    version_of,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.versions import Minor

PAUSE = "registry.k8s.io/pause:3.10.2"
V1 = "io.containerd.grpc.v1.cri"
IMAGES, RUNTIME = "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime"
RUNC = {"runtimes": {"runc": {"runtime_type": "io.containerd.runc.v2", "options": {"SystemdCgroup": True}}}}


def config(version: str, extra: dict[str, Any] | None = None, **options: str) -> dict[str, Any]:
    text = containerd_config(extra or {}, version=version, **{"sandbox_image": PAUSE, **options})
    assert text.startswith(MARK)
    return tomllib.loads(text)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u3", (1, 6, 20)),
        ("containerd github.com/containerd/containerd/v2 v2.1.3 c787fb98911740dd3ff2d0e45ce88cdf01410486", (2, 1, 3)),
        ("containerd containerd.io 1.7.28 b98a3aace656320842a23f4a392a33f46af97866", (1, 7, 28)),
        ("2.2.1-1~debian.12~bookworm", (2, 2, 1)),
        ("5:2.2.1-1", (2, 2, 1)),
        ("2.3", (2, 3, 0)),
        ("", None),
        ("containerd", None),
        ("198.18.53.2", None),
    ],
)
def test_the_version_is_read(text: str, version: tuple[int, int, int] | None) -> None:
    assert version_of(text) == version


@pytest.mark.parametrize("version", ["1.6.20", "1.7.28"])
def test_containerd_1_gets_version_2(version: str) -> None:
    assert config(version) == {
        "version": 2,
        "plugins": {
            V1: {"sandbox_image": PAUSE, "containerd": RUNC, "registry": {"config_path": "/etc/containerd/certs.d"}}
        },
    }


@pytest.mark.parametrize("version", ["2.0.0", "2.3.1", "3.0.0"])
def test_containerd_2_gets_version_3(version: str) -> None:
    assert config(version) == {
        "version": 3,
        "plugins": {
            IMAGES: {"pinned_images": {"sandbox": PAUSE}, "registry": {"config_path": "/etc/containerd/certs.d"}},
            RUNTIME: {"containerd": RUNC},
        },
    }


@pytest.mark.parametrize(
    ("version", "plugin", "cni"),
    [
        ("1.7.28", V1, {"bin_dir": "/usr/lib/cni"}),
        ("2.0.6", RUNTIME, {"bin_dir": "/usr/lib/cni"}),
        ("2.1.0", RUNTIME, {"bin_dirs": ["/usr/lib/cni"]}),
        ("2.3.0", RUNTIME, {"bin_dirs": ["/usr/lib/cni"]}),
    ],
)
def test_plugins_of_the_network_may_be_elsewhere(version: str, plugin: str, cni: dict[str, Any]) -> None:
    assert config(version, cni_bin_dir="/usr/lib/cni")["plugins"][plugin]["cni"] == cni
    assert "cni" not in config(version)["plugins"][plugin]


def test_settings_are_merged_over_and_null_takes_out() -> None:
    extra = {"oom_score": -999, "plugins": {V1: {"restrict_oom_score_adj": True, "registry": None}}}
    found = config("1.7.28", extra)
    assert found["oom_score"] == -999
    assert found["plugins"][V1] == {"sandbox_image": PAUSE, "containerd": RUNC, "restrict_oom_score_adj": True}


def test_merging_leaves_both_alone() -> None:
    below, above = {"a": {"b": 1}}, {"a": {"c": {"d": None, "e": 2}}}
    assert merged(below, above) == {"a": {"b": 1, "c": {"e": 2}}}
    assert (below, above) == ({"a": {"b": 1}}, {"a": {"c": {"d": None, "e": 2}}})


def test_a_setting_that_toml_has_no_word_for_is_named() -> None:
    with pytest.raises(AnsibleFilterError, match=r"^kubeadm_node_containerd_config: debug\.levels: found null"):
        config("1.7.28", {"debug": {"levels": [None]}})
    with pytest.raises(AnsibleFilterError, match="kubeadm_node_containerd_config: found list, expected a mapping"):
        containerd_config([], version="1.7.28", sandbox_image=PAUSE)
    with pytest.raises(AnsibleFilterError, match="found the version 'new', expected one such as"):
        containerd_config({}, version="new", sandbox_image=PAUSE)


@pytest.mark.parametrize(
    ("minor", "version", "tested"),
    [
        (35, (1, 7, 27), False),
        (35, (1, 7, 28), True),
        (35, (2, 0, 6), False),
        (35, (2, 1, 5), True),
        (36, (1, 7, 28), False),
        (36, (2, 1, 5), False),
        (36, (2, 2, 0), True),
        (37, (2, 2, 9), True),
        (37, (2, 1, 9), False),
        (37, (2, 4, 0), True),
        (20, (1, 6, 20), True),
    ],
)
def test_the_matrix(minor: int, version: tuple[int, int, int], tested: bool) -> None:
    assert is_tested(version, lines_tested(Minor(1, minor))) is tested


def test_mirrors_are_tried_in_their_order() -> None:
    pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"
    files = containerd_hosts(
        [
            {
                "registry": "docker.io",
                "mirrors": [
                    {"url": "https://mirror.example.org/", "ca": pem},
                    {"url": "https://harbor.example.org/v2/hub", "ca": "/etc/ssl/own.crt", "override_path": True},
                    {"url": "http://198.51.100.7:5000", "skip_verify": True},
                ],
            },
            {"registry": "registry.example.org:5000", "mirrors": []},
        ]
    )
    ca, hosts, empty = files
    folder = "/etc/containerd/certs.d/docker.io"
    assert ca == {"path": f"{folder}/ca-1.crt", "content": pem + "\n"}
    assert hosts["path"] == f"{folder}/hosts.toml"
    read = tomllib.loads(hosts["content"])["host"]
    usual = {"capabilities": ["pull", "resolve"]}
    assert read == {
        "https://mirror.example.org": {**usual, "ca": f"{folder}/ca-1.crt"},
        "https://harbor.example.org/v2/hub": {**usual, "ca": "/etc/ssl/own.crt", "override_path": True},
        "http://198.51.100.7:5000": {**usual, "skip_verify": True},
    }
    assert list(read) == ["https://mirror.example.org", "https://harbor.example.org/v2/hub", "http://198.51.100.7:5000"]
    assert empty["path"] == "/etc/containerd/certs.d/registry.example.org:5000/hosts.toml"
    assert tomllib.loads(empty["content"]) == {}


def test_all_that_is_wrong_with_mirrors_is_said_at_once() -> None:
    with pytest.raises(AnsibleFilterError) as problem:
        containerd_hosts(
            [
                {"registry": "https://docker.io", "mirrors": [{"url": "mirror.example.org"}]},
                {"registry": "a.example.org", "mirror": []},
                {"registry": "a.example.org", "mirrors": [{"url": "http://b", "verify": False}, "c"]},
                "d",
                {"registry": "../../etc", "mirrors": {}},
            ]
        )
    assert str(problem.value).splitlines() == [
        "kubeadm_node_registry_mirrors[0].registry: found 'https://docker.io', expected a name as images have it, "
        "such as registry.k8s.io",
        "kubeadm_node_registry_mirrors[0].mirrors[0].url: found 'mirror.example.org', expected an address that begins "
        "with http:// or https://",
        "kubeadm_node_registry_mirrors[1]: found the key 'mirror', expected registry and mirrors",
        "kubeadm_node_registry_mirrors[2].registry: found 'a.example.org' twice, expected one entry for it, with all "
        "of its mirrors",
        "kubeadm_node_registry_mirrors[2].mirrors[0]: found the key 'verify', expected url, ca, skip_verify, "
        "override_path",
        "kubeadm_node_registry_mirrors[2].mirrors[1].url: found None, expected an address that begins with http:// or "
        "https://",
        "kubeadm_node_registry_mirrors[3]: found 'd', expected a mapping with registry and mirrors",
        "kubeadm_node_registry_mirrors[4].registry: found '../../etc', expected a name as images have it, such as "
        "registry.k8s.io",
        "kubeadm_node_registry_mirrors[4].mirrors: found dict, expected a list of mappings with url",
    ]
