# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples that the documentation shows, for the tests that run them: tests/integration and tests/lab."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tools.prepare import ROOT

PAGES = sorted(
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*/*/README.md")]
)
BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
#: Modules whose examples need a host with Docker, and those that need one without.
DOCKER_MODULES = (
    *("compose_files", "compose_images", "compose_stack", "docker_daemon", "docker_login"),
    *("host_health", "host_health_program"),
)
SYSTEMD_MODULES = ("systemd_app", "systemd_release")
HOST_MODULES = (*DOCKER_MODULES, *SYSTEMD_MODULES)
#: Modules whose examples need a cluster and nodes of certain names: tests/unit/test_kube_examples.py.
CLUSTER_MODULES = tuple(
    sorted(path.stem for prefix in ("k8s_", "kubeadm_") for path in (ROOT / "plugins/modules").glob(f"{prefix}*.py"))
)
#: Plays for such hosts, by their group.
DOCKER_HOSTS, SYSTEMD_HOSTS = "docker_hosts", "systemd_hosts"
_ON_HOSTS = re.compile(rf"^ +hosts: ({DOCKER_HOSTS}|{SYSTEMD_HOSTS})$", re.MULTILINE)
#: Plays for a cluster, by its groups.
_ON_CLUSTERS = re.compile(r"^ +hosts: k8s_\S+$", re.MULTILINE)


def blocks(*languages: str) -> Iterator[tuple[Path, str]]:
    for page in PAGES:
        for block in BLOCK.finditer(page.read_text(encoding="utf-8")):
            if block["language"] in languages:
                yield page, block["text"]


def plays() -> list[tuple[Path, str]]:
    """Plays for the machine itself. In an inventory no pattern follows `hosts:`."""
    found = [(page, text) for page, text in blocks("yaml", "yml") if re.search(r"^ +hosts: \S", text, re.MULTILINE)]
    return [(page, text) for page, text in found if not _ON_HOSTS.search(text) and not _ON_CLUSTERS.search(text)]


def host_plays(group: str) -> list[tuple[Path, str]]:
    found = [(page, text, _ON_HOSTS.search(text)) for page, text in blocks("yaml", "yml")]
    return [(page, text) for page, text, hosts in found if hosts and hosts[1] == group]


def cluster_plays() -> list[tuple[Path, str]]:
    return [(page, text) for page, text in blocks("yaml", "yml") if _ON_CLUSTERS.search(text)]


def task_lists() -> list[tuple[Path, str]]:
    """Tasks without a play around them."""
    found = [(page, text) for page, text in blocks("yaml", "yml") if re.search(r"^- name: ", text, re.MULTILINE)]
    return [(page, text) for page, text in found if "hosts:" not in text]
