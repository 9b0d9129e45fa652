# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read what kubeadm has left on this machine."""

from __future__ import annotations

from pathlib import Path

from ..._core.kube.ca_hash import CertificateError, ca_hash
from ..._core.kube.local_state import CA, FILES, MANIFESTS, LocalState
from ..systemd.systemctl import states


def read(root: Path = Path("/")) -> LocalState:
    """Of the machine whose files are below `root`."""
    manifests = sorted(path.stem for path in (root / MANIFESTS.lstrip("/")).glob("*.yaml"))
    there = {name: (root / path.lstrip("/")).exists() for name, path in FILES.items()}
    return LocalState(
        kubelet_conf=there["kubelet_conf"],
        admin_conf=there["admin_conf"],
        bootstrap_conf=there["bootstrap_conf"],
        kubelet_config=there["kubelet_config"],
        etcd_data=there["etcd_data"],
        manifests=tuple(manifests),
        ca_hash=_ca_hash(root / CA.lstrip("/")),
        kubelet_active=_kubelet_active(),
    )


def _ca_hash(certificate: Path) -> str:
    try:
        return ca_hash(certificate.read_text(encoding="utf-8", errors="replace"))
    except (FileNotFoundError, CertificateError):
        return ""


def _kubelet_active() -> bool:
    try:
        return states(["kubelet.service"])["kubelet.service"].active == "active"
    except OSError:  # no systemd: nothing that it runs
        return False
