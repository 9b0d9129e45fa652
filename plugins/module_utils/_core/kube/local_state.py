# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What kubeadm has left on one machine: a member's files, those of a join that did not end, or none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

#: Each fact and the file or the folder that it is about.
FILES = {
    "kubelet_conf": "/etc/kubernetes/kubelet.conf",
    "admin_conf": "/etc/kubernetes/admin.conf",
    "bootstrap_conf": "/etc/kubernetes/bootstrap-kubelet.conf",
    "kubelet_config": "/var/lib/kubelet/config.yaml",
    "etcd_data": "/var/lib/etcd/member",
}
MANIFESTS = "/etc/kubernetes/manifests"
CA = "/etc/kubernetes/pki/ca.crt"


@dataclass(frozen=True)
class LocalState:
    """`ca_hash` is that of the CA's public key, as `kubeadm join` wants it; empty where there is no CA."""

    kubelet_conf: bool = False
    admin_conf: bool = False
    bootstrap_conf: bool = False
    kubelet_config: bool = False
    etcd_data: bool = False
    manifests: tuple[str, ...] = ()
    ca_hash: str = ""
    kubelet_active: bool = False

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> LocalState:
        """From what `as_dict` gave, on the way through Ansible."""
        known = {name: facts[name] for name in cls.__dataclass_fields__ if name in facts}
        return cls(**{**known, "manifests": tuple(known.get("manifests", ()))})

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "manifests": list(self.manifests)}

    @property
    def half_way(self) -> bool:
        """An `init` or a `join` began and did not end. A CA alone may be one that somebody placed for an `init`."""
        return self.bootstrap_conf or (bool(self.manifests) and not self.kubelet_conf)

    @property
    def runs_api_server(self) -> bool:
        return "kube-apiserver" in self.manifests
