# SPDX-License-Identifier: GPL-3.0-or-later
"""What host_health makes of /proc, of mounts, of control groups and of Docker's answers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.health import (
    cgroups,
    docker_use,
    mounts,
    procfs,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.health.mounts import Mount

STAT = "cpu  100 0 50 800 40 0 5 5 0 0\ncpu0 50 0 25 400 20 0 3 2 0 0\ncpu1 50 0 25 400 20 0 2 3 0 0\nintr 1 2 3\n"
MEMINFO = """\
MemTotal:        4194304 kB
MemFree:          102400 kB
MemAvailable:    1048576 kB
Cached:           900000 kB
SwapTotal:       1048576 kB
SwapFree:         786432 kB
HugePages_Total:       0
"""
MIB = 1024 * 1024


def everywhere(_path: str) -> bool:
    return True


def ext4(number: int, target: str, root: str = "/", device: str = "8:1", parent: int = 1, kind: str = "ext4") -> Mount:
    return Mount(number, parent, device, root, target, kind, "/dev/sda1")


def test_cpu_is_what_happened_between_two_reads() -> None:
    before, after = (100, 0, 50, 800, 40, 0, 5, 5), (130, 0, 60, 840, 50, 0, 5, 15)
    use = procfs.cpu_use(before, after)
    assert use is not None
    assert use["percent"] == 50.0  # 30 user, 10 system and 10 stolen of 100; 40 idle and 10 waiting are not busy
    assert (use["iowait"], use["steal"], use["user"], use["idle"]) == (10.0, 10.0, 30.0, 40.0)


def test_cpu_of_old_kernels_and_of_counters_that_run_backwards() -> None:
    assert procfs.cpu_times("cpu 1 2 3 4\ncpu0 1 2 3 4\n") == (1, 2, 3, 4, 0, 0, 0, 0)
    use = procfs.cpu_use((0, 0, 0, 0, 50, 0, 0, 0), (10, 0, 0, 30, 40, 0, 0, 0))
    assert use is not None and (use["percent"], use["iowait"]) == (25.0, 0.0)
    assert procfs.cpu_use((1,) * 8, (1,) * 8) is None
    assert procfs.cpu_times(STAT) == (100, 0, 50, 800, 40, 0, 5, 5) and procfs.processors(STAT) == 2


def test_memory_is_what_is_available_and_not_what_is_free() -> None:
    found = procfs.memory(MEMINFO)
    assert found["percent"] == 75.0 and found["used_bytes"] == 3072 * MIB and found["free_bytes"] == 100 * MIB
    assert procfs.memory("MemTotal: 100 kB\nMemFree: 50 kB\n")["percent"] is None
    assert procfs.swap(MEMINFO)["percent"] == 25.0
    assert procfs.swap("SwapTotal: 0 kB\nSwapFree: 0 kB\n")["percent"] is None


def test_load_counts_for_each_processor() -> None:
    assert procfs.load("1.50 3.00 0.25 2/512 4711\n", 2) == {"one": 1.5, "five": 3.0, "fifteen": 0.25, "percent": 150.0}


def test_pressure_where_the_kernel_has_it() -> None:
    text = "some avg10=1.50 avg60=0.25 avg300=0.00 total=293200\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=1\n"
    assert procfs.pressure(text)["some"] == {"avg10": 1.5, "avg60": 0.25, "avg300": 0.0}
    assert procfs.pressure("") == {}


def test_figures_agree_with_this_machine() -> None:
    names = ("stat", "meminfo", "loadavg")
    stat, meminfo, loadavg = (Path("/proc", name).read_text(encoding="ascii") for name in names)
    assert procfs.processors(stat) == os.cpu_count()
    assert procfs.memory(meminfo)["total_bytes"] == os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert procfs.load(loadavg, 1)["one"] == pytest.approx(os.getloadavg()[0], abs=0.5)


def test_lines_of_mountinfo() -> None:
    text = r"""22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:30 /@data /srv/my\040data rw - btrfs /dev/sdb rw,subvol=/@data
31 22 0:31 / /run rw,nosuid shared:5 master:2 - tmpfs tmpfs rw
not a line
"""
    root, data, run = mounts.read(text)
    assert (root.kind, data.kind, run.kind) == (mounts.DISK, mounts.DISK, mounts.MEMORY)
    assert (data.target, data.root, data.parent, data.source) == ("/srv/my data", "/@data", 22, "/dev/sdb")


@pytest.mark.parametrize("kind", ["proc", "cgroup2", "squashfs", "overlay", "nsfs", "fuse.lxcfs", "iso9660", "ramfs"])
def test_what_cannot_fill_up_is_left_out(kind: str) -> None:
    found, _missing = mounts.chosen([ext4(1, "/"), ext4(2, "/x", device="0:9", kind=kind)], (), (), everywhere)
    assert [one.mount.target for one in found] == ["/"]


def test_layers_count_where_the_whole_system_lies_on_them() -> None:
    found, _missing = mounts.chosen([ext4(1, "/", device="0:9", kind="overlay")], (), (), everywhere)
    assert [one.mount.target for one in found] == ["/"]


def test_bind_mounts_and_subvolumes_show_once() -> None:
    every = [
        ext4(2, "/srv/a", "/data/a"),
        ext4(3, "/mnt/whole"),
        ext4(4, "/b", "/data/b"),
        ext4(5, "/other", device="8:2"),
    ]
    found, _missing = mounts.chosen(every, (), (), everywhere)
    assert [(one.mount.target, one.also) for one in found] == [("/mnt/whole", ("/b", "/srv/a")), ("/other", ())]


def test_in_a_container_only_parts_are_mounted_and_some_are_files() -> None:
    every = [ext4(2, "/etc/hosts", "/c/hosts"), ext4(3, "/var/lib/docker", "/v/1"), ext4(4, "/opt/long/path", "/opt")]
    folders = {"/var/lib/docker", "/opt/long/path"}
    found, _missing = mounts.chosen(every, (), (), folders.__contains__)
    assert [one.mount.target for one in found] == ["/opt/long/path"] and found[0].also[0] == "/etc/hosts"


def test_a_mount_that_another_one_lies_over_is_not_seen() -> None:
    below = ext4(2, "/data", device="8:2")
    same_place = ext4(3, "/data", device="8:3", parent=2)
    under_a_folder = ext4(4, "/srv/deep", device="8:4")
    folder_above = ext4(5, "/srv", device="8:5")
    inside_it = ext4(6, "/srv/new", device="8:6", parent=5)
    found = mounts.visible([below, same_place, under_a_folder, folder_above, inside_it])
    assert [one.number for one in found] == [3, 5, 6]


def test_mounts_that_are_named_and_those_that_are_ignored() -> None:
    every = [ext4(1, "/"), ext4(2, "/run", device="0:5", kind="tmpfs"), ext4(3, "/mnt/backup1", device="8:7")]
    found, missing = mounts.chosen(every, ("/run", "/data"), (), everywhere)
    assert [one.mount.target for one in found] == ["/run"] and missing == ("/data",)
    found, missing = mounts.chosen(every, (), ("/mnt/backup*",), everywhere)
    assert [one.mount.target for one in found] == ["/"] and missing == ()


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs", "9p"])
def test_what_may_never_answer(kind: str) -> None:
    assert ext4(1, "/share", kind=kind).kind == mounts.NETWORK


def test_disk_is_counted_as_df_does() -> None:
    one = mounts.FileSystem(ext4(1, "/"))
    found = mounts.figures(one, (4096, 1000, 300, 200, 500, 50))
    assert found["percent"] == 77.78  # 700 of 900: what is kept for root is neither
    assert (found["inodes_percent"], found["reserved_bytes"]) == (90.0, 100 * 4096)
    without = mounts.figures(one, (4096, 0, 0, 0, 0, 0))
    assert (without["percent"], without["inodes_percent"], without["inodes_total"]) == (None, None, None)


def test_disk_agrees_with_this_machine() -> None:
    told = os.statvfs("/")
    space = (told.f_frsize, told.f_blocks, told.f_bfree, told.f_bavail, told.f_files, told.f_ffree)
    found = mounts.figures(mounts.FileSystem(ext4(1, "/")), space)
    assert found["total_bytes"] == told.f_blocks * told.f_frsize


def test_control_groups_of_both_versions() -> None:
    text = "9:name=systemd:/docker/abc\n3:cpu,cpuacct:/docker/abc\n0::/system.slice/docker.service\n"
    found = cgroups.paths(text, "abc")
    assert found == {"name=systemd": "/docker/abc", "cpu": "/docker/abc", "cpuacct": "/docker/abc"}
    assert cgroups.paths("0::/system.slice/docker-abc.scope\n", "abc") == {"": "/system.slice/docker-abc.scope"}


def test_memory_is_without_what_can_be_had_again() -> None:
    assert cgroups.in_use("100\n", "anon 60\ninactive_file 30\n", 2) == 70
    assert cgroups.in_use("100\n", "inactive_file 1\ntotal_inactive_file 40\n", 1) == 60
    assert cgroups.in_use("10\n", "inactive_file 30\n", 2) == 0
    assert [cgroups.limit(text) for text in ("max\n", "9223372036854771712\n", "1048576\n", "")] == [
        None,
        None,
        MIB,
        None,
    ]


def test_use_of_an_app() -> None:
    use = cgroups.use([(30 * MIB, 100 * MIB), (20 * MIB, 100 * MIB)], 1.0, 2.0, 2, 1000 * MIB)
    assert (use["memory_percent"], use["memory_limit_bytes"], use["cpu_percent"]) == (25.0, 200 * MIB, 25.0)
    partly = cgroups.use([(30 * MIB, 100 * MIB), (20 * MIB, None)], None, 2.0, 2, 1000 * MIB)
    assert (partly["memory_percent"], partly["memory_limit_bytes"], partly["cpu_percent"]) == (5.0, None, None)


def test_units_that_systemd_shows() -> None:
    text = (
        "Id=a.service\nActiveState=active\nControlGroup=/system.slice/a.service\n\nId=b.service\nActiveState=failed\n"
    )
    assert [unit["Id"] for unit in cgroups.systemd_units(text)] == ["a.service", "b.service"]


def test_docker_as_it_counts_itself() -> None:
    answer: dict[str, Any] = {
        "LayersSize": 1000,
        "Images": [
            {"Size": 700, "SharedSize": 100, "Containers": 1},
            {"Size": 400, "SharedSize": 100, "Containers": 0},
            {"Size": 50, "SharedSize": -1, "Containers": 1},
        ],
        "Containers": [{"SizeRw": 10, "State": "running"}, {"SizeRw": 5, "State": "exited"}],
        "Volumes": [
            {"Mountpoint": "/a", "UsageData": {"Size": 100, "RefCount": 1}},
            {"Mountpoint": "/b", "UsageData": {"Size": 40, "RefCount": 0}},
            {"Mountpoint": "/c", "UsageData": {"Size": -1, "RefCount": 0}},
        ],
        "BuildCache": [{"Size": 7, "InUse": False}, {"Size": 9, "InUse": True}, {"Size": 3, "Shared": True}],
    }
    assert docker_use.disk(answer) == {
        "images": {"bytes": 1000, "reclaimable_bytes": 400},
        "containers": {"bytes": 15, "reclaimable_bytes": 5},
        "volumes": {"bytes": 140, "reclaimable_bytes": 40},
        "build_cache": {"bytes": 16, "reclaimable_bytes": 7},
    }
    assert docker_use.disk({"Images": None, "Containers": None})["images"] == {"bytes": 0, "reclaimable_bytes": 0}


def test_containers_that_are_not_well_are_named() -> None:
    found = docker_use.containers(
        [
            {"State": "running", "Status": "Up 2 hours (healthy)", "Names": ["/web"]},
            {"State": "running", "Status": "Up 2 hours (unhealthy)", "Names": ["/api"]},
            {"State": "restarting", "Status": "Restarting (1) 2 seconds ago", "Names": ["/worker"]},
            {"State": "exited", "Status": "Exited (0)", "Names": ["/job"]},
        ]
    )
    assert found == {"running": True, "containers": 4, "containers_running": 2, "containers_unwell": ["api", "worker"]}
