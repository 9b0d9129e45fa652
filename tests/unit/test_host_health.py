# SPDX-License-Identifier: GPL-3.0-or-later
"""host_health: thresholds, verdicts, changes of state, metrics, the table, and the program that the timer runs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.filter.host_health_table import host_health_table
from ansible_collections.slipway.containers.plugins.module_utils._core.health import (
    changes,
    prometheus,
    table,
    verdict,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.health.options import (
    OptionsError,
    Threshold,
    read,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.health.verdict import Item
from ansible_collections.slipway.containers.plugins.module_utils._io.health import check, program, watch
from ansible_collections.slipway.containers.plugins.module_utils._io.health import status as last

GIB = 1024**3
DISK: dict[str, Any] = {
    **{"path": "/", "device": "/dev/sda1", "type": "ext4", "kind": "disk", "also": []},
    **{"total_bytes": 100, "used_bytes": 50, "available_bytes": 50, "reserved_bytes": 0, "percent": 50.0},
    **{"inodes_total": 10, "inodes_used": 1, "inodes_percent": 10.0},
}
NO_DOCKER: dict[str, Any] = {"running": False, "message": "", "disk": {}}


def figures(**changed: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "cpu": {"percent": 10.0, "modes": {"user": 10.0}, "interval_seconds": 1.0, "cpus": 2},
        "load": {"one": 1.0, "five": 1.0, "fifteen": 1.0, "percent": 50.0},
        "memory": {"total_bytes": 4 * GIB, "available_bytes": 3 * GIB, "used_bytes": GIB, "percent": 25.0},
        "swap": {"total_bytes": 0, "used_bytes": 0, "percent": None},
        "pressure": {"cpu": {}, "memory": {"some": {"avg10": 1.0, "avg60": 2.0, "avg300": 3.0}}, "io": {}},
        "mounts": [DISK],
        "mounts_missing": [],
        "docker": NO_DOCKER,
        "apps": [],
        "larger_setup": {"called_for": False, "reasons": [], "cpu_seconds": 1.0},
    }
    return {**found, **changed}


def result(**changed: Any) -> dict[str, Any]:
    found = figures(**changed)
    items = verdict.items(found, read({}))
    return {"verdict": verdict.overall(items), "checks": [item.as_dict() for item in items], **found}


def states(options: dict[str, Any], **changed: Any) -> dict[str, str]:
    return changes.states(verdict.items(figures(**changed), read(options)))


def cpu(percent: float) -> dict[str, Any]:
    return {**figures()["cpu"], "percent": percent}


@pytest.mark.parametrize(
    ("item", "value", "state"),
    [
        *(("cpu", 49.99, "normal"), ("cpu", 50.0, "warning"), ("cpu", 70.0, "warning"), ("cpu", 70.01, "critical")),
        *(("memory", 59.9, "normal"), ("memory", 60.0, "warning"), ("memory", 80.0, "warning")),
        *(("memory", 80.1, "critical"), ("disk", 69.9, "normal"), ("disk", 70.0, "warning")),
        *(("disk", 85.0, "warning"), ("disk", 85.1, "critical"), ("inodes", 85.1, "critical")),
        *(("swap", 99.0, "normal"), ("load", 900.0, "normal"), ("memory", None, "unknown"), ("swap", None, "normal")),
    ],
)
def test_the_plans_thresholds_are_the_defaults(item: str, value: float | None, state: str) -> None:
    assert verdict.state_of(value, read({}).thresholds.of(item)) == state


def test_thresholds_are_changed_by_item_mount_and_app() -> None:
    thresholds = read(
        {
            "thresholds": {
                "cpu": {"warning": 60},
                "memory": None,
                "disk": {"critical": "90"},
                "mounts": {"/data": {"disk": {"warning": 95, "critical": 99}}, "/tmp": {"inodes": None}},
                "apps": {"shop": {"memory": {"critical": 80}}},
            },
            "apps": [{"name": "shop", "project": "shop"}],
        }
    ).thresholds
    assert thresholds.of("cpu") == Threshold(60.0, 70.0) and thresholds.of("memory") == Threshold()
    assert thresholds.of("disk", "/") == Threshold(70.0, 90.0) and thresholds.of("disk", "/data") == Threshold(
        95.0, 99.0
    )
    assert thresholds.of("inodes", "/tmp") == Threshold() and thresholds.of("inodes", "/data") == Threshold(70.0, 85.0)
    assert thresholds.of("app_memory", "shop") == Threshold(None, 80.0)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(OptionsError) as problem:
        read(
            {
                "interval": 0,
                "thresholds": {
                    "cpu": {"warning": 90, "critical": 80},
                    "memmory": {},
                    "disk": {"warn": 5},
                    "swap": {"warning": "12 bananas"},
                    "mounts": {"data": {"disk": {}}, "/x": {"cpu": {}}},
                    "apps": {"nobody": {"cpu": {}}},
                },
                "apps": [{"name": "a"}, {"units": ["x"]}],
            }
        )
    said = str(problem.value)
    for words in (
        "interval: found 0, expected a number from 0.1 to 300",
        "thresholds.cpu: found warning 90 above critical 80",
        "thresholds.memmory: unknown key (did you mean 'memory'?)",
        "thresholds.disk.warn: unknown key (did you mean 'warning'?)",
        "thresholds.swap.warning: found '12 bananas', expected a number from 0 to 1000",
        "thresholds.mounts.data: found 'data', expected the path of a mount point",
        "thresholds.mounts./x.cpu: unknown key",
        "thresholds.apps.nobody: found thresholds for the app nobody",
        "apps[0]: found neither units nor project for a",
        "apps[1].name: the key is missing",
    ):
        assert words in said, words
    assert "11 problems" in said or "10 problems" in said


def test_the_worst_state_is_the_hosts() -> None:
    assert set(states({}).values()) == {"normal"}
    assert states({}, cpu=cpu(71))["cpu"] == "critical"
    items = verdict.items(figures(cpu=cpu(71)), read({}))
    assert verdict.overall(items) == "critical" and verdict.overall(()) == "normal"
    assert verdict.overall([Item("a", "", None, "unknown", ""), Item("b", "", 1, "normal", "")]) == "unknown"


@pytest.mark.parametrize(
    ("fail_on", "stopping"),
    [("never", []), ("critical", ["unknown", "critical"]), ("warning", ["unknown", "warning", "critical"])],
)
def test_fail_on(fail_on: str, stopping: list[str]) -> None:
    items = [{"state": state} for state in verdict.STATES]
    assert [item["state"] for item in verdict.failing(items, fail_on)] == stopping


def test_what_is_missing_or_silent_is_critical() -> None:
    silent = {key: DISK[key] for key in ("device", "type", "kind", "also")}
    found = states(
        {"docker": "always", "apps": [{"name": "shop", "units": ["shop.service"]}]},
        mounts=[{**silent, "path": "/nfs", "percent": None, "inodes_percent": None}],
        mounts_missing=["/data"],
        apps=[{"name": "shop", "running": False, "message": "no unit shop.service runs"}],
    )
    assert {key for key, state in found.items() if state == "critical"} == {
        "disk /nfs",
        "disk /data",
        "docker",
        "app shop",
    }


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({}, "normal"),
        ({"containers_unwell": ["web"]}, "warning"),
        ({"message": "what it has on disk was not added up in time"}, "unknown"),
    ],
)
def test_docker_has_a_state(changed: dict[str, Any], state: str) -> None:
    docker = {
        **NO_DOCKER,
        "running": True,
        "containers": 2,
        "containers_running": 2,
        "containers_unwell": [],
        **changed,
    }
    assert states({}, docker=docker)["docker"] == state
    assert "docker" not in states({"docker": "never"}, docker=docker) and "docker" not in states({})


def test_a_larger_setup_is_called_for_by_plan_a() -> None:
    """Memory above 3.5 of 4 GB, CPU above 80 % sustained."""
    called = verdict.larger_setup
    assert called(87.5, [(2.0, 79.0)])["called_for"] is False
    assert called(87.51, [])["reasons"] == ["memory at 87.51 %, above 87.5 % (3.5 of 4 GB)"]
    assert called(10, [(2.0, 95.0), (2.0, 81.0), (2.0, 99.0)])["reasons"] == ["CPU above 80 % for 6 s, at 81 % or more"]
    assert called(10, [(2.0, 95.0), (2.0, 80.0), (2.0, 99.0)])["called_for"] is False
    assert called(10, [(60.0, 95.0)], needed_seconds=270)["called_for"] is False
    assert called(None, [(60.0, 95.0)] * 5, needed_seconds=270)["called_for"] is True


def test_only_changes_are_told() -> None:
    calm = verdict.items(figures(), read({}))
    busy = verdict.items(figures(cpu=cpu(71), mounts=[]), read({}))
    assert changes.lines({}, calm) == [] and changes.lines(changes.states(calm), calm) == []
    assert changes.lines({}, busy) == ["<2>cpu: normal -> critical (CPU over 1 s: 71 %, above 70 %)"]
    after = changes.lines(changes.states(calm), busy)
    assert after[1:] == ["<5>disk /: no longer there", "<5>inodes /: no longer there"]
    assert changes.lines(changes.states(busy), calm) == ["<5>cpu: critical -> normal (CPU over 1 s: 10 %)"]


SAMPLE = re.compile(r'[a-z_]+(\{([a-z]+="([^"\\\n]|\\["\\n])*",?)+\})? -?[0-9.e+]+')


def test_metrics_are_in_the_format_of_prometheus() -> None:
    docker = {**NO_DOCKER, "running": True, "containers": 2, "containers_running": 1, "containers_unwell": []}
    docker["disk"] = {"images": {"bytes": 5, "reclaimable_bytes": 1}}
    apps = [{"name": "shop", "running": True, "cpu_percent": None, "memory_bytes": 7, "memory_limit_bytes": None}]
    odd = {**DISK, "path": '/a "b"\\c'}
    found = {**result(mounts=[odd], docker=docker), "apps": apps}
    text = prometheus.text(found, 1700000000.1234)
    samples = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(SAMPLE.fullmatch(line) for line in samples), [line for line in samples if not SAMPLE.fullmatch(line)]
    assert len({line.rpartition(" ")[0] for line in samples}) == len(samples)
    named = re.findall(r"^# TYPE (\S+) gauge$", text, re.MULTILINE)
    assert len(set(named)) == len(named) and {re.split(r"[{ ]", line)[0] for line in samples} == set(named)
    assert r'slipway_host_filesystem_bytes{mount="/a \"b\"\\c",device="/dev/sda1",kind="total"} 100' in samples
    assert 'slipway_host_app_memory_bytes{app="shop"} 7' in samples and "app_cpu_percent" not in text
    assert 'slipway_host_docker_disk_bytes{of="images",kind="reclaimable"} 1' in samples
    assert "slipway_host_checked_timestamp_seconds 1700000000.123" in samples


def test_the_table_has_all_hosts_and_the_worst_first() -> None:
    large = {"called_for": True, "reasons": ["memory at 90 %, above 87.5 % (3.5 of 4 GB)"], "cpu_seconds": 6.0}
    memory = {"total_bytes": 4 * GIB, "available_bytes": 0, "percent": 90.0}
    results = {
        "calm": result(),
        "small": result(memory=memory, larger_setup=large),
        "away": {"unreachable": True, "msg": "Failed to connect\nvia ssh", "changed": False},
        "old": {"failed": True, "msg": "no Python"},
    }
    lines = host_health_table(results)
    assert [line.split()[:2] for line in lines[2:6]] == [
        ["away", "unreachable"],
        ["old", "failed"],
        ["small", "critical"],
        ["calm", "normal"],
    ]
    assert "90.0 % of 4.0 GiB" in lines[4] and lines[4].endswith("yes") and lines[5].endswith("no")
    assert "away: unreachable: Failed to connect via ssh" in lines
    assert lines[-1] == "Plan A calls for a larger set-up: small (1 of 2 hosts). 2 could not be looked at."
    assert table.lines([]) == ["No host was asked."]
    assert host_health_table({"calm": result()})[-1].startswith("Plan A calls for no larger set-up on the 1")


def test_a_look_at_this_machine() -> None:
    found = check.check(read({"interval": 0.1, "samples": 2, "docker": "never"}))
    assert found["verdict"] in verdict.STATES and 0 <= found["cpu"]["percent"] <= 100
    assert 0.2 <= found["cpu"]["interval_seconds"] < 5 and len(found["samples"]) == 2
    assert any(mount["path"] == "/" for mount in found["mounts"]) or found["mounts"]


def test_the_timer_writes_whole_files_and_starts_from_the_last_look(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, metrics, settings = tmp_path / "status.json", tmp_path / "health.prom", tmp_path / "settings.json"
    options = {"interval": 0.1, "docker": "never", "thresholds": {"memory": {"warning": 0, "critical": 0}, "cpu": None}}
    options["ignore_mounts"] = ["*"]
    told = {"options": options, "status_file": str(status), "metrics_file": str(metrics)}
    settings.write_text(json.dumps(told), encoding="utf-8")
    assert watch.main([str(settings)]) == 0
    assert [line[:30] for line in capsys.readouterr().out.splitlines()] == ["<2>memory: normal -> critical "]
    first = last.load(status)
    (tmp_path / ".health.prom.killed").touch()
    earlier = dict(first["snapshot"])
    earlier["seconds"] -= 30
    earlier["cpu"] = [max(0, ticks - 1000) for ticks in earlier["cpu"]]
    age = {**first, "snapshot": earlier}
    status.write_text(json.dumps(age), encoding="utf-8")
    assert watch.main([str(settings)]) == 0
    assert capsys.readouterr().out == ""
    second = last.load(status)
    assert second["cpu"]["interval_seconds"] > 29 and len(last.history(second)) == 2
    assert status.stat().st_mode & 0o777 == metrics.stat().st_mode & 0o777 == 0o644
    assert sorted(path.name for path in tmp_path.iterdir()) == ["health.prom", "settings.json", "status.json"]
    assert last.history({**second, "boot": "another"}) == []


def test_metrics_that_cannot_be_written_are_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = tmp_path / "status.json"
    options = {"interval": 0.1, "docker": "never", "ignore_mounts": ["*"], "thresholds": {"cpu": None, "memory": None}}
    for said in (["<2>metrics: normal -> critical"], [], ["<5>metrics: no longer there"]):
        watch.look(options, status, str(tmp_path / "away" / "x.prom") if "longer" not in "".join(said) else "")
        assert [line[: len(said[0])] for line in capsys.readouterr().out.splitlines()] == said if said else True
        if not said:
            assert capsys.readouterr().out == ""


def test_settings_that_cannot_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = tmp_path / "settings.json"
    settings.write_text('{"options": {"interval": "soon"}, "status_file": "/nowhere/x"}', encoding="utf-8")
    assert watch.main([str(settings)]) == 1 and watch.main([str(tmp_path / "no")]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("<3>") and any("interval: found 'soon'" in line for line in said)


def test_the_program_is_the_modules_own_code_and_runs_alone(tmp_path: Path) -> None:
    folder = tmp_path / "program"
    files = program.files()
    inside = Path(program.__file__).parents[2]
    for path, text in files.items():
        original = inside / path.partition("/")[2]
        assert path.count("/") < 2 or original.read_text(encoding="utf-8") == text
    program.install(folder, files)
    (folder / "stale.py").write_text("", encoding="utf-8")
    assert set(program.present(folder)) - set(files) == {"stale.py"}
    program.install(folder, files)
    assert program.present(folder) == files
    settings = tmp_path / "settings.json"
    told = {"options": {"interval": 0.1}, "status_file": str(tmp_path / "status.json")}
    settings.write_text(json.dumps(told), encoding="utf-8")
    command = [sys.executable, "-I", str(folder), str(settings)]
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0 and done.stderr == ""
    assert last.load(tmp_path / "status.json")["verdict"] in verdict.STATES
