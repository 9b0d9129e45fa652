# SPDX-License-Identifier: GPL-3.0-or-later
"""host_health on real hosts under real load: busy loops, memory with a limit, full disks, Docker, timer and table.

Figures are compared with those of df, free, vmstat, ps and Docker's own client.
"""

from __future__ import annotations

import json
import math
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .disks import disk
from .hosts import Host, playbook

CALM: dict[str, Any] = {"thresholds": {"cpu": None, "memory": None}, "interval": 0.2, "docker": "never"}
STATUS = "/run/slipway-host-health/status.json"
METRICS = "/var/lib/prometheus/node-exporter/slipway_host_health.prom"
LOOP = ("nice", "-n", "19", "sh", "-c", "while :; do :; done")
UNITS = {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


@pytest.fixture(scope="module")
def small_disks() -> Iterator[tuple[Path, Path]]:
    with disk(32) as space, disk(32) as inodes:
        yield space, inodes


@pytest.fixture(scope="module")
def host(small_disks: tuple[Path, Path]) -> Iterator[Host]:
    volumes = [f"{small_disks[0]}:/data", f"{small_disks[1]}:/files"]
    with Host.create("health-docker", volumes=volumes) as host:
        host.load_images()
        yield host


def look(host: Host, **options: Any) -> dict[str, Any]:
    found = host.module("host_health", {**CALM, **options})
    assert not found.get("failed") or "verdict" in found, found
    return found


def state(found: dict[str, Any], item: str, name: str = "") -> str:
    (one,) = (entry for entry in found["checks"] if (entry["item"], entry["name"]) == (item, name))
    return str(one["state"])


def mount(found: dict[str, Any], path: str) -> dict[str, Any]:
    (one,) = (entry for entry in found["mounts"] if entry["path"] == path)
    return dict(one)


def df(host: Host, path: str) -> dict[str, int]:
    fields = ("size", "used", "avail", "pcent", "itotal", "iused", "ipcent")
    told = host.run("df", "-B1", f"--output={','.join(fields)}", path).stdout.splitlines()[1].split()
    return {name: int(value.rstrip("%")) for name, value in zip(fields, told, strict=True)}


def amount(text: str) -> float:
    number, unit = re.findall(r"^([\d.]+)([kKMGi]*B)", text)[0]
    return float(number) * UNITS[unit]


def converge(host: Host, folder: Path, **variables: Any) -> subprocess.CompletedProcess[str]:
    play = [{"hosts": "lab", "gather_facts": False, "roles": ["slipway.containers.host_health"], "vars": variables}]
    (folder / "play.yml").write_text(json.dumps(play), encoding="utf-8")
    return playbook(folder / "play.yml", hosts=[host])


def test_figures_are_those_of_df_and_free(host: Host) -> None:
    found = look(host)
    for one in found["mounts"]:
        told = df(host, one["path"])
        assert math.ceil(one["percent"]) == pytest.approx(told["pcent"], abs=1)
        assert (one["total_bytes"], one["inodes_total"]) == (told["size"], told["itotal"])
        assert one["used_bytes"] == pytest.approx(told["used"], rel=0.05)
        assert one["inodes_used"] == pytest.approx(told["iused"], rel=0.05)
    free = host.run("free", "--bytes").stdout.splitlines()[1].split()
    assert found["memory"]["total_bytes"] == int(free[1])
    assert found["memory"]["available_bytes"] == pytest.approx(int(free[6]), rel=0.03)


def test_each_file_system_shows_once_wherever_it_is_mounted(host: Host) -> None:
    host.run("mkdir", "-p", "/mnt/bound", "/data/part", "/mnt/memory")
    host.run("mount", "--bind", "/data/part", "/mnt/bound")
    host.run("mount", "-t", "tmpfs", "tmpfs", "/mnt/memory")
    try:
        found = look(host)
        assert mount(found, "/data")["also"] == ["/mnt/bound"]
        listed = {one["path"] for one in found["mounts"]}
        assert listed == {"/", "/data", "/files", "/var/lib/docker"}
        named = look(host, mounts=["/mnt/memory", "/mnt/bound", "/mnt"])
        assert [one["kind"] for one in named["mounts"]] == ["memory", "disk"]
        assert named["mounts_missing"] == ["/mnt"] and state(named, "disk", "/mnt") == "critical"
    finally:
        host.run("umount", "/mnt/bound", "/mnt/memory")


def test_a_full_disk_and_full_inodes(host: Host) -> None:
    host.run("sh", "-c", "dd if=/dev/zero of=/data/fill bs=1M 2>/dev/null; true")
    host.run("python3", "-c", FILL_INODES)
    try:
        found = look(host, fail_on="critical")
        assert found["failed"] and found["msg"].startswith("This host is critical: ")
        assert "disk /data: 100 %, above 85 %" in found["msg"] and "inodes /files: 100 %, above 85 %" in found["msg"]
        assert (state(found, "disk", "/data"), state(found, "inodes", "/data")) == ("critical", "normal")
        assert (state(found, "disk", "/files"), state(found, "inodes", "/files")) == ("normal", "critical")
        assert df(host, "/data")["pcent"] == 100 == mount(found, "/data")["percent"]
        assert df(host, "/files")["ipcent"] == 100 == mount(found, "/files")["inodes_percent"]
        lenient = {"/data": {"disk": None}, "/files": {"inodes": {"critical": 101}}}
        eased = look(host, thresholds={**CALM["thresholds"], "mounts": lenient})
        assert (state(eased, "disk", "/data"), state(eased, "inodes", "/files")) == ("normal", "warning")
    finally:
        host.run("sh", "-c", "rm -rf /data/fill /files/many")


FILL_INODES = """
import itertools, pathlib
folder = pathlib.Path("/files/many")
folder.mkdir()
try:
    for number in itertools.count():
        (folder / str(number)).touch()
except OSError:
    pass
"""


def test_a_busy_processor(host: Host) -> None:
    """A loop for each processor: as vmstat sees the host, and as ps sees the loops."""
    host.run("systemd-run", "--unit=busy1", *LOOP)
    host.run("systemd-run", "--unit=busy2", *LOOP)
    script = 'vmstat 3 2 | tail -1 > /tmp/vmstat & printf "%s" "$1" | python3 -m "$2"; wait'
    asked = {**CALM, "interval": 1, "samples": 3, "apps": [{"name": "busy", "units": ["busy*.service"]}]}
    asked["thresholds"] = {}
    name = "ansible_collections.slipway.containers.plugins.modules.host_health"
    try:
        before = processor_seconds(host)
        started = time.monotonic()
        text = json.dumps({"ANSIBLE_MODULE_ARGS": asked})
        told = host.run("sh", "-c", script, "sh", text, name, env={"PYTHONPATH": "/opt/lab/python"}).stdout
        taken, seconds = processor_seconds(host) - before, time.monotonic() - started
    finally:
        host.run("systemctl", "stop", "busy1", "busy2")
    found = json.loads(told)
    idle = sum(int(field) for field in host.read("/tmp/vmstat").split()[14:16])
    assert found["cpu"]["percent"] > 90 and found["cpu"]["percent"] == pytest.approx(100 - idle, abs=8)
    assert found["cpu"]["interval_seconds"] == pytest.approx(3, abs=0.5) and state(found, "cpu") == "critical"
    assert found["apps"][0]["cpu_percent"] == pytest.approx(100 * taken / seconds / found["cpu"]["cpus"], abs=20)
    assert found["larger_setup"]["reasons"][0].startswith("CPU above 80 % for 3 s")


def processor_seconds(host: Host) -> float:
    """Of both loops, by ps."""
    pids = host.run("systemctl", "show", "--property=MainPID", "--value", "busy1", "busy2").stdout.split()
    return sum(float(line) for line in host.run("ps", "-o", "cputimes=", "-p", ",".join(pids)).stdout.split())


def test_memory_of_an_app_with_a_limit(host: Host) -> None:
    """200 of 300 MiB, which cannot endanger the machine; free sees them, too."""
    before = look(host)["memory"]["available_bytes"]
    script = "import time; held = bytearray(b'x') * (200 * 1024 * 1024); time.sleep(600)"
    host.run("systemd-run", "--unit=large", "--property=MemoryMax=300M", "python3", "-c", script)
    try:
        own = {"large": {"memory": {"warning": 60, "critical": 80}}}
        options = {
            "apps": [{"name": "large", "units": ["large.service"]}],
            "thresholds": {**CALM["thresholds"], "apps": own},
        }
        limit = time.monotonic() + 30
        while (found := look(host, **options))["apps"][0]["memory_bytes"] < 200 * 2**20:
            assert time.monotonic() < limit, found["apps"]
        (app,) = found["apps"]
        assert app["memory_limit_bytes"] == 300 * 2**20 and app["memory_bytes"] < 225 * 2**20
        assert state(found, "app_memory", "large") == "warning"
        assert before - found["memory"]["available_bytes"] > 100 * 2**20
    finally:
        host.run("systemctl", "stop", "large")
    gone = look(host, **options)
    assert gone["apps"][0]["message"] == "no unit large.service runs" and state(gone, "app", "large") == "critical"


def test_docker_counts_as_its_own_client_does(host: Host) -> None:
    host.run("docker", "volume", "create", "unused")
    host.run(
        "docker",
        "run",
        "--rm",
        "-v",
        "unused:/v",
        "slipway-test/busybox:1",
        "dd",
        "if=/dev/zero",
        "of=/v/x",
        "bs=1M",
        "count=3",
    )
    project = ("--label", "com.docker.compose.project=shop", "--memory", "64m")
    names = [host.run("docker", "run", "-d", *project, "slipway-test/healthy:1").stdout.strip() for _turn in range(2)]
    try:
        options = {"docker": "always", "interval": 1, "apps": [{"name": "shop", "project": "shop"}]}
        found = look(host, **options)
        told = [json.loads(line) for line in host.run("docker", "system", "df", "--format", "json").stdout.splitlines()]
        for kind, name in (("Images", "images"), ("Local Volumes", "volumes"), ("Containers", "containers")):
            (line,) = (entry for entry in told if entry["Type"] == kind)
            ours = found["docker"]["disk"][name]
            assert ours["bytes"] == pytest.approx(amount(line["Size"]), rel=0.02, abs=10)
            assert ours["reclaimable_bytes"] == pytest.approx(amount(line["Reclaimable"]), rel=0.02, abs=10), kind
        assert (found["docker"]["containers_running"], state(found, "docker")) == (2, "normal")
        stats = host.run("docker", "stats", "--no-stream", "--format", "{{.MemUsage}}", *names).stdout.splitlines()
        used = sum(amount(line.split(" / ")[0]) for line in stats)
        (app,) = found["apps"]
        assert app["memory_limit_bytes"] == 2 * 64 * 2**20
        assert app["memory_bytes"] == pytest.approx(used, rel=0.5, abs=2**20)
        assert app["cpu_percent"] is not None
    finally:
        host.run("docker", "rm", "-f", *names)
    gone = look(host, **options)
    assert state(gone, "app", "shop") == "critical"


def test_a_dockerd_that_was_stopped_stays_stopped(host: Host) -> None:
    host.run("systemctl", "stop", "docker.service")
    try:
        quiet = look(host, docker="auto")
        assert not quiet["docker"]["running"] and all(entry["item"] != "docker" for entry in quiet["checks"])
        assert host.run("systemctl", "is-active", "docker.service", check=False).stdout.strip() != "active"
    finally:
        host.run("systemctl", "start", "docker.service")


def test_nobody_needs_to_be_root(host: Host) -> None:
    name = "ansible_collections.slipway.containers.plugins.modules.host_health"
    asked = json.dumps({"ANSIBLE_MODULE_ARGS": {**CALM, "docker": "auto"}})
    command = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "python3", "-m", name)
    found = json.loads(host.run(*command, input=asked, env={"PYTHONPATH": "/opt/lab/python"}).stdout)
    assert found["memory"]["percent"] > 0 and mount(found, "/data")["percent"] is not None


@pytest.mark.parametrize(("suite", "cgroup"), [("trixie", 1), ("bookworm", 2)])
def test_apps_and_bad_options_on_both_suites(suite: str, cgroup: int) -> None:
    """Where a controller is off, as memory is in version 2 of the lab, processes are counted."""
    with Host.create(f"health-{suite}", suite=suite, cgroup=cgroup, docker=False) as bare:
        script = "import time; held = bytearray(b'x') * (50 * 1024 * 1024); time.sleep(600)"
        bare.run("systemd-run", "--unit=held", "--slice=shop.slice", "python3", "-c", script)
        time.sleep(1)
        apps = [{"name": "unit", "units": ["held.service"]}, {"name": "slice", "units": ["shop.slice"]}]
        found = look(bare, apps=apps)
        sizes = [app["memory_bytes"] / 2**20 for app in found["apps"]]
        assert all(50 <= size < 75 for size in sizes), sizes
        wrong = bare.module("host_health", {"thresholds": {"cpuu": {}, "disk": {"warning": 90, "critical": 80}}})
        assert wrong["msg"].splitlines() == [
            "host_health: 2 problems.",
            "- thresholds.cpuu: unknown key (did you mean 'cpu'?) [unknown-key]",
            "- thresholds.disk: found warning 90 above critical 80, expected it below [threshold]",
        ]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A host with the timer, which looks each two seconds, and a small disk."""
    with disk(16) as space, Host.create("health-timer", docker=False, volumes=[f"{space}:/data"]) as host:
        thresholds = {"cpu": None, "memory": None}
        folder = tmp_path_factory.mktemp("play")
        done = converge(host, folder, host_health_every_seconds=2, host_health_thresholds=thresholds)
        assert done.returncode == 0, done.stdout + done.stderr
        again = converge(host, folder, host_health_every_seconds=2, host_health_thresholds=thresholds)
        assert "changed=0" in again.stdout, again.stdout
        yield host


def status(host: Host) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(host.read(STATUS))
    return found


def wait_for(host: Host, verdict: str) -> dict[str, Any]:
    limit = time.monotonic() + 90
    while True:
        found = host.run("cat", STATUS, check=False).stdout
        if found and json.loads(found)["verdict"] == verdict:
            return dict(json.loads(found))
        assert time.monotonic() < limit, found
        time.sleep(0.3)


def journal(host: Host) -> list[str]:
    return host.run("journalctl", "-u", "slipway-host-health.service", "-o", "cat", "--no-pager").stdout.splitlines()


def test_the_timer_tells_only_changes(watched: Host) -> None:
    wait_for(watched, "normal")
    assert [line for line in journal(watched) if not line.startswith("-- ")] == []
    watched.run("sh", "-c", "dd if=/dev/zero of=/data/fill bs=1M 2>/dev/null; true")
    full = wait_for(watched, "critical")
    time.sleep(5)
    watched.run("rm", "/data/fill")
    wait_for(watched, "normal")
    told = journal(watched)
    assert told == [
        "disk /data: normal -> critical (disk /data: 100 %, above 85 %)",
        f"disk /data: critical -> normal (disk /data: {mount(status(watched), '/data')['percent']:g} %)",
    ]
    assert full["cpu"]["interval_seconds"] > 1.5  # since the look before
    levels = watched.run("journalctl", "-u", "slipway-host-health.service", "-o", "json", "--no-pager").stdout
    assert [json.loads(line)["PRIORITY"] for line in levels.splitlines()] == ["2", "5"]


READER = """
import json, sys, time
until, seen = time.monotonic() + 25, set()
while time.monotonic() < until:
    seen.add(json.load(open(sys.argv[1]))["time"])
    text = open(sys.argv[2]).read()
    assert text.startswith("# HELP") and "checked_timestamp_seconds " in text.splitlines()[-1], text
print(len(seen))
"""


def test_nobody_reads_half_of_a_file(watched: Host) -> None:
    """While looks follow one another, and some of them are killed in the middle."""
    kill = 'systemctl start --no-block "$1"; sleep 0.4; systemctl kill -s KILL "$1"; sleep 4'
    script = f"for turn in 1 2 3 4; do {kill}; done"
    reader = watched.run(
        "sh",
        "-c",
        f'( {script} ) >/dev/null 2>&1 & shift; exec python3 -c "$@"',
        "sh",
        "slipway-host-health.service",
        READER,
        STATUS,
        METRICS,
    )
    assert int(reader.stdout) >= 2
    modes = watched.run("stat", "-c", "%a %U", STATUS, METRICS).stdout.splitlines()
    assert modes == ["644 root", "644 root"]
    limit = time.monotonic() + 60
    while (left := watched.run("ls", "-A", str(Path(METRICS).parent)).stdout.split()) != [Path(METRICS).name]:
        assert time.monotonic() < limit, left


def test_it_goes_on_after_a_reboot(watched: Host) -> None:
    watched.run("sh", "-c", "dd if=/dev/zero of=/data/fill bs=1M 2>/dev/null; true")
    wait_for(watched, "critical")
    watched.kill()
    watched.start()
    assert wait_for(watched, "critical")["history"]
    watched.run("rm", "/data/fill")
    wait_for(watched, "normal")


def test_prometheus_own_exporter_reads_the_metrics(watched: Host) -> None:
    watched.run("apt-get", "update", "-qq")
    watched.run("sh", "-c", "apt-get install -y -qq --no-install-recommends prometheus-node-exporter >/dev/null 2>&1")
    fetch = "import urllib.request; print(urllib.request.urlopen('http://127.0.0.1:9100/metrics').read().decode())"
    limit = time.monotonic() + 30
    while True:
        done = watched.run("python3", "-c", fetch, check=False)
        if "slipway_host_verdict 0" in done.stdout or time.monotonic() > limit:
            break
        time.sleep(0.5)
    assert "slipway_host_verdict 0" in done.stdout and "node_textfile_scrape_error 0" in done.stdout
    assert re.search(
        r'^slipway_host_filesystem_bytes\{device="\S+",kind="used",mount="/data"\} ', done.stdout, re.MULTILINE
    )


def test_the_service_is_hardened_and_has_the_modules_code(watched: Host) -> None:
    watched.run("systemd-analyze", "security", "--no-pager", "--threshold=20", "slipway-host-health.service")
    watched.run("systemd-analyze", "verify", "slipway-host-health.service", "slipway-host-health.timer")
    assert watched.module("host_health_program", {}, check_mode=True)["changed"] is False
    watched.run("sh", "-c", "echo '# edited' >> /usr/local/lib/slipway/host_health/__main__.py")
    assert watched.module("host_health_program", {}, check_mode=True)["files"] == ["__main__.py"]
    assert (
        watched.module("host_health_program", {})["changed"]
        and not watched.module("host_health_program", {})["changed"]
    )


def test_one_table_for_all_hosts(watched: Host, host: Host, tmp_path: Path) -> None:
    """One that calls for a larger set-up, one that does not, and one that is not there."""
    nobody = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
    away = tmp_path / "away.json"
    away.write_text(json.dumps({"lab": {"hosts": {"health-away": nobody}}}), encoding="utf-8")
    # 3.6 of 4 GB are not available: a host of plan A's size, as lxcfs would show it.
    watched.write(
        "/root/meminfo",
        "MemTotal: 4000000 kB\nMemFree: 1000 kB\nMemAvailable: 400000 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n",
    )
    watched.run("mount", "--bind", "/root/meminfo", "/proc/meminfo")
    options = (
        "-e",
        json.dumps({"check_hosts_interval": 0.5, "check_hosts_samples": 2, "host_health_thresholds": {"cpu": None}}),
    )
    try:
        more = (*options, "-i", str(away))
        done = playbook("slipway.containers.check_hosts", *more, hosts=[host, watched])
        strict = playbook(
            "slipway.containers.check_hosts", *options, "-e", "check_hosts_fail_on=critical", hosts=[host, watched]
        )
    finally:
        watched.run("umount", "/proc/meminfo")
    said = done.stdout + done.stderr
    lines = [line.strip(' ",') for line in done.stdout.splitlines()]
    rows = {line.split()[0]: line for line in lines if re.match(r"health-[a-z]+ +[a-z]", line)}
    assert done.returncode == 0, said
    assert rows["health-timer"].split()[1] == "critical" and rows["health-timer"].endswith("yes")
    assert " run, " in rows["health-docker"]  # on a busy machine it may call for a larger one, too
    assert rows["health-away"].split()[1] == "unreachable", said
    assert "health-timer: calls for a larger set-up: memory at 90 %, above 87.5 % (3.5 of 4 GB)" in lines
    (concluded,) = (line for line in lines if line.startswith("Plan A calls for a larger set-up: "))
    assert "health-timer" in concluded and concluded.endswith("of 2 hosts). 1 could not be looked at.")
    assert strict.returncode != 0 and "health-timer is critical" in strict.stdout


def test_it_can_be_taken_away(watched: Host, tmp_path: Path) -> None:
    """Last: the others need the timer."""
    done = converge(watched, tmp_path, host_health_state="absent")
    assert done.returncode == 0, done.stdout + done.stderr
    left = watched.run("find", "/etc", "/run", "/usr/local", "/var/lib/prometheus", "-name", "*host?health*").stdout
    assert left == "" and "changed=0" in converge(watched, tmp_path, host_health_state="absent").stdout
