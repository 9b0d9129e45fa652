# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the wish for a cluster, before any host is touched: every problem in one sentence."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .documents import ClusterWish
from .versions import VersionError, exact, minor_of

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_ENDPOINT = re.compile(rf"{_NAME.pattern}:\d{{1,5}}")
_OWN_KEYS = {
    "kubernetesVersion": "kubeadm_cluster_version",
    "controlPlaneEndpoint": "kubeadm_cluster_endpoint",
    "clusterName": "kubeadm_cluster_name",
    "apiVersion": "kubeadm_cluster_version",
}
#: kubeadm takes no name that is longer.
_NAME_LENGTH = 253
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


def wish_problems(wish: ClusterWish) -> Iterator[str]:
    """Of the variables of the role."""
    try:
        minor_of(wish.version)
        exact(wish.version)
    except VersionError as error:
        yield f"kubeadm_cluster_version: {error}"
    if not _ENDPOINT.fullmatch(wish.endpoint):
        yield (
            f"kubeadm_cluster_endpoint: found '{wish.endpoint}', "
            "expected a name in lower case and a port, such as api.shop.internal:6443"
        )
    yield from _network_problems(wish)
    for name in wish.api_server_args:
        if str(name).startswith("-"):
            yield f"kubeadm_cluster_api_server_args: found '{name}', expected '{str(name).lstrip('-')}' without dashes"
    for key, variable in _OWN_KEYS.items():
        if key in wish.config:
            yield f"kubeadm_cluster_config: found {key}, expected it in {variable}"
    for key in ("podSubnet", "serviceSubnet"):
        if key in (wish.config.get("networking") or {}):
            variable = "kubeadm_cluster_pod_cidr" if key == "podSubnet" else "kubeadm_cluster_service_cidr"
            yield f"kubeadm_cluster_config: found networking.{key}, expected it in {variable}"
    for path in wish.files:
        if not path.startswith("/"):
            yield f"kubeadm_cluster_files: found the path '{path}', expected an absolute one"


def node_problems(names: Mapping[str, str], addresses: Mapping[str, str], wish: ClusterWish) -> Iterator[str]:
    """Of names and addresses of nodes, by their hosts."""
    for host, name in names.items():
        if not _NAME.fullmatch(name) or len(name) > _NAME_LENGTH:
            yield (
                f"{host}: kubeadm_cluster_node_name is '{name}', expected lower case letters, digits, dots and hyphens"
            )
    yield from _twice("kubeadm_cluster_node_name", names)
    yield from _twice("kubeadm_cluster_node_address", addresses)
    ranges = [(what, network) for what, text in _ranges(wish) for network in [_network(text)] if network]
    for host, text in addresses.items():
        address = _address(text)
        if address is None:
            yield f"{host}: kubeadm_cluster_node_address is '{text}', expected an IPv4 address"
            continue
        for what, network in ranges:
            if address in network:
                yield f"{host}: its address {text} lies in {what} {network}, which is for the cluster alone"


def network_problems(network: str, manifest: Mapping[str, Any]) -> Iterator[str]:
    """Calico's manifest is not part of this collection: it is named so that it can only be that one."""
    variable = "kubeadm_cluster_network_manifest"
    if network != "calico" or manifest.get("file"):
        return
    if not (manifest.get("url") or manifest.get("version")):
        yield f"{variable}: found neither file, url nor version, expected one of them for the network calico"
    if not _SHA256.fullmatch(str(manifest.get("sha256") or "")):
        found = manifest.get("sha256") or "nothing"
        yield f"{variable}.sha256: found {found}, expected the SHA-256 of the manifest that is fetched, 64 digits"


def _twice(what: str, found: Mapping[str, str]) -> Iterator[str]:
    hosts: dict[str, list[str]] = {}
    for host, value in found.items():
        hosts.setdefault(value, []).append(host)
    for value, several in hosts.items():
        if len(several) > 1:
            yield f"{' and '.join(several)} have the same {what} {value}, expected one for each host"


def _network_problems(wish: ClusterWish) -> Iterator[str]:
    found = []
    for variable, text in _ranges(wish):
        network = _network(text)
        if network is None:
            yield f"{variable}: found '{text}', expected a range of IPv4 addresses such as 10.244.0.0/16"
        else:
            found.append(network)
    if len(found) > 1 and found[0].overlaps(found[1]):
        yield (
            f"kubeadm_cluster_pod_cidr {found[0]} and kubeadm_cluster_service_cidr {found[1]} overlap, "
            "expected ranges of their own"
        )


def _ranges(wish: ClusterWish) -> Iterable[tuple[str, str]]:
    return (("kubeadm_cluster_pod_cidr", wish.pod_cidr), ("kubeadm_cluster_service_cidr", wish.service_cidr))


def _network(text: str) -> ipaddress.IPv4Network | None:
    try:
        return ipaddress.IPv4Network(text)
    except ValueError:
        return None


def _address(text: str) -> ipaddress.IPv4Address | None:
    try:
        return ipaddress.IPv4Address(text)
    except ValueError:
        return None
