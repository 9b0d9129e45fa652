# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs as Debian packages, in a repository laid out and signed as pkgs.k8s.io's is."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from .. import engine
from .programs import RECIPE, VERSION

REVISION = "1.1"
#: What the real packages of this minor depend on; versions of the stand-ins are those that it asks for at least.
KUBELET_NEEDS = (
    "iptables (>= 1.4.21), kubernetes-cni (>= 0.8.7), iproute2 (>= 0), socat, util-linux, mount, ebtables, ethtool, "
    "conntrack"
)
#: Long ago, so that a host whose clock is wrong still takes the repository for one of today.
DATE, STAMP = "Wed, 13 Jan 2021 00:00:00 UTC", "20210113T000000"


@dataclass(frozen=True)
class Package:
    name: str
    version: str
    depends: str
    files: dict[str, Path]  # place on the host: file here, or a folder of files
    scripts: dict[str, Path] = field(default_factory=dict)

    def control(self) -> str:
        return (
            f"Package: {self.name}\nVersion: {self.version}-{REVISION}\nArchitecture: amd64\nSection: admin\n"
            f"Priority: optional\nMaintainer: slipway.containers' lab <lab@localhost>\n"
            f"{f'Depends: {self.depends}' if self.depends else 'Multi-Arch: foreign'}\n"
            f"Description: {self.name} for tests, not the official build\n"
        )

    def build(self, folder: Path) -> Path:
        deb = folder / "amd64" / f"{self.name}_{self.version}-{REVISION}_amd64.deb"
        deb.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=engine.HOME) as made:
            root = Path(made, "root")
            for place, source in self.files.items():
                target = root / place.lstrip("/")
                target.parent.mkdir(parents=True, exist_ok=True)
                (shutil.copytree if source.is_dir() else shutil.copy2)(source, target)
            (root / "DEBIAN").mkdir(mode=0o755, parents=True)
            (root / "DEBIAN/control").write_text(self.control(), encoding="utf-8")
            for name, script in self.scripts.items():
                shutil.copy2(script, root / "DEBIAN" / name)
                (root / "DEBIAN" / name).chmod(0o755)
            root.chmod(0o755)
            pack = ["dpkg-deb", "-Zgzip", "-z1", "--root-owner-group", "--build", root, deb]
            subprocess.run(pack, check=True, capture_output=True)
        return deb


def wanted(programs: Path, plugins: Path) -> list[Package]:
    """What pkgs.k8s.io has for a minor; `plugins` is a folder with CNI plugins."""
    recipe = RECIPE / "packages"
    return [
        Package("kubectl", VERSION, "", {"/usr/bin/kubectl": programs / "kubectl"}),
        Package("cri-tools", "1.20.0", "", {"/usr/bin/crictl": programs / "crictl"}),
        Package("kubernetes-cni", "1.1.1", "", {"/opt/cni/bin": plugins}),
        Package(
            "kubelet",
            VERSION,
            KUBELET_NEEDS,
            {
                "/usr/bin/kubelet": programs / "kubelet",
                "/lib/systemd/system/kubelet.service": recipe / "kubelet.service",
            },
            {"postinst": recipe / "kubelet.postinst"},
        ),
        Package(
            "kubeadm",
            VERSION,
            "kubelet (>= 1.19.0), kubectl (>= 1.19.0), kubernetes-cni (>= 0.8.7), cri-tools (>= 1.13.0)",
            {
                "/usr/bin/kubeadm": programs / "kubeadm",
                "/etc/systemd/system/kubelet.service.d/10-kubeadm.conf": recipe / "10-kubeadm.conf",
            },
            {"postinst": recipe / "kubeadm.postinst"},
        ),
    ]


def lay_out(site: Path, packages: list[Package]) -> Path:
    """A repository of one minor below `site`: /core:/stable:/v1.20/deb/, with its key beside it."""
    minor = VERSION.rpartition(".")[0]
    folder = site / "core:" / "stable:" / f"v{minor}" / "deb"
    folder.mkdir(parents=True)
    listing = "".join(_entry(package, package.build(folder), folder) for package in packages)
    (folder / "Packages").write_text(listing, encoding="utf-8")
    (folder / "Packages.gz").write_bytes(gzip.compress(listing.encode(), mtime=0))
    (folder / "Release").write_text(_release(folder, minor), encoding="utf-8")
    _sign(folder)
    return folder


def _entry(package: Package, deb: Path, folder: Path) -> str:
    content = deb.read_bytes()
    return (
        f"{package.control()}Filename: {deb.relative_to(folder)}\nSize: {len(content)}\n"
        f"SHA256: {hashlib.sha256(content).hexdigest()}\n\n"
    )


def _release(folder: Path, minor: str) -> str:
    files = [(name, (folder / name).read_bytes()) for name in ("Packages", "Packages.gz")]
    sums = "".join(f" {hashlib.sha256(content).hexdigest()} {len(content)} {name}\n" for name, content in files)
    label = f"isv:kubernetes:core:stable:v{minor}"
    return f"Origin: lab\nLabel: {label}\nDate: {DATE}\nArchitectures: amd64\nSHA256:\n{sums}"


def _sign(folder: Path) -> None:
    """With a key of the lab's own, made for this repository and thrown away."""
    engine.apt_install({"gpg": "gpg", "gpg-agent": "gpg-agent"})
    with tempfile.TemporaryDirectory(prefix="gpg-", dir="/tmp") as home:  # an agent's socket has a short path
        gpg = ["gpg", "--homedir", home, "--batch", "--yes", "--quiet", "--faked-system-time", STAMP]

        def call(*words: str | Path) -> None:
            subprocess.run([*gpg, *words], check=True, capture_output=True, env={**os.environ, "LC_ALL": "C"})

        try:
            call("--passphrase", "", "--quick-generate-key", "slipway.containers' lab", "rsa2048", "sign", "never")
            call("--armor", "--output", folder / "Release.key", "--export")
            call("--output", folder / "InRelease", "--clearsign", folder / "Release")
            call("--armor", "--output", folder / "Release.gpg", "--detach-sign", folder / "Release")
        finally:
            subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False, capture_output=True)
