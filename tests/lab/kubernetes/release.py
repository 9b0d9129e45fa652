# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Kubernetes the nodes get: the newest supported release where it can be had, else the one built from source."""

from __future__ import annotations

import functools
import os
import re
import urllib.request
from dataclasses import dataclass

from ..hosts import machine_cgroup
from .packages import REVISION
from .programs import VERSION

#: Newest first; what the roles are made for.
SUPPORTED = ("1.37", "1.36", "1.35")
SITE = "https://pkgs.k8s.io/core:/stable:/"
ASK_SECONDS = 5
#: "source" keeps a machine that reaches the internet to the release that is built from source.
ASKED = "SLIPWAY_LAB_KUBERNETES"
#: containerd as these releases want it; Debian's is older.
CONTAINERD = """\
Types: deb
URIs: https://download.docker.com/linux/debian
Suites: trixie
Components: stable
Signed-By: /etc/apt/keyrings/docker.asc
"""
CONTAINERD_KEY = "https://download.docker.com/linux/debian/gpg"


@dataclass(frozen=True)
class Release:
    version: str
    revision: str
    suite: str
    cgroup: int
    own: bool  # built here: packages and images come from the depot
    why: str

    @property
    def minor(self) -> str:
        return self.version.rpartition(".")[0]

    def __str__(self) -> str:
        return f"Kubernetes {self.version}: {self.why}"


@functools.cache
def chosen() -> Release:
    """Asked once in a session, and said."""
    release = _upstream() or Release(VERSION, REVISION, "bookworm", 1, True, f"from Debian's source, as {_obstacle()}")
    print(f"lab: {release}", flush=True)
    return release


def _obstacle() -> str:
    if os.environ.get(ASKED) == "source":
        return f"{ASKED} says so"
    if machine_cgroup() == 1:
        return "newer ones refuse this machine's cgroup v1"
    return "pkgs.k8s.io cannot be reached"


def _upstream() -> Release | None:
    if os.environ.get(ASKED) == "source" or machine_cgroup() == 1:
        return None
    for minor in SUPPORTED:
        try:
            with urllib.request.urlopen(f"{SITE}v{minor}/deb/Packages", timeout=ASK_SECONDS) as answer:
                listing = answer.read().decode()
        except OSError:
            continue
        if newest := newest_of(listing):
            return Release(*newest, "trixie", 2, False, "the newest supported one of pkgs.k8s.io")
    return None


def newest_of(listing: str) -> tuple[str, str] | None:
    """Version and package revision of kubeadm in a repository's list of packages."""
    found = re.findall(r"^Package: kubeadm\nVersion: (\d+)\.(\d+)\.(\d+)-(\S+)$", listing, re.MULTILINE)
    if not found:
        return None
    *numbers, revision = max(found, key=lambda version: (*map(int, version[:3]), version[3]))
    return ".".join(numbers), revision
