# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster leaves on a host beside what `kubeadm reset` removes: rules, interfaces, files, mounts.

What others have there stays, such as the rules of Docker and of a firewall.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch

from .bridge import UNIT

KUBELET_CONFIG = "/var/lib/kubelet/config.yaml"
#: Of folders the contents go: a folder may be a mount, and packages bring some of them.
FOLDERS = (
    "/etc/kubernetes/manifests",
    "/etc/kubernetes/pki",
    "/etc/kubernetes/tmp",
    "/etc/kubernetes/slipway",
    "/var/lib/kubelet",
    "/var/lib/etcd",
    "/var/lib/cni",
    "/var/lib/calico",
    "/run/calico",
    "/run/flannel",
    "/run/kubernetes",
    "/run/slipway",
)
_KUBECONFIGS = ("admin", "super-admin", "kubelet", "bootstrap-kubelet", "controller-manager", "scheduler")
FILES = (*(f"/etc/kubernetes/{name}.conf" for name in _KUBECONFIGS), UNIT)
CNI_FOLDER = "/etc/cni/net.d"
#: Networks of other programs in the same folder.
NOT_OF_A_CLUSTER = ("*podman*", "nerdctl*", ".*")
#: Of the namespaces that containerd makes for pods.
NAMESPACES = "/run/netns"

_CHAIN = re.compile(r"(?:KUBE-|CNI-|cali-|FLANNEL-)")
_TARGET = re.compile(r" -[jg] (?P<chain>\S+)")
_INTERFACE = re.compile(
    r"cni\d+|cali[0-9a-f]{11}|vxlan(?:-v6)?\.calico|wireguard\.cali|flannel(?:-v6)?\.\d+|kube-ipvs0"
)
_TABLE = re.compile(r"table (?P<family>ip6?) (?P<name>kube-proxy)")


@dataclass(frozen=True)
class Leftovers:
    """What of a cluster is on a host. `rules` are the chains by program, such as iptables-nft."""

    kubelet: bool = False
    containers: tuple[str, ...] = ()
    files: tuple[str, ...] = ()  # and folders that are not empty
    interfaces: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    tables: tuple[tuple[str, str], ...] = ()
    rules: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def as_lines(self) -> list[str]:
        """For a person, in the order in which it goes."""
        chains = {program: len(chains) for program, chains in self.rules.items() if chains}
        return [
            *(["the kubelet, which is running"] if self.kubelet else []),
            *([f"{_counted(len(self.containers), 'container')} of pods"] if self.containers else []),
            *self.files,
            *(f"interface {name}" for name in self.interfaces),
            *(f"network namespace {name}" for name in self.namespaces),
            *(f"nftables table {family} {name}" for family, name in self.tables),
            *(f"{_counted(count, 'chain')} of {program}" for program, count in chains.items()),
        ]

    def __bool__(self) -> bool:
        return bool(self.as_lines())


def chains(saved: str) -> tuple[str, ...]:
    """Those of a cluster in what `iptables-save` printed, each with its table."""
    return tuple(f"{table} {chain}" for table, lines in _tables(saved) for chain in _ours(lines))


def removal(saved: str) -> str:
    """For `iptables-restore --noflush`: the cluster's rules and chains go, and all else stays as it is.

    It is one transaction for each table, so there is no moment with half of the rules. A rule of another chain goes
    where it leads to one of ours, or where Calico marked it.
    """
    script: list[str] = []
    for table, lines in _tables(saved):
        ours = set(_ours(lines))
        rules = [line for line in lines if line.startswith("-A ") and _is_foreign_rule_of_ours(line, ours)]
        if ours or rules:
            script += [f"*{table}", *(f":{chain} - [0:0]" for chain in sorted(ours))]
            script += [f"-D {rule[len('-A ') :]}" for rule in rules]
            script += [*(f"-X {chain}" for chain in sorted(ours)), "COMMIT"]
    return "".join(f"{line}\n" for line in script)


def _is_foreign_rule_of_ours(rule: str, ours: set[str]) -> bool:
    if rule.split()[1] in ours:
        return False
    target = _TARGET.search(rule)
    return bool(target and target["chain"] in ours) or '--comment "cali:' in rule


def _tables(saved: str) -> Iterator[tuple[str, list[str]]]:
    name, lines = "", list[str]()
    for line in saved.splitlines():
        if line.startswith("*"):
            name, lines = line[1:], []
        elif line == "COMMIT":
            yield name, lines
        else:
            lines.append(line)


def _ours(lines: Iterable[str]) -> list[str]:
    names = (line[1:].split()[0] for line in lines if line.startswith(":"))
    return [name for name in names if _CHAIN.match(name)]


def interfaces(names: Iterable[str]) -> tuple[str, ...]:
    """Those that the network of a cluster made."""
    return tuple(sorted(name for name in names if _INTERFACE.fullmatch(name)))


def tables(listed: str) -> tuple[tuple[str, str], ...]:
    """Those of kube-proxy in what `nft list tables` printed."""
    return tuple((found["family"], found["name"]) for found in map(_TABLE.fullmatch, listed.splitlines()) if found)


def cni_files(names: Iterable[str]) -> list[str]:
    """What of the folder of CNI's configuration goes."""
    return sorted(name for name in names if not any(fnmatch(name, other) for other in NOT_OF_A_CLUSTER))


def mounts_below(mountinfo: str, folder: str) -> list[str]:
    """The deepest first, of /proc/self/mountinfo. What is in them belongs to somebody else."""
    points = [_unescaped(line.split()[4]) for line in mountinfo.splitlines() if line.strip()]
    below = [point for point in points if point.startswith(f"{folder}/")]
    return sorted(below, key=_depth, reverse=True)


def _depth(path: str) -> tuple[int, str]:
    return (path.count("/"), path)


def _unescaped(path: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), path)


def server_of(kubeconfig: str) -> str:
    """The API server of a kubeconfig as `name:port`."""
    found = re.search(r"^\s*server:\s*[\"']?https://(?P<server>[^\s\"'/]+)", kubeconfig, re.MULTILINE)
    return found["server"] if found else ""


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def words_of_reset(cri_socket: str, kubeconfig: str) -> Sequence[str]:
    """Locally: with a kubeconfig that is not there, kubeadm asks no API server, which may be gone."""
    return ("kubeadm", "reset", "--force", "--cri-socket", cri_socket, "--kubeconfig", kubeconfig)
