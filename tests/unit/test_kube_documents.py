# SPDX-License-Identifier: GPL-3.0-or-later
"""kubeadm's documents in its three versions, against schemas that were written from kubernetes.md, 4.3.

A real kubeadm reads v1beta2 in tests/cluster. No kubeadm that reads v1beta3 or v1beta4 was at hand.
"""

from __future__ import annotations

import re
from typing import Any

import jsonschema
import pytest

from plugins.module_utils._core.kube.documents import (
    SHARED_FOLDER,
    Admission,
    ClusterWish,
    NodeWish,
    arguments,
    cluster_documents,
    init_document,
    join_document,
    merged,
    upload_document,
    with_token,
)
from plugins.module_utils._core.kube.versions import Minor, kubeadm_api

TOKEN = "abcdef.0123456789abcdef"
KEY = "0" * 64
NODE = NodeWish("cp1", "10.0.0.11", kubelet_args={"provider-id": "aws:///us-east-1a/i-1"})
ADMISSION = Admission("api.shop.internal:6443", TOKEN, "sha256:" + "a" * 64)
VERSIONS = ("1.20.2", "1.22.0", "1.30.14", "1.31.0", "1.35.0", "1.36.1", "1.37.0")
#: Of these, documents say how long a wait may take.
TIMEOUTS = (
    *("controlPlaneComponentHealthCheck", "kubeletHealthCheck", "kubernetesAPICall", "etcdAPICall"),
    *("tlsBootstrap", "discovery", "upgradeManifests"),
)

TEXT = {"type": "string"}
DURATION = {"type": "string", "pattern": r"^(\d+h)?(\d+m)?(\d+s)?$"}


def strict(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def listed(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": schema}


def schemas(api: str) -> dict[str, dict[str, Any]]:
    """By kind. Fields that a version does not know are refused."""
    new = api == "v1beta4"
    pairs = listed(strict({"name": TEXT, "value": TEXT}, "name", "value"))
    extra = pairs if new else {"type": "object", "additionalProperties": TEXT}
    head = {"apiVersion": {"const": f"kubeadm.k8s.io/{api}"}}
    volume = strict(
        {"name": TEXT, "hostPath": TEXT, "mountPath": TEXT, "readOnly": {"type": "boolean"}, "pathType": TEXT}, "name"
    )
    component = {"extraArgs": extra, "extraVolumes": listed(volume)}
    environment = {"extraEnvs": listed(strict({"name": TEXT, "value": TEXT}, "name"))} if new else {}
    api_server = {**component, "certSANs": listed(TEXT), **environment}
    if not new:
        api_server["timeoutForControlPlane"] = DURATION
    registration = strict(
        {
            **{"name": TEXT, "criSocket": TEXT, "kubeletExtraArgs": extra, "taints": listed({"type": "object"})},
            **({"imagePullSerial": {"type": "boolean"}} if new else {}),
        }
    )
    endpoint = strict({"advertiseAddress": TEXT, "bindPort": {"type": "integer"}})
    token = strict({"token": TEXT, "ttl": DURATION, "usages": listed(TEXT), "groups": listed(TEXT)}, "token")
    timeouts = {"timeouts": strict(dict.fromkeys(TIMEOUTS, DURATION))} if new else {}
    bootstrap = strict({"apiServerEndpoint": TEXT, "token": TEXT, "caCertHashes": listed(TEXT)}, "caCertHashes")
    discovery = {"bootstrapToken": bootstrap, "tlsBootstrapToken": TEXT, **({} if new else {"timeout": DURATION})}
    control_plane = strict({"localAPIEndpoint": endpoint, "certificateKey": TEXT}, "certificateKey")
    cluster = {
        **{"clusterName": TEXT, "kubernetesVersion": TEXT, "controlPlaneEndpoint": TEXT, "imageRepository": TEXT},
        "networking": strict({"podSubnet": TEXT, "serviceSubnet": TEXT, "dnsDomain": TEXT}),
        "apiServer": strict(api_server),
        "controllerManager": strict({**component, **environment}),
        "scheduler": strict({**component, **environment}),
        "etcd": strict({"local": strict({"dataDir": TEXT, "extraArgs": extra, "imageTag": TEXT, **environment})}),
        **({"certificateValidityPeriod": DURATION, "caCertificateValidityPeriod": DURATION} if new else {}),
        **({"encryptionAlgorithm": TEXT} if new else {}),
    }
    init = {"localAPIEndpoint": endpoint, "nodeRegistration": registration, "bootstrapTokens": listed(token)}
    join = {"nodeRegistration": registration, "discovery": strict(discovery), "controlPlane": control_plane}
    return {
        "InitConfiguration": strict({**head, "kind": TEXT, **init, "certificateKey": TEXT, **timeouts}),
        "ClusterConfiguration": strict({**head, "kind": TEXT, **cluster}, "kubernetesVersion", "controlPlaneEndpoint"),
        "JoinConfiguration": strict({**head, "kind": TEXT, **join, **timeouts}, "discovery"),
    }


def checked(document: dict[str, Any], version: Minor) -> None:
    jsonschema.validate(document, schemas(kubeadm_api(version))[document["kind"]])


def wish(version: str, **more: Any) -> ClusterWish:
    return ClusterWish(version, "api.shop.internal:6443", **more)


FULL: dict[str, Any] = {
    "image_repository": "registry.shop.internal/k8s",
    "config": {
        "apiServer": {"extraArgs": {"audit-log-maxage": 7, "profiling": False}, "certSANs": ["203.0.113.7"]},
        "controllerManager": {"extraArgs": [{"name": "bind-address", "value": "0.0.0.0"}]},
        "etcd": {"local": {"extraArgs": {"quota-backend-bytes": 4294967296}}},
    },
    "api_server_args": {"audit-log-maxage": 30, "audit-policy-file": f"{SHARED_FOLDER}/audit.yaml"},
    "files": (f"{SHARED_FOLDER}/audit.yaml",),
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("more", [{}, FULL], ids=["plain", "full"])
def test_documents_have_the_fields_of_their_version(version: str, more: dict[str, Any]) -> None:
    asked = wish(version, **more)
    cluster, kubelet, proxy = cluster_documents(asked)
    checked(cluster, asked.minor)
    checked(with_token(init_document(asked, NODE), TOKEN, 900), asked.minor)
    checked(upload_document(asked.minor, NODE.cri_socket, KEY), asked.minor)
    assert kubelet["apiVersion"] == "kubelet.config.k8s.io/v1beta1" and kubelet["cgroupDriver"] == "systemd"
    assert proxy["apiVersion"] == "kubeproxy.config.k8s.io/v1alpha1" and proxy["mode"] == "iptables"


@pytest.mark.parametrize("version", VERSIONS)
def test_joins_have_the_fields_of_their_version(version: str) -> None:
    minor = wish(version).minor
    worker = join_document(ADMISSION, NODE, minor, 300)
    checked(worker, minor)
    assert "controlPlane" not in worker
    more = Admission(ADMISSION.endpoint, TOKEN, ADMISSION.ca_hash, KEY)
    plane = join_document(more, NODE, minor, 300)
    checked(plane, minor)
    assert plane["controlPlane"]["certificateKey"] == KEY
    assert plane["controlPlane"]["localAPIEndpoint"] == {"advertiseAddress": "10.0.0.11", "bindPort": 6443}


def test_the_schemas_tell_the_versions_apart() -> None:
    """Or they would prove nothing. v1beta2 and v1beta3 differ in nothing that is written here."""
    for version, other in (("1.20.2", "v1beta4"), ("1.37.0", "v1beta3")):
        document = {**cluster_documents(wish(version, **FULL))[0], "apiVersion": f"kubeadm.k8s.io/{other}"}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(document, schemas(other)["ClusterConfiguration"])


def test_arguments_are_a_list_since_v1beta4_and_a_dictionary_before() -> None:
    old, new = (cluster_documents(wish(version, **FULL))[0] for version in ("1.20.2", "1.37.0"))
    assert old["apiServer"]["extraArgs"] == {
        "profiling": "false",
        "audit-log-maxage": "30",
        "audit-policy-file": f"{SHARED_FOLDER}/audit.yaml",
    }
    assert {"name": "audit-log-maxage", "value": "30"} in new["apiServer"]["extraArgs"]
    assert len(new["apiServer"]["extraArgs"]) == 3  # the role's own variable wins over `config`
    assert old["controllerManager"]["extraArgs"] == {"bind-address": "0.0.0.0"}
    assert old["etcd"]["local"]["extraArgs"] == {"quota-backend-bytes": "4294967296"}


def test_an_argument_may_be_there_several_times() -> None:
    asked = {"api_server_args": {"service-account-issuer": ["https://a", "https://b"]}}
    old, new = (cluster_documents(wish(version, **asked))[0] for version in ("1.30.0", "1.37.0"))
    assert old["apiServer"]["extraArgs"] == {"service-account-issuer": "https://a,https://b"}
    assert [pair["value"] for pair in new["apiServer"]["extraArgs"]] == ["https://a", "https://b"]


def test_values_are_written_as_programs_read_them() -> None:
    assert arguments({"a": True, "b": 3, "c": None, "d": "x"}) == [("a", "true"), ("b", "3"), ("c", ""), ("d", "x")]


def test_files_in_the_shared_folder_are_seen_by_the_api_server() -> None:
    volume = cluster_documents(wish("1.37.0", files=(f"{SHARED_FOLDER}/audit.yaml",)))[0]["apiServer"]["extraVolumes"]
    assert [entry["mountPath"] for entry in volume] == [SHARED_FOLDER] and volume[0]["readOnly"]
    assert "apiServer" not in cluster_documents(wish("1.37.0", files=("/etc/motd",)))[0]


def test_the_socket_is_a_url_since_1_24() -> None:
    old, new = (init_document(wish(version), NODE)["nodeRegistration"]["criSocket"] for version in ("1.20.2", "1.37.0"))
    assert (old, new) == ("/run/containerd/containerd.sock", "unix:///run/containerd/containerd.sock")


def test_the_nodes_own_arguments_go_to_its_kubelet() -> None:
    registration = init_document(wish("1.37.0"), NODE)["nodeRegistration"]
    assert registration["kubeletExtraArgs"] == [
        {"name": "node-ip", "value": "10.0.0.11"},
        {"name": "provider-id", "value": "aws:///us-east-1a/i-1"},
    ]


def test_init_leaves_no_token_that_lives_for_a_day() -> None:
    document = with_token(init_document(wish("1.37.0"), NODE), TOKEN, 900)
    assert [(entry["token"], entry["ttl"]) for entry in document["bootstrapTokens"]] == [(TOKEN, "900s")]


def test_secrets_are_not_shown_by_accident() -> None:
    assert not re.search(r"0123456789abcdef|0{64}", repr(Admission("a:1", TOKEN, "", KEY)))


def test_merging_goes_key_by_key() -> None:
    assert merged({"a": {"b": 1, "c": [1]}}, {"a": {"c": [2], "d": 3}}) == {"a": {"b": 1, "c": [2], "d": 3}}
    asked = wish(
        "1.37.0", kubelet_config={"maxPods": 30, "cgroupDriver": "cgroupfs"}, proxy_config={"mode": "nftables"}
    )
    _cluster, kubelet, proxy = cluster_documents(asked)
    assert (kubelet["maxPods"], kubelet["cgroupDriver"], proxy["mode"]) == (30, "cgroupfs", "nftables")
