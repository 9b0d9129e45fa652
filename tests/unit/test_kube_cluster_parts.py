# SPDX-License-Identifier: GPL-3.0-or-later
"""The smaller decisions of a cluster: the CA's hash, tokens, what kubeadm says, what is unwell, and networks."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from plugins.filter.calico_manifest import calico_manifest
from plugins.filter.kubeadm_documents import kubeadm_documents
from plugins.module_utils._core.kube import bridge, kubeadm_output, tokens
from plugins.module_utils._core.kube.ca_hash import CertificateError, ca_hash
from plugins.module_utils._core.kube.documents import Admission, NodeWish
from plugins.module_utils._core.kube.health import node_view, unwell
from plugins.module_utils._core.kube.local_state import LocalState
from plugins.module_utils._core.kube.versions import Minor
from plugins.module_utils._io.kube import local_state, member, secret_documents

#: Of `openssl req -x509`; the hash is of `openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | sha256sum`.
CA = """\
-----BEGIN CERTIFICATE-----
MIIBgjCCASegAwIBAgIULDR/0W2naLHLKJb9wJ2f421vSWMwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKa3ViZXJuZXRlczAgFw0yNjExMjIwNDI0NTJaGA8yMTI2MTAy
OTA0MjQ1MlowFTETMBEGA1UEAwwKa3ViZXJuZXRlczBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABLx0r7Ty7QKEPiUZQZyP7GMXWztRBNiAbUw7uiOoz59mxNjo/eBI
XeRHYnIbbDGZQRtXXKI4BvbQnaIm0nMvftqjUzBRMB0GA1UdDgQWBBSC022AdNXX
Tvu9kC8mgUeTPm6vyDAfBgNVHSMEGDAWgBSC022AdNXXTvu9kC8mgUeTPm6vyDAP
BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQCdmqhc0Jdl0B9UnJaB
1nKmNvTVp7B9zR4ij/swqXTf6gIhAMWSHQEzx3g4Kl6hqa1HBZJkHWQk2NIe5A7m
SzyfcBvL
-----END CERTIFICATE-----
"""
CA_HASH = "sha256:5274565a6778d92b1e5ac1e9031f6b06ddb57123d77679e0c31cf2743f236def"


def test_the_hash_of_the_ca_is_that_of_openssl() -> None:
    assert ca_hash(f"text before\n{CA}") == CA_HASH


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
        "\n".join([*CA.splitlines()[:4], *CA.splitlines()[-1:]]),
    ],
)
def test_what_is_no_certificate_is_said(text: str) -> None:
    with pytest.raises(CertificateError):
        ca_hash(text)


def test_what_kubeadm_left_is_read_from_files(tmp_path: Path) -> None:
    assert local_state.read(tmp_path) == LocalState()
    for name in ("pki/ca.crt", "kubelet.conf", "manifests/etcd.yaml", "manifests/kube-apiserver.yaml"):
        path = tmp_path / "etc/kubernetes" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(CA if name.endswith("crt") else "", encoding="utf-8")
    found = local_state.read(tmp_path)
    assert found.manifests == ("etcd", "kube-apiserver") and found.ca_hash == CA_HASH and found.runs_api_server
    assert LocalState.of(found.as_dict()) == found


def test_a_half_way_join_is_known_by_what_it_leaves() -> None:
    assert LocalState(bootstrap_conf=True).half_way
    assert LocalState(bootstrap_conf=True, kubelet_conf=True).half_way
    assert LocalState(manifests=("etcd",)).half_way
    assert not LocalState(manifests=("etcd",), kubelet_conf=True).half_way
    assert not LocalState(ca_hash=CA_HASH).half_way  # somebody may have placed it for an init


@pytest.mark.parametrize(
    ("joins", "local", "step"),
    [
        (True, LocalState(), "run"),
        (True, LocalState(kubelet_conf=True), "nothing"),
        (True, LocalState(bootstrap_conf=True), "clean"),
        (True, LocalState(ca_hash=CA_HASH), "run"),
        (False, LocalState(), "run"),
        (False, LocalState(ca_hash=CA_HASH), "run"),  # a CA that somebody placed is kept
        (False, LocalState(manifests=("etcd",)), "clean"),
        (False, LocalState(kubelet_conf=True, manifests=("etcd",)), "clean"),
        (False, LocalState(kubelet_conf=True, etcd_data=True, manifests=("etcd",)), "resume"),
    ],
)
def test_what_an_interruption_left_decides_what_is_done(joins: bool, local: LocalState, step: str) -> None:
    """The plan has decided before that this machine is no member."""
    admission = Admission("api:6443", "abcdef.0123456789abcdef") if joins else None
    task = member.Task(NodeWish("a", "10.0.0.1"), Minor(1, 37), 300, admission=admission)
    assert member.needed(task, local) == step


def test_a_token_is_a_secret_that_ends() -> None:
    secret = tokens.manifest("abcdef.0123456789abcdef", "slipway join", "2026-11-22T04:15:00Z")
    assert secret["metadata"]["name"] == "bootstrap-token-abcdef" and secret["metadata"]["namespace"] == "kube-system"
    assert secret["stringData"]["token-secret"] == "0123456789abcdef"
    stored = {key: base64.b64encode(value.encode()).decode() for key, value in secret["stringData"].items()}
    ours = tokens.token_of({"metadata": secret["metadata"], "data": stored})
    assert ours == tokens.Token("abcdef", "slipway join", "2026-11-22T04:15:00Z", ours=True)
    assert "0123456789abcdef" not in json.dumps(ours.as_dict())
    other = tokens.token_of({"metadata": {"name": "bootstrap-token-zzzzzz"}, "data": {}})
    assert tokens.to_prune([ours, other]) == ["abcdef"]


def test_uploaded_certificates_end_with_their_token() -> None:
    owner = {"kind": "Secret", "name": "bootstrap-token-aaaaaa"}
    assert tokens.owners({"metadata": {"ownerReferences": [owner, {"kind": "Secret", "name": "x"}]}}) == [owner["name"]]
    assert tokens.owners(None) == []


def test_documents_with_secrets_are_private_and_gone_afterwards(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with secret_documents.written([{"token": "t"}, "kind: ClusterConfiguration"], folder) as path:
        assert path.stat().st_mode & 0o777 == 0o600 and folder.stat().st_mode & 0o777 == 0o700
        assert list(yaml.safe_load_all(path.read_text(encoding="utf-8"))) == [
            {"token": "t"},
            {"kind": "ClusterConfiguration"},
        ]
    assert list(folder.iterdir()) == []
    (folder / "left.kubeadm.yaml").write_text("token", encoding="utf-8")  # of a run that was killed
    secret_documents.sweep(folder)
    assert list(folder.iterdir()) == []


PREFLIGHT = """\
[preflight] Running pre-flight checks
error execution phase preflight: [preflight] Some fatal errors occurred:
\t[ERROR FileAvailable--etc-kubernetes-kubelet.conf]: /etc/kubernetes/kubelet.conf already exists
\t[ERROR Port-10250]: Port 10250 is in use
[preflight] If you know what you are doing, you can make a check non-fatal with `--ignore-preflight-errors=...`
To see the stack trace of this error execute with --v=5 or higher
"""
WRONG_TOKEN = """\
[preflight] Running pre-flight checks
error execution phase preflight: couldn't validate the identity of the API Server: could not find a JWS signature
To see the stack trace of this error execute with --v=5 or higher
"""


def test_why_kubeadm_failed_is_one_sentence() -> None:
    assert kubeadm_output.why(PREFLIGHT.splitlines()) == (
        "/etc/kubernetes/kubelet.conf already exists (FileAvailable--etc-kubernetes-kubelet.conf); "
        "Port 10250 is in use (Port-10250)"
    )
    assert kubeadm_output.why(WRONG_TOKEN.splitlines()) == (
        "couldn't validate the identity of the API Server: could not find a JWS signature (in the phase preflight)"
    )
    assert kubeadm_output.why(["error: no space left on device"]) == "no space left on device"
    assert kubeadm_output.why(["one", "two", "three", "four"]) == "two; three; four"
    assert kubeadm_output.why([]) == "it said nothing"


def test_the_steps_of_kubeadm_are_told() -> None:
    said = ['[certs] Generating "ca" certificate and key', "", "Your Kubernetes control-plane has initialized"]
    assert kubeadm_output.progress(said) == ['certs: Generating "ca" certificate and key']


def node(name: str, ready: str = "True", version: str = "v1.37.0") -> dict[str, Any]:
    condition = {"type": "Ready", "status": ready, "message": "cni plugin not initialized"}
    addresses = [{"type": "Hostname", "address": name}, {"type": "InternalIP", "address": "10.0.0.11"}]
    status = {"conditions": [condition], "nodeInfo": {"kubeletVersion": version}, "addresses": addresses}
    labels = {"node-role.kubernetes.io/control-plane": ""}
    return {
        "metadata": {"name": name, "uid": "u", "labels": labels},
        "spec": {"podCIDR": "10.244.0.0/24"},
        "status": status,
    }


def workload(kind: str, name: str, ready: int, wanted: int) -> dict[str, Any]:
    status = {"desiredNumberScheduled": wanted, "numberReady": ready, "readyReplicas": ready}
    return {"kind": kind, "metadata": {"name": name}, "spec": {"replicas": wanted}, "status": status}


def test_what_counts_of_a_node() -> None:
    assert node_view(node("cp1")) == {
        **{"name": "cp1", "uid": "u", "ready": True, "version": "1.37.0", "address": "10.0.0.11"},
        **{"control_plane": True, "pod_cidr": "10.244.0.0/24"},
    }
    assert not node_view({"metadata": {"name": "new"}})["ready"]


def test_what_is_unwell_is_said_in_words() -> None:
    nodes = [node("cp1"), node("w1", ready="False"), node("w2", version="v1.36.0")]
    workloads = [workload("DaemonSet", "kube-proxy", 2, 3), workload("Deployment", "coredns", 2, 2)]
    assert unwell(nodes, ["cp1", "w1", "w2", "w3"], "1.37.0", workloads) == [
        "Node w1 is not ready: cni plugin not initialized",
        "Node w2 runs the kubelet 1.36.0, expected 1.37.0",
        "there is no Node w3",
        "DaemonSet kube-proxy in kube-system: 2 of 3 pods are ready",
    ]
    assert unwell(nodes, ["cp1"], "1.37.0", []) == []


def test_a_bridge_has_a_route_to_each_other_node() -> None:
    nodes = [
        {"name": "a", "pod_cidr": "10.244.0.0/24", "address": "10.0.0.11"},
        {"name": "c", "pod_cidr": "10.244.2.0/24", "address": "10.0.0.13"},
        {"name": "b", "pod_cidr": "10.244.1.0/24", "address": "10.0.0.12"},
        {"name": "new", "pod_cidr": "", "address": "10.0.0.14"},
    ]
    wanted = bridge.routes(nodes, "a")
    assert wanted == [bridge.Route("10.244.1.0/24", "10.0.0.12"), bridge.Route("10.244.2.0/24", "10.0.0.13")]
    unit = bridge.unit(wanted)
    assert "ExecStart=/usr/sbin/ip route replace 10.244.1.0/24 via 10.0.0.12\n" in unit
    assert "ExecStop=-/usr/sbin/ip route delete 10.244.1.0/24 via 10.0.0.12\n" in unit
    assert "ExecStart=/bin/true\n" in bridge.unit([])
    shown = (
        '[{"dst":"default","gateway":"10.0.0.1"},{"dst":"10.244.1.0/24","gateway":"10.0.0.12"},{"dst":"10.0.0.0/24"}]'
    )
    assert bridge.present_routes(shown) == wanted[:1] and bridge.present_routes("") == []


def test_a_bridge_takes_its_addresses_from_the_cluster() -> None:
    plugins = json.loads(bridge.config("10.244.0.0/24", mtu=1400))["plugins"]
    assert plugins[0]["ipam"]["ranges"] == [[{"subnet": "10.244.0.0/24"}]] and plugins[0]["mtu"] == 1400
    assert "mtu" not in json.loads(bridge.config("10.244.0.0/24"))["plugins"][0]


#: The shape of Calico's manifest, and nothing else of it.
CALICO = """\
---
# Source: calico/templates/calico-config.yaml
kind: ConfigMap
apiVersion: v1
metadata: {name: calico-config, namespace: kube-system}
data: {veth_mtu: "0", calico_backend: vxlan}
---
kind: DaemonSet
apiVersion: apps/v1
metadata: {name: calico-node, namespace: kube-system}
spec:
  template:
    spec:
      initContainers: [{name: install-cni, env: [{name: CALICO_IPV4POOL_VXLAN, value: untouched}]}]
      containers:
        - name: calico-node
          env:
            - {name: CALICO_IPV4POOL_VXLAN, value: CrossSubnet}
            - {name: FELIX_HEALTHENABLED, value: "true"}
          resources: {requests: {cpu: 250m}}
---
"""


def test_calico_is_changed_as_data() -> None:
    config, agent = calico_manifest(
        CALICO, pod_cidr="10.1.0.0/16", mtu=8951, environment={"FELIX_LOGSEVERITYSCREEN": "Warning"}
    )
    assert config["data"] == {"veth_mtu": "8951", "calico_backend": "vxlan"}
    pod = agent["spec"]["template"]["spec"]
    assert {entry["name"]: entry["value"] for entry in pod["containers"][0]["env"]} == {
        "CALICO_IPV4POOL_VXLAN": "Always",
        "FELIX_HEALTHENABLED": "true",
        "CALICO_IPV4POOL_CIDR": "10.1.0.0/16",
        "IP_AUTODETECTION_METHOD": "kubernetes-internal-ip",
        "FELIX_LOGSEVERITYSCREEN": "Warning",
    }
    assert pod["containers"][0]["resources"]["requests"]["cpu"] == "100m"
    assert pod["initContainers"][0]["env"][0]["value"] == "untouched"


def test_another_manifest_than_the_one_that_was_meant_is_refused() -> None:
    right = hashlib.sha256(CALICO.encode()).hexdigest()
    assert calico_manifest(CALICO, pod_cidr="10.1.0.0/16", sha256=right.upper())
    with pytest.raises(AnsibleFilterError, match=f"the manifest has the SHA-256 {right}, expected {'0' * 64}"):
        calico_manifest(CALICO, pod_cidr="10.1.0.0/16", sha256="0" * 64)
    with pytest.raises(AnsibleFilterError, match=r"lacks a DaemonSet calico-node .* and a ConfigMap calico-config"):
        calico_manifest("kind: Namespace\nmetadata: {name: tigera-operator}\n", pod_cidr="10.1.0.0/16")
    with pytest.raises(AnsibleFilterError, match="pod_cidr is missing; vxlan is 'on', expected Always"):
        calico_manifest(CALICO, vxlan="on")


def test_documents_refuse_a_wish_that_cannot_be() -> None:
    with pytest.raises(AnsibleFilterError, match=r"kubeadm_cluster_version: '1\.37' is not exact"):
        kubeadm_documents({"version": "1.37", "endpoint": "api:6443"})
    documents = kubeadm_documents(
        {"version": "1.37.0", "endpoint": "api:6443", "node_name": "a", "node_address": "10.0.0.1"}
    )
    assert [document["kind"] for document in documents] == [
        *("InitConfiguration", "ClusterConfiguration", "KubeletConfiguration", "KubeProxyConfiguration")
    ]
