# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps machines from being nodes: all of it for all of them, before anything is changed.

Sources: kubeadm's preflight checks (processors, memory, ports), the support matrix of containerd, and Kubernetes' notes
on control groups version 1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..findings import ERROR, WARNING, Finding, report, worst_first
from . import containerd, toml
from .versions import TARGETS, Minor, VersionError, exact, minor_of

MIB = 1024 * 1024
CONTROL_PLANE, WORKER = "control_plane", "worker"
#: The oldest release of each distribution whose Python and apt will do.
SYSTEMS = {"debian": ("Debian", 11.0), "ubuntu": ("Ubuntu", 22.04)}
ARCHITECTURES = ("x86_64", "aarch64")
#: What a machine needs at least, where the user says nothing else.
MINIMUMS: dict[str, dict[str, int]] = {
    CONTROL_PLANE: {"cpus": 2, "memory_mib": 1700, "disk_mib": 4096},
    WORKER: {"cpus": 1, "memory_mib": 700, "disk_mib": 2048},
}
#: Less than this on a disk of a node that runs, and nothing can be written down any more.
_FULL_MIB = 64
#: Who listens where on a node; the names as the kernel cuts them.
PORTS = {
    CONTROL_PLANE: {
        **{6443: "kube-apiserver", 2379: "etcd", 2380: "etcd", 10250: "kubelet"},
        **{10257: "kube-controller", 10259: "kube-scheduler"},
    },
    WORKER: {10250: "kubelet"},
}
#: Since when a kubelet refuses control groups version 1 unless it is told not to.
_NO_CGROUP_V1 = Minor(1, 35)


class RequestError(ValueError):
    """What the user asks of machines is not understood; all of it."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Limits:
    """What is asked of all machines. `now` is when the controller judges; None leaves the time out."""

    minimums: Mapping[str, Mapping[str, int]]
    max_clock_skew_seconds: float = 60.0
    now: float | None = None


@dataclass(frozen=True)
class Seen:
    """Something that is wrong with one machine. Equal ones of several are said once."""

    rule: str
    message: str
    hint: str = ""
    severity: str = ERROR


Machine = Mapping[str, Any]


def minimums(given: Any) -> dict[str, dict[str, int]]:
    """The minimums with the user's over them."""
    place = "kubeadm_node_minimums"
    if not isinstance(given, Mapping):
        raise RequestError([f"{place}: found {given!r}, expected a mapping of roles"])
    problems = []
    for role, said in given.items():
        if role not in MINIMUMS or not isinstance(said, Mapping):
            problems.append(f"{place}.{role}: found {said!r}, expected control_plane and worker, as mappings")
            continue
        for key, value in said.items():
            if key not in MINIMUMS[role] or isinstance(value, bool) or not isinstance(value, int):
                known = ", ".join(MINIMUMS[role])
                problems.append(f"{place}.{role}.{key}: found {value!r}, expected {known}, as numbers")
    if problems:
        raise RequestError(problems)
    return {role: {**known, **given.get(role, {})} for role, known in MINIMUMS.items()}


def settings(given_minimums: Any, mirrors: Any, containerd_extra: Any) -> list[Finding]:
    """What is wrong with options that are the same for all machines."""
    problems: list[str] = []
    try:
        minimums(given_minimums)
    except RequestError as error:
        problems += error.problems
    try:
        containerd.hosts_files(mirrors)
    except containerd.ContainerdError as error:
        problems += error.problems
    place = "kubeadm_node_containerd_config"
    if isinstance(containerd_extra, Mapping):
        try:
            toml.written(containerd.merged({}, containerd_extra))
        except toml.TomlError as error:
            problems.append(f"{place}.{error}")
    else:
        problems.append(f"{place}: found {containerd_extra!r}, expected a mapping")
    return [Finding("setting", ERROR, "", problem) for problem in problems]


def check(machines: Sequence[Machine], limits: Limits) -> list[Finding]:
    """The findings of all machines, worst first. `machines` are results of the module kubeadm_node_info."""
    by_host = {str(machine["host"]): machine for machine in machines}
    seen: dict[Seen, list[str]] = {}
    for host, machine in by_host.items():
        for one in _of_one(machine, limits):
            seen.setdefault(one, []).append(host)
    for one, hosts in _of_all(by_host):
        seen.setdefault(one, []).extend(hosts)
    findings = [Finding(one.rule, one.severity, ", ".join(hosts), one.message, one.hint) for one, hosts in seen.items()]
    return worst_first(findings)


def message(errors: Sequence[Finding]) -> str:
    """One text for all; '' where there are none."""
    return report(errors, "Nothing was changed, since not all machines can be nodes") if errors else ""


def _of_one(machine: Machine, limits: Limits) -> Iterator[Seen]:
    wanted = machine["wanted"]
    try:
        exact(wanted["version"])
        minor = minor_of(wanted["version"])
    except VersionError as problem:
        yield Seen("version", f"kubeadm_node_version: {problem}")
        return
    if minor not in TARGETS:
        targets = ", ".join(str(target) for target in TARGETS)
        said = f"Kubernetes {minor} is not one of those that this role is made for: {targets}"
        yield Seen("version-target", said, severity=WARNING)
    yield from _system(machine)
    yield from _resources(machine, limits.minimums[wanted["role"]])
    yield from _kernel(machine, minor)
    yield from _clock(machine, limits)
    yield from _ports(machine)
    yield from _installed(machine, minor)
    yield from (Seen("left-alone", sentence, severity=WARNING) for sentence in machine["left_alone"])


def _system(machine: Machine) -> Iterator[Seen]:
    system = machine["os"]
    known = SYSTEMS.get(system["id"])
    if known is None or (system["version"] and _number(system["version"]) < known[1]):
        expected = " or ".join(f"{name} {version:g} or newer" for name, version in SYSTEMS.values())
        yield Seen("operating-system", f"found {system['name']}, expected {expected}")
    if machine["architecture"] not in ARCHITECTURES:
        yield Seen("architecture", f"found {machine['architecture']}, expected {' or '.join(ARCHITECTURES)}")
    if not machine["machine_id"]:
        yield Seen("machine-id", "/etc/machine-id is empty", "systemd-machine-id-setup makes one")


def _number(text: str) -> float:
    found = re.match(r"\d+(?:\.\d+)?", text)
    return float(found[0]) if found else 0.0


def _resources(machine: Machine, least: Mapping[str, int]) -> Iterator[Seen]:
    role = machine["wanted"]["role"]
    of_role = f"for a {role.replace('_', ' ')} (kubeadm_node_minimums.{role}"
    if machine["cpus"] < least["cpus"]:
        yield Seen("processors", f"found {machine['cpus']} CPU, expected {least['cpus']} or more {of_role}.cpus)")
    memory = machine["memory_bytes"] // MIB
    if memory < least["memory_mib"]:
        yield Seen(
            "memory", f"found {memory} MiB of memory, expected {least['memory_mib']} or more {of_role}.memory_mib)"
        )
    needed = _FULL_MIB if _member(machine) else least["disk_mib"]
    for disk in machine["disks"]:
        free = disk["free_bytes"] // MIB
        if free < needed:
            said = f"found {free} MiB free for {' and '.join(disk['paths'])}, expected {needed} or more"
            yield Seen("disk", said if _member(machine) else f"{said} {of_role}.disk_mib)", "free or add space")


def _member(machine: Machine) -> bool:
    return bool(machine["state"]["kubelet_conf"])


def _kernel(machine: Machine, minor: Minor) -> Iterator[Seen]:
    if machine["cgroup_version"] < 2 and minor >= _NO_CGROUP_V1:
        yield Seen(
            "cgroup",
            f"found control groups version 1; the kubelet of Kubernetes {minor} needs version 2",
            "the kernel's parameter systemd.unified_cgroup_hierarchy=1 and a reboot, or a newer release of the system",
        )
    missing = [name for name, there in machine["modules"].items() if not there]
    if machine["container"] and missing:
        yield Seen(
            "kernel-modules",
            f"found no kernel module {' and '.join(missing)}, and a container can load none",
            "load it on the machine beneath",
        )


def _clock(machine: Machine, limits: Limits) -> Iterator[Seen]:
    """The machine was asked at some time between `asked_at` and now: what is certain of the difference counts."""
    clock = machine["clock"]
    if limits.now is None or clock["asked_at"] is None:
        return
    ahead, behind = clock["epoch"] - limits.now, clock["asked_at"] - clock["epoch"]
    for seconds, word in ((ahead, "ahead of"), (behind, "behind")):
        if seconds > limits.max_clock_skew_seconds:
            yield Seen(
                "clock",
                f"its clock is {_time(seconds)} {word} the controller's, expected at most"
                f" {limits.max_clock_skew_seconds:g} s (kubeadm_node_max_clock_skew_seconds)",
                "certificates and tokens would not be valid yet, or no longer: let chrony or systemd-timesyncd set it",
            )


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _ports(machine: Machine) -> Iterator[Seen]:
    """Those of a node, held by somebody else. What an earlier run left of itself is in nobody's way here."""
    for port, owner in PORTS[machine["wanted"]["role"]].items():
        others = [
            busy["holder"] for busy in machine["ports"] if busy["port"] == port and not _is(busy["holder"], owner)
        ]
        if others:
            yield Seen(
                "port", f"port {port} is in use by {others[0] or 'another process'}, expected it free for {owner}"
            )


def _is(holder: str, owner: str) -> bool:
    return holder.partition(" (pid ")[0] == owner


def _installed(machine: Machine, minor: Minor) -> Iterator[Seen]:
    wanted, found = machine["wanted"], machine["packages"].get("kubelet", "")
    if _member(machine) and found and exact_or_empty(found) != exact(wanted["version"]):
        yield Seen(
            "upgrade",
            f"runs the kubelet {found} as a node of a cluster, and kubeadm_node_version is {wanted['version']}",
            "this role changes no version under a kubelet that runs: an upgrade drains the node and goes in an order",
        )
    runtime = containerd.version_of(machine["containerd"]["version"] or machine["containerd"]["candidate"])
    lines = containerd.lines_tested(minor)
    if runtime and not containerd.is_tested(runtime, lines):
        yield Seen(
            "containerd-version",
            f"Kubernetes {minor} was not tested with containerd {containerd.text_of(runtime)}, but with "
            f"{' or '.join(containerd.text_of(line) for line in lines)}, and newer of the same line",
            "kubeadm_node_containerd_package names another package",
            WARNING,
        )


def exact_or_empty(version: str) -> str:
    try:
        return exact(version)
    except VersionError:
        return ""


def _of_all(machines: Mapping[str, Machine]) -> Iterator[tuple[Seen, list[str]]]:
    """What must be different on each machine, and is not."""
    readers: dict[str, tuple[Callable[[Machine], str], str]] = {
        "hostname": (lambda machine: str(machine["hostname"]).lower(), "hostnamectl set-hostname gives another"),
        "machine-id": (
            lambda machine: str(machine["machine_id"]),
            "copies of one image have it in common: remove /etc/machine-id and /var/lib/dbus/machine-id, "
            "run systemd-machine-id-setup, reboot",
        ),
    }
    for name, (read, hint) in readers.items():
        having: dict[str, list[str]] = {}
        for host, machine in machines.items():
            having.setdefault(read(machine), []).append(host)
        for value, hosts in having.items():
            if value and len(hosts) > 1:
                yield Seen(name, f"have the same {name} '{value}', expected one of its own on each", hint), hosts
