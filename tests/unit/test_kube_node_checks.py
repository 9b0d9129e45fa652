# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps machines from being nodes, and what files and programs of a machine say."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.slipway.containers.plugins.filter.kubeadm_node_problems import kubeadm_node_problems
from ansible_collections.slipway.containers.plugins.module_utils._core.kube import node_facts, node_kernel
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.node_kernel import MARK, Kernel, Setting

GIB = 1024**3
NOW = 1_795_300_000.0
MACHINE: dict[str, Any] = {
    "host": "a",
    "wanted": {"version": "1.37.0", "role": "control_plane"},
    "clock": {"epoch": NOW - 1, "asked_at": NOW - 2},
    "os": {"id": "debian", "version": "13", "name": "Debian GNU/Linux 13 (trixie)"},
    "architecture": "x86_64",
    "container": "",
    "hostname": "a",
    "machine_id": "a" * 32,
    "cpus": 2,
    "memory_bytes": 4 * GIB,
    "disks": [{"paths": ["/var/lib/containerd", "/var/lib/etcd"], "free_bytes": 20 * GIB}],
    "cgroup_version": 2,
    "modules": {"overlay": False, "br_netfilter": False},
    "ports": [],
    "state": {"kubelet_conf": False},
    "packages": {},
    "containerd": {"version": "2.3.1", "candidate": "", "outdated": False},
    "left_alone": [],
}


def machine(name: str = "a", **changed: Any) -> dict[str, Any]:
    own = {"host": name, "hostname": name, "machine_id": name * 32}
    found = copy.deepcopy({**MACHINE, **own})
    for path, value in changed.items():
        *parents, last = path.split("__")
        place = found
        for parent in parents:
            place = place[parent]
        place[last] = value
    return found


def judged(*machines: dict[str, Any], **options: Any) -> dict[str, Any]:
    return kubeadm_node_problems(list(machines), **{"now": NOW, **options})


def errors(*machines: dict[str, Any], **options: Any) -> list[tuple[str, str]]:
    return [(said["path"], said["rule"]) for said in judged(*machines, **options)["errors"]]


def test_machines_that_can_be_nodes_have_no_problems() -> None:
    found = judged(machine(), machine("b", wanted__role="worker", cpus=1, memory_bytes=GIB))
    assert found == {"errors": [], "warnings": [], "message": "", "remarks": []}


@pytest.mark.parametrize(
    ("rule", "changed"),
    [
        ("version", {"wanted__version": "1.37"}),
        ("version", {"wanted__version": "newest"}),
        ("operating-system", {"os": {"id": "rocky", "version": "9.4", "name": "Rocky Linux 9.4"}}),
        ("operating-system", {"os": {"id": "debian", "version": "10", "name": "Debian 10"}}),
        ("operating-system", {"os": {"id": "ubuntu", "version": "20.04", "name": "Ubuntu 20.04"}}),
        ("architecture", {"architecture": "armv7l"}),
        ("machine-id", {"machine_id": ""}),
        ("processors", {"cpus": 1}),
        ("memory", {"memory_bytes": GIB}),
        ("disk", {"disks": [{"paths": ["/var/lib/etcd"], "free_bytes": GIB}]}),
        ("cgroup", {"cgroup_version": 1}),
        ("kernel-modules", {"container": "docker"}),
        ("clock", {"clock__epoch": NOW + 3600}),
        ("clock", {"clock__epoch": NOW - 3600}),
        ("port", {"ports": [{"port": 6443, "address": "::", "holder": "nginx (pid 9)"}]}),
        ("port", {"ports": [{"port": 10250, "address": "::", "holder": ""}]}),
        ("upgrade", {"state__kubelet_conf": True, "packages": {"kubelet": "1.36.2-1.1"}}),
        ("disk", {"state__kubelet_conf": True, "disks": [{"paths": ["/var/lib/etcd"], "free_bytes": 1024}]}),
    ],
)
def test_each_problem_is_found(rule: str, changed: dict[str, Any]) -> None:
    assert errors(machine(**changed)) == [("a", rule)]


@pytest.mark.parametrize(
    "changed",
    [
        {"os": {"id": "debian", "version": "", "name": "Debian GNU/Linux forky/sid"}},
        {"os": {"id": "ubuntu", "version": "22.04", "name": "Ubuntu 22.04"}},
        {"cgroup_version": 1, "wanted__version": "1.34.2"},
        {"container": "docker", "modules": {"overlay": True, "br_netfilter": True}},
        # It took half an hour until the machine was asked, or until the controller got to judge.
        {"clock": {"epoch": NOW - 1, "asked_at": NOW - 1800}},
        {"clock": {"epoch": NOW - 1800, "asked_at": NOW - 1801}},
        {"clock": {"epoch": 0.0, "asked_at": None}},
        {"ports": [{"port": 10250, "address": "::", "holder": "kubelet (pid 9)"}]},
        {"ports": [{"port": 6443, "address": "::", "holder": "kube-apiserver (pid 9)"}]},
        {"ports": [{"port": 6443, "address": "::", "holder": "nginx (pid 9)"}], "wanted__role": "worker"},
        {"packages": {"kubelet": "1.36.2-1.1"}},
        {"state__kubelet_conf": True, "packages": {"kubelet": "1.37.0-1.1"}},
        {"state__kubelet_conf": True, "disks": [{"paths": ["/var/lib/etcd"], "free_bytes": GIB}]},
        {"cpus": 1, "wanted__role": "worker"},
    ],
)
def test_what_is_no_problem(changed: dict[str, Any]) -> None:
    assert errors(machine(**changed)) == []


def test_names_and_ids_are_unique() -> None:
    same = machine("b", hostname="A", machine_id="a" * 32)
    assert errors(machine(), same, machine("c")) == [("a, b", "hostname"), ("a, b", "machine-id")]


def test_what_is_the_same_of_several_machines_is_said_once() -> None:
    found = judged(machine(cpus=1), machine("b", cpus=1), machine("c", cpus=1, wanted__role="worker"))
    assert found["message"] == (
        "Nothing was changed, since not all machines can be nodes: 1 problem.\n"
        "- a, b: found 1 CPU, expected 2 or more for a control plane (kubeadm_node_minimums.control_plane.cpus) "
        "[processors]"
    )


def test_the_time_is_said_in_words() -> None:
    found = judged(machine(clock__epoch=NOW + 3600))["message"]
    assert "a: its clock is 60 min ahead of the controller's, expected at most 60 s" in found
    assert "119 s behind" in judged(machine(clock={"epoch": NOW - 121, "asked_at": NOW - 2}))["message"]
    assert errors(machine(clock__epoch=NOW + 3600), max_clock_skew_seconds=7200) == []
    assert errors(machine(clock__epoch=NOW + 3600), now=None) == []


def test_minimums_are_merged_over_the_roles() -> None:
    worker = machine(wanted__role="worker", cpus=1)
    assert errors(worker, minimums={"worker": {"cpus": 2}}) == [("a", "processors")]
    assert errors(machine(cpus=1), minimums={"control_plane": {"cpus": 1}, "worker": {"cpus": 8}}) == []


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"wanted__version": "1.34.2"}, "version-target"),
        ({"wanted__version": "1.38.0"}, "version-target"),
        ({"containerd": {"version": "1.7.28", "candidate": ""}}, "containerd-version"),
        ({"containerd": {"version": "", "candidate": "1.6.20~ds1-1+deb12u3"}}, "containerd-version"),
    ],
)
def test_remarks_stop_nothing(changed: dict[str, Any], rule: str) -> None:
    found = judged(machine(**changed))
    assert [said["rule"] for said in found["warnings"]] == [rule]
    assert found["errors"] == [] and found["message"] == ""


def test_what_containers_leave_alone_is_a_remark() -> None:
    said = "swap: it is in use; and so on"
    found = judged(machine(left_alone=[said]), machine("b", left_alone=[said]))
    assert found["remarks"] == [f"a, b: {said} [left-alone]"]


def test_settings_are_judged_before_machines() -> None:
    found = judged(
        machine(cpus=1),
        minimums={"worker": {"cpu": 1, "cpus": "2"}, "master": {}},
        registry_mirrors=[{"registry": "a b"}],
        containerd_config={"debug": {"levels": [None]}},
    )
    assert [said["message"] for said in found["errors"]] == [
        "kubeadm_node_minimums.worker.cpu: found 1, expected cpus, memory_mib, disk_mib, as numbers",
        "kubeadm_node_minimums.worker.cpus: found '2', expected cpus, memory_mib, disk_mib, as numbers",
        "kubeadm_node_minimums.master: found {}, expected control_plane and worker, as mappings",
        "kubeadm_node_registry_mirrors[0].registry: found 'a b', expected a name as images have it, such as "
        "registry.k8s.io",
        "kubeadm_node_containerd_config.debug.levels: found null, expected text, a number, true or false, a list or a "
        "mapping",
    ]
    mistaken = judged(minimums=[], registry_mirrors={}, containerd_config=[])
    assert len(mistaken["errors"]) == 3


def test_a_result_of_a_skipped_task_is_no_machine() -> None:
    assert errors({"changed": False, "skipped": True}, machine()) == []
    with pytest.raises(AnsibleFilterError, match="expected a list of results of kubeadm_node_info"):
        kubeadm_node_problems({"a": machine()})


def test_os_release() -> None:
    text = "PRETTY_NAME=\"Ubuntu 24.04.1 LTS\"\nID=ubuntu\n# a comment\nVERSION_ID='24.04'\nVERSION_CODENAME=noble\n"
    said = {"id": "ubuntu", "version": "24.04", "codename": "noble", "name": "Ubuntu 24.04.1 LTS"}
    assert node_facts.os_release(text) == said
    assert node_facts.os_release("") == {"id": "", "version": "", "codename": "", "name": "an unknown system"}


def test_swaps() -> None:
    text = "Filename\tType\tSize\tUsed\tPriority\n/dev/sda2  partition\t1048572\t0\t-2\n"
    assert node_facts.swaps(text) == [{"name": "/dev/sda2", "size_bytes": 1048572 * 1024}]
    assert node_facts.swaps("Filename\tType\tSize\tUsed\tPriority\n") == []


@pytest.mark.parametrize(
    ("marker", "environ", "kind"),
    [("docker\n", "", "docker"), ("", "PATH=/bin\0container=lxc\0", "lxc"), ("", "PATH=/bin\0", ""), ("", "", "")],
)
def test_containers_are_known(marker: str, environ: str, kind: str) -> None:
    assert node_facts.container(marker, environ) == kind


def test_modules_are_known_by_what_they_do_or_by_name() -> None:
    both = {"overlay": True, "br_netfilter": True}
    assert node_facts.modules("nodev\ttmpfs\nnodev\toverlay\n", (), True) == both
    assert node_facts.modules("", ("overlay", "br_netfilter"), False) == both
    assert node_facts.modules("nodev\tfuse.overlayfs\n", ("bridge",), False) == dict.fromkeys(both, False)


def test_packages_that_are_installed_and_held() -> None:
    text = "kubelet\thi \t1.37.0-1.1\nkubectl\tii \t1.37.0-1.1\ncontainerd\trc \t1.7.24\nkubeadm\tun \t\n"
    assert node_facts.packages(text) == {"kubelet": "1.37.0-1.1", "kubectl": "1.37.0-1.1"}
    assert node_facts.held(text) == ["kubelet"]


def test_what_apt_would_install() -> None:
    assert node_facts.candidate("containerd:\n  Installed: (none)\n  Candidate: 1.7.24~ds1-6\n") == "1.7.24~ds1-6"
    assert node_facts.candidate("containerd:\n  Installed: (none)\n  Candidate: (none)\n") == ""
    assert node_facts.candidate("") == ""


def test_the_sandbox_image_is_kubeadms() -> None:
    listed = "registry.example.org/k8s/kube-proxy:v1.37.0\nregistry.example.org/k8s/pause:3.10.2\n"
    assert node_facts.pause_image(listed) == "registry.example.org/k8s/pause:3.10.2"
    assert node_facts.pause_image("registry.k8s.io/pausedeer:1\n") == ""


def test_the_address_of_a_source() -> None:
    assert node_facts.source_url("Types: deb\nURIs: https://pkgs.example.org/deb/\nSuites: /\n") == (
        "https://pkgs.example.org/deb/"
    )
    assert node_facts.source_url("") == ""


def kernel(container: str = "", **changed: Any) -> Kernel:
    settings = {name: Setting("0", "1") for name in ("net.ipv4.ip_forward", "vm.x")}
    values: dict[str, Any] = {"modules": {"overlay": True, "br_netfilter": False}, "settings": settings}
    return Kernel(container, **{**values, "swaps": [{"name": "/dev/sda2"}], **changed})


def reasons(container: str) -> dict[str, Setting]:
    there = {"net.a": (True, True), "net.b": (False, False), "net.c": (True, False), "vm.d": (True, True)}
    return {name: Setting("0", "1", node_kernel.reason(container, name, *facts)) for name, facts in there.items()}


def test_all_that_the_kernel_lacks_is_a_step() -> None:
    assert [(step.kind, step.name, step.before, step.after) for step in node_kernel.steps(kernel(), swap_off=True)] == [
        ("module", "br_netfilter", "not loaded", "loaded"),
        ("setting", "net.ipv4.ip_forward", "0", "1"),
        ("setting", "vm.x", "0", "1"),
        ("swap", "now", "on (/dev/sda2)", "off"),
        ("boot", "swap.target", "swap is turned on at boot", "masked"),
    ]
    assert [step.kind for step in node_kernel.steps(kernel(), swap_off=False)] == ["module", "setting", "setting"]


def test_a_kernel_that_has_it_all_needs_no_step() -> None:
    both = {"overlay": True, "br_netfilter": True}
    settings = {"vm.x": Setting("1", "1")}
    assert node_kernel.steps(kernel(modules=both, settings=settings, swaps=[], swap_masked=True), swap_off=True) == []


def test_a_container_takes_its_own_steps_only() -> None:
    steps = node_kernel.steps(kernel("docker", settings=reasons("docker")), swap_off=True)
    assert [(step.kind, step.name) for step in steps] == [("setting", "net.a"), ("boot", "swap.target")]
    files = node_kernel.files(kernel("docker", settings=reasons("docker")), "/modules", "/settings")
    assert files == [{"path": "/settings", "content": f"{MARK}\nnet.a = 1\n"}]


def test_what_has_to_last_over_a_boot_is_written() -> None:
    assert node_kernel.files(kernel(), "/modules", "/settings") == [
        {"path": "/modules", "content": f"{MARK}\noverlay\nbr_netfilter\n"},
        {"path": "/settings", "content": f"{MARK}\nnet.ipv4.ip_forward = 1\nvm.x = 1\n"},
    ]


def test_what_a_container_leaves_alone_is_explained() -> None:
    settings = {**reasons("docker"), "vm.right": Setting("1", "1", "left alone")}
    beneath = "in this container (docker) it is that of the machine beneath, and was left alone"
    assert list(node_kernel.left_alone(kernel("docker", settings=settings))) == [
        f"kernel module br_netfilter: not there; {beneath}: load it there",
        "sysctl net.b (found 0, expected 1): in this container (docker) it is not there, since the machine beneath has "
        "no module for it",
        "sysctl net.c (found 0, expected 1): in this container (docker) it cannot be written",
        f"sysctl vm.d (found 0, expected 1): {beneath}",
        f"swap: it is in use; {beneath}: turn it off there",
    ]


def test_a_machine_of_its_own_leaves_nothing_alone() -> None:
    assert [one.reason for one in reasons("").values()] == [""] * 4
    assert list(node_kernel.left_alone(kernel())) == []


def test_what_did_not_take_is_said() -> None:
    steps = node_kernel.steps(kernel(settings={}, swaps=[], swap_masked=True), swap_off=True)
    assert node_kernel.refusal(steps) == (
        "The kernel did not take all of it: module br_netfilter: found not loaded, expected loaded"
    )
    assert node_kernel.shown(steps, after=False) == "module br_netfilter: not loaded\n"


@pytest.mark.parametrize(
    ("value", "text"), [(1, "1"), (True, "1"), (False, "0"), (" 4096\t8192 16384\n", "4096 8192 16384")]
)
def test_values_of_settings_are_compared_as_text(value: Any, text: str) -> None:
    assert node_kernel.text_of(value) == text
