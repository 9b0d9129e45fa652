# SPDX-License-Identifier: GPL-3.0-or-later
"""systemd_app_plan as a play calls it, with values from templates; and what `plan` says of a host."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from tools.prepare import ROOT

Playbook = Callable[..., subprocess.CompletedProcess[str]]
BUDGET = ROOT / "examples/streamlit_budget"
PLAY = """\
---
- name: Plan
  hosts: localhost
  gather_facts: false
  vars:
    plan: >-
      {{ {'project_directory': project, 'environment': {'DEEPSEEK_API_KEY': key}}
         | slipway.containers.systemd_app_plan(app=name, services=services, secrets={}) }}
  tasks:
    - name: Write it down
      ansible.builtin.copy:
        content: "{{ plan | to_json }}"
        dest: "{{ playbook_dir }}/plan.json"
        mode: "0600"
      no_log: true
"""


def test_a_play_gets_plain_values(playbook: Playbook, tmp_path: Path) -> None:
    file = tmp_path / "plan.yml"
    file.write_text(PLAY, encoding="utf-8")
    services = {"streamlit-app": {"limits": {"memory": "{{ 1024 + 1024 }}M"}, "hardening": {"ProtectHome": "no"}}}
    given = {"project": str(BUDGET), "key": "sk-secret", "name": "budget", "services": services}
    done = playbook(file, "-vv", "-e", json.dumps(given))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "sk-secret" not in done.stdout + done.stderr
    plan = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    assert (plan["name"], plan["root"]) == ("budget", "/srv/slipway/budget")
    web, health = plan["services"]
    assert web["limits"]["memory"] == 2**31 and web["hardening"] == {"ProtectHome": False}
    assert web["environment"]["DEEPSEEK_API_KEY"] == "sk-secret"
    assert health["sockets"] == [8080]
    assert {found["severity"] for found in plan["findings"]} <= {"warning", "info"}


def test_a_mistake_is_one_message(playbook: Playbook, tmp_path: Path) -> None:
    file = tmp_path / "plan.yml"
    file.write_text(PLAY, encoding="utf-8")
    given = {"project": str(tmp_path / "nowhere"), "key": "", "name": "budget", "services": {}}
    done = playbook(file, "-e", json.dumps(given))
    assert done.returncode != 0
    assert "systemd_app_plan: " in done.stdout + done.stderr and "nowhere" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_the_plan_of_all_targets_says_what_would_break_on_a_host(playbook: Playbook, tmp_path: Path) -> None:
    report = tmp_path / "report"
    for directory, rule in ((BUDGET, "address-rewritten"), (ROOT / "tests/projects/blog", "no-program")):
        arguments = [f"plan_compose_directory={directory}", f"plan_report_directory={report}", "plan_targets=systemd"]
        done = playbook("slipway.containers.plan", *(word for text in arguments for word in ("-e", text)))
        assert done.returncode == 0, done.stdout + done.stderr
        result = json.loads(next(report.glob("*.json")).read_text(encoding="utf-8"))
        (scenario,) = result["scenarios"]
        assert rule in {finding["rule"] for finding in scenario["findings"]}
