# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kubeadm's documents, in the version that its minor reads: what a cluster shall be, and what a host brings to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .versions import Minor, api_version, cri_socket, exact, kubeadm_api, minor_of

#: Files below it are seen by the API server at the same path.
SHARED_FOLDER = "/etc/kubernetes/slipway"
COMPONENTS = ("apiServer", "controllerManager", "scheduler")
_BOOTSTRAP = {
    "usages": ["signing", "authentication"],
    "groups": ["system:bootstrappers:kubeadm:default-node-token"],
}

Document = dict[str, Any]


@dataclass(frozen=True)
class ClusterWish:
    """What is asked for of the cluster as a whole."""

    version: str
    endpoint: str
    name: str = "kubernetes"
    pod_cidr: str = "10.244.0.0/16"
    service_cidr: str = "10.96.0.0/12"
    image_repository: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    api_server_args: Mapping[str, Any] = field(default_factory=dict)
    kubelet_config: Mapping[str, Any] = field(default_factory=dict)
    proxy_config: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[str, ...] = ()

    @property
    def minor(self) -> Minor:
        return minor_of(self.version)


@dataclass(frozen=True)
class NodeWish:
    """What one host brings."""

    name: str
    address: str
    cri_socket: str = "unix:///run/containerd/containerd.sock"
    kubelet_args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Admission:
    """What lets a host join. With a certificate key it becomes a control plane."""

    endpoint: str
    token: str = field(repr=False)
    ca_hash: str = ""
    certificate_key: str = field(default="", repr=False)


def cluster_documents(wish: ClusterWish) -> list[Document]:
    """What all hosts share: ClusterConfiguration, KubeletConfiguration, KubeProxyConfiguration."""
    return [_cluster(wish), _kubelet(wish), _proxy(wish)]


def init_document(wish: ClusterWish, node: NodeWish) -> Document:
    """For the first control plane. The token is added where `init` is run."""
    return {
        **_head("InitConfiguration", wish.minor),
        "localAPIEndpoint": _local_endpoint(wish.endpoint, node),
        "nodeRegistration": _registration(node, wish.minor),
    }


def with_token(init: Document, token: str, seconds: int) -> Document:
    """`init` leaves no token behind that lives for a day: it gets one of ours, which is revoked after it."""
    return {**init, "bootstrapTokens": [{"token": token, "ttl": f"{seconds}s", **_BOOTSTRAP}]}


def upload_document(minor: Minor, socket: str, certificate_key: str) -> Document:
    """For the phase that uploads the certificates of control planes, encrypted with the key."""
    return {
        **_head("InitConfiguration", minor),
        "nodeRegistration": {"criSocket": cri_socket(socket, minor)},
        "certificateKey": certificate_key,
    }


def join_document(admission: Admission, node: NodeWish, minor: Minor, seconds: int) -> Document:
    """`seconds` is how long kubeadm looks for the cluster, and how long it waits for the kubelet to be let in."""
    bootstrap = {
        "apiServerEndpoint": admission.endpoint,
        "token": admission.token,
        "caCertHashes": [admission.ca_hash],
    }
    limit = f"{seconds}s"
    discovery: Document = {"bootstrapToken": bootstrap, "tlsBootstrapToken": admission.token}
    document = {
        **_head("JoinConfiguration", minor),
        "discovery": discovery,
        "nodeRegistration": _registration(node, minor),
    }
    if kubeadm_api(minor) == "v1beta4":
        document["timeouts"] = {"discovery": limit, "tlsBootstrap": limit}
    else:
        discovery["timeout"] = limit
    if admission.certificate_key:
        local = _local_endpoint(admission.endpoint, node)
        document["controlPlane"] = {"localAPIEndpoint": local, "certificateKey": admission.certificate_key}
    return document


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> Document:
    """Dictionaries key by key; everything else is replaced."""
    result = dict(base)
    for key, value in over.items():
        former = result.get(key)
        result[key] = merged(former, value) if isinstance(former, Mapping) and isinstance(value, Mapping) else value
    return result


def arguments(given: Any) -> list[tuple[str, str]]:
    """A component's arguments, from a dictionary or from kubeadm's list; one may be there several times."""
    if isinstance(given, Mapping):
        pairs = [
            (name, each) for name, value in given.items() for each in (value if isinstance(value, list) else [value])
        ]
    else:
        pairs = [(entry["name"], entry.get("value", "")) for entry in given or []]
    return [(str(name), _text(value)) for name, value in pairs]


def spelled(pairs: list[tuple[str, str]], minor: Minor) -> Any:
    """As the minor's kubeadm reads arguments: a list since v1beta4, a dictionary before, with commas between values."""
    if kubeadm_api(minor) == "v1beta4":
        return [{"name": name, "value": value} for name, value in pairs]
    values: dict[str, str] = {}
    for name, value in pairs:
        values[name] = f"{values[name]},{value}" if name in values else value
    return values


def _cluster(wish: ClusterWish) -> Document:
    base = {
        **_head("ClusterConfiguration", wish.minor),
        "clusterName": wish.name,
        "kubernetesVersion": f"v{exact(wish.version)}",
        "controlPlaneEndpoint": wish.endpoint,
        "networking": {"podSubnet": wish.pod_cidr, "serviceSubnet": wish.service_cidr},
    }
    if wish.image_repository:
        base["imageRepository"] = wish.image_repository
    document = merged(base, wish.config)
    _set_api_server(document, wish)
    for component in COMPONENTS:
        section = document.get(component) or {}
        if section.get("extraArgs"):
            pairs = arguments(section["extraArgs"])
            document[component] = {**section, "extraArgs": spelled(pairs, wish.minor)}
    local = (document.get("etcd") or {}).get("local") or {}
    if local.get("extraArgs"):
        pairs = arguments(local["extraArgs"])
        document["etcd"] = {**document["etcd"], "local": {**local, "extraArgs": spelled(pairs, wish.minor)}}
    return document


def _set_api_server(document: Document, wish: ClusterWish) -> None:
    """Its arguments over those of `config`, and the folder of its files."""
    section = dict(document.get("apiServer") or {})
    own = arguments(wish.api_server_args)
    if own:
        named = {name for name, _value in own}
        kept = [pair for pair in arguments(section.get("extraArgs")) if pair[0] not in named]
        section["extraArgs"] = [{"name": name, "value": value} for name, value in kept + own]
    if any(path.startswith(f"{SHARED_FOLDER}/") for path in wish.files):
        others = [volume for volume in section.get("extraVolumes") or [] if volume.get("name") != "slipway"]
        section["extraVolumes"] = [*others, _shared_volume()]
    if section:
        document["apiServer"] = section


def _shared_volume() -> Document:
    place = {"hostPath": SHARED_FOLDER, "mountPath": SHARED_FOLDER}
    return {"name": "slipway", **place, "readOnly": True, "pathType": "DirectoryOrCreate"}


def _kubelet(wish: ClusterWish) -> Document:
    base = {**_head("KubeletConfiguration", wish.minor), "cgroupDriver": "systemd"}
    return merged(base, wish.kubelet_config)


def _proxy(wish: ClusterWish) -> Document:
    base = {**_head("KubeProxyConfiguration", wish.minor), "mode": "iptables"}
    return merged(base, wish.proxy_config)


def _registration(node: NodeWish, minor: Minor) -> Document:
    pairs = arguments({"node-ip": node.address, **node.kubelet_args})
    return {
        "name": node.name,
        "criSocket": cri_socket(node.cri_socket, minor),
        "kubeletExtraArgs": spelled(pairs, minor),
    }


def _local_endpoint(endpoint: str, node: NodeWish) -> Document:
    return {"advertiseAddress": node.address, "bindPort": port_of(endpoint)}


def port_of(endpoint: str) -> int:
    _name, _colon, port = endpoint.rpartition(":")
    return int(port)


def _head(kind: str, minor: Minor) -> Document:
    return {"apiVersion": api_version(kind, minor), "kind": kind}


def _text(value: Any) -> str:
    """As a program reads it: `true`, and not Python's `True`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
