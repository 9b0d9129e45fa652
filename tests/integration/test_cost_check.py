# SPDX-License-Identifier: GPL-3.0-or-later
"""cost_check and the plan as users run them: through ansible-playbook, with no network to be had."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.prepare import ROOT

Playbook = Callable[..., subprocess.CompletedProcess[str]]
MODULE = "slipway.containers.cost_check"
#: An audit hook cannot be taken back or gone around: whatever wants a socket of the internet fails.
NO_NETWORK = """\
import socket, sys

def refuse(event, arguments):
    # Ansible itself asks once what 127.0.0.1 is, to try its own repair of socket.getaddrinfo.
    asked = event == "socket.getaddrinfo" and arguments[0] != "127.0.0.1"
    if asked or event == "socket.__new__" and arguments[1] in (socket.AF_INET, socket.AF_INET6):
        raise PermissionError(f"the network is forbidden: {event} {arguments[1:]}")

sys.addaudithook(refuse)
"""
WEB = {"kind": "fargate_task", "vcpu": 0.5, "memory_gib": 1, "count": 3}
SCENARIO = {"name": "web", "region": "us-east-1", "resources": [WEB]}


@pytest.fixture
def offline(environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """Variables with which every Python process refuses the network."""
    (tmp_path / "offline").mkdir()
    (tmp_path / "offline" / "sitecustomize.py").write_text(NO_NETWORK, encoding="utf-8")
    return {"PYTHONPATH": f"{tmp_path / 'offline'}:{environment['PYTHONPATH']}"}


@pytest.fixture
def ask(playbook: Playbook, offline: dict[str, str], tmp_path: Path) -> Callable[..., list[dict[str, Any]]]:
    """The results of tasks of cost_check, one for each dictionary of options; one that fails stops no other."""

    def run(*options: dict[str, Any], mode: tuple[str, ...] = ()) -> list[dict[str, Any]]:
        go_on = [{"name": "Go on", "ansible.builtin.meta": "noop"}]
        tasks = [
            {"name": f"Ask {index}", "block": [{"name": "Price", MODULE: option}], "rescue": go_on}
            for index, option in enumerate(options)
        ]
        play = [{"name": "Prices", "hosts": "localhost", "gather_facts": False, "tasks": tasks}]
        file = tmp_path / "prices.yml"
        file.write_text(yaml.safe_dump(play), encoding="utf-8")
        done = playbook(file, *mode, ANSIBLE_STDOUT_CALLBACK="ansible.posix.json", **offline)
        assert "Traceback" not in done.stdout + done.stderr
        asked = json.loads(done.stdout)["plays"][0]["tasks"]
        return [task["hosts"]["localhost"] for task in asked if task["task"]["name"] == "Price"]

    return run


def test_the_network_really_is_forbidden(playbook: Playbook, offline: dict[str, str], tmp_path: Path) -> None:
    task = {"name": "Ask", "ansible.builtin.uri": {"url": "http://127.0.0.1:9/"}}
    file = tmp_path / "network.yml"
    file.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]), encoding="utf-8")
    done = playbook(file, **offline)
    assert done.returncode != 0 and "the network is forbidden" in done.stdout


def test_a_price_to_the_cent_without_a_network(ask: Callable[..., list[dict[str, Any]]]) -> None:
    (result,) = ask({"scenarios": [SCENARIO]})
    assert result["changed"] is False
    (scenario,) = result["scenarios"]
    assert round(scenario["expected"], 2) == 54.06
    assert scenario["complete"] and scenario["verdict"] is None and result["verdict"] is None
    assert [line["unit_price"] for line in scenario["lines"]] == [0.04048, 0.004445]
    assert not {"failed", "msg"} & result.keys() and not result["gate_closed"]


def test_check_mode_and_diff_give_the_same(ask: Callable[..., list[dict[str, Any]]]) -> None:
    options = {"scenarios": [SCENARIO], "budget_usd_per_month": 60, "budget_usd_total": 100}
    real, predicted, shown = (ask(options, mode=mode) for mode in ((), ("--check",), ("--diff",)))
    assert real == predicted == shown


def test_the_gate_stops_the_play_and_tells_all(ask: Callable[..., list[dict[str, Any]]]) -> None:
    over = {"scenarios": [SCENARIO], "budget_usd_per_month": 50}
    failed, passed, ungated, later = ask(
        over, {**over, "budget_usd_per_month": 60}, {**over, "gate": "none"}, {**over, "enforce": False}
    )
    assert failed["failed"] and failed["verdict"] == "fail" and failed["scenarios"][0]["edits"]
    assert "$54.06" in failed["msg"] and "$50.00" in failed["msg"]
    assert "failed" not in passed and passed["verdict"] == "pass"
    assert "failed" not in ungated and ungated["verdict"] == "fail" and not ungated["gate_closed"]
    assert "failed" not in later and later["gate_closed"] and later["msg"] == failed["msg"]


def test_what_has_no_price_closes_the_gate(ask: Callable[..., list[dict[str, Any]]]) -> None:
    unknown = {"kind": "ec2_instance", "type": "x9.mega"}
    options = {"scenarios": [{**SCENARIO, "resources": [WEB, unknown]}], "budget_usd_per_month": 1000}
    (closed,) = ask(options)
    assert closed["failed"] and closed["verdict"] == "indeterminate"
    assert closed["missing_prices"] == [
        {"region": "us-east-1", "key": "ec2.linux.x9.mega", "unit": "hour", "usd": None}
    ]
    assert closed["scenarios"][0]["lines"][-1]["expected"] is None
    filled = [{**price, "usd": 1} for price in yaml.safe_load(closed["price_overrides_yaml"])["price_overrides"]]
    opened, by_hand = ask({**options, "price_overrides": filled}, {**options, "allow_unpriced": True})
    assert opened["verdict"] == by_hand["verdict"] == "pass"
    assert round(opened["scenarios"][0]["expected"], 2) == 784.06


BAD = {
    "unknown kind": ({"scenarios": [{**SCENARIO, "resources": [{"kind": "fargate_tsk"}]}]}, "fargate_task"),
    "zero count": ({"scenarios": [{**SCENARIO, "resources": [{**WEB, "count": 0}]}]}, "count"),
    "negative count": ({"scenarios": [{**SCENARIO, "resources": [{**WEB, "count": -1}]}]}, "count"),
    "min above max": (
        {"scenarios": [{**SCENARIO, "resources": [{**WEB, "count": None, "count_min": 4, "count_max": 2}]}]},
        "count_min",
    ),
    "a budget of 0": ({"scenarios": [SCENARIO], "budget_usd_per_month": 0}, "found the number 0"),
    "a budget of abc": ({"scenarios": [SCENARIO], "budget_usd_per_month": "abc"}, "abc"),
    "a budget that is no number": ({"scenarios": [SCENARIO], "budget_usd_per_month": "nan"}, "budget_usd_per_month"),
    "Spot share": ({"scenarios": [{**SCENARIO, "resources": [{**WEB, "spot_share": 1.5}]}]}, "spot_share"),
    "Fargate pair": ({"scenarios": [{**SCENARIO, "resources": [{**WEB, "memory_gib": 8}]}]}, "memory_gib"),
    "currency": (
        {
            "scenarios": [SCENARIO],
            "price_overrides": [
                {"region": "us-east-1", "key": "nat.hour", "usd": 1, "unit": "hour", "currency": "EUR"}
            ],
        },
        "EUR",
    ),
    "override without a unit": (
        {"scenarios": [SCENARIO], "price_overrides": [{"region": "us-east-1", "key": "nat.hour", "usd": 1}]},
        "unit",
    ),
    "no scenario": ({"scenarios": []}, "scenarios"),
    "no region": ({"scenarios": [{"name": "web", "resources": [WEB]}]}, "region"),
    "chosen": ({"scenarios": [SCENARIO], "chosen": "wbe"}, "wbe"),
    "no such price book": ({"scenarios": [SCENARIO], "price_book": "/nowhere/book.json"}, "/nowhere/book.json"),
    "no such Compose file": (
        {"scenarios": [{"compose": {"files": ["/nowhere/compose.yaml"]}, "target": "fargate", "region": "us-east-1"}]},
        "compose.yaml: no such file",
    ),
}


def test_bad_input_is_one_clear_message(ask: Callable[..., list[dict[str, Any]]]) -> None:
    results = ask(*(options for options, _named in BAD.values()))
    for (case, (_options, named)), result in zip(BAD.items(), results):
        assert result["failed"] and not result.get("changed"), case
        assert named in result["msg"], f"{case}: {result['msg']}"
        assert "scenarios" not in result and "0.00" not in result["msg"], case


@pytest.mark.parametrize(
    ("book", "said"),
    [("", "JSON"), ("{", "JSON"), ("[]", "found a list"), ("{}", "currency"), ('{"currency": "EUR"}', "EUR")],
)
def test_a_bad_price_book_is_refused(
    book: str, said: str, ask: Callable[..., list[dict[str, Any]]], tmp_path: Path
) -> None:
    file = tmp_path / "book.json"
    file.write_text(book, encoding="utf-8")
    (result,) = ask({"scenarios": [SCENARIO], "price_book": str(file)})
    assert result["failed"] and str(file) in result["msg"] and "scenarios" not in result


def test_the_plan_of_any_compose_file_changes_nothing(
    playbook: Playbook, offline: dict[str, str], tmp_path: Path
) -> None:
    project = tmp_path / "project"
    shutil.copytree(ROOT / "tests/projects/blog", project)
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    file = next(project.glob("*compose*.y*ml"))
    arguments = ["-e", f"plan_compose_files={file}", "-e", "plan_budget_usd_per_month=200"]
    done = playbook("slipway.containers.plan", *arguments, **offline)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "changed=0" in done.stdout and "failed=0" in done.stdout
    for target in ("systemd", "Compose", "Fargate", "ECS on EC2", "kubeadm", "EKS"):
        assert target in done.stdout
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before


def test_the_plan_reports_before_it_fails(playbook: Playbook, offline: dict[str, str], tmp_path: Path) -> None:
    arguments = ["-e", f"plan_compose_directory={ROOT}/examples/streamlit_budget", "-e", "plan_budget_usd_per_month=10"]
    done = playbook("slipway.containers.plan", *arguments, "-e", f"plan_report_directory={tmp_path}/report", **offline)
    assert done.returncode != 0
    assert {path.suffix for path in (tmp_path / "report").iterdir()} == {".html", ".md", ".json", ".txt"}
