# SPDX-License-Identifier: GPL-3.0-or-later
"""kube_manifests as a play calls it, with values from templates; what `plan` says of a cluster; a price as a play."""

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
         | slipway.containers.kube_manifests(app=name, minor=minor, images=images, secrets={}, pull_secrets=['a'],
                                             overrides={'Deployment/health-check': {'spec': {'paused': true}}}) }}
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
    images = {"streamlit-app": "{{ 'r.example.com' }}/app:1"}
    given = {"project": str(BUDGET), "key": "sk-secret", "name": "budget", "minor": 1.36, "images": images}
    done = playbook(file, "-vv", "-e", json.dumps(given))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "sk-secret" not in done.stdout + done.stderr
    plan = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    assert (plan["name"], plan["namespace"], plan["minor"]) == ("budget", "budget", "1.36")
    made = {(each["kind"], each["metadata"]["name"]): each for each in plan["manifests"]}
    assert made["Deployment", "health-check"]["spec"]["paused"] is True
    pod = made["StatefulSet", "streamlit-app"]["spec"]["template"]["spec"]
    assert pod["containers"][0]["image"] == "r.example.com/app:1" and pod["imagePullSecrets"] == [{"name": "a"}]
    assert "sk-secret" not in json.dumps(plan["manifests"])
    assert [secret["stringData"] for secret in plan["secrets"]] == [{"DEEPSEEK_API_KEY": "sk-secret"}]


def test_a_mistake_is_one_message(playbook: Playbook, tmp_path: Path) -> None:
    file = tmp_path / "plan.yml"
    file.write_text(PLAY, encoding="utf-8")
    given = {"project": str(tmp_path / "nowhere"), "key": "", "name": "budget", "minor": "1.37", "images": {}}
    done = playbook(file, "-e", json.dumps(given))
    assert done.returncode != 0
    assert "kube_manifests: " in done.stdout + done.stderr and "nowhere" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_the_plan_of_all_targets_says_what_would_break_in_a_cluster(playbook: Playbook, tmp_path: Path) -> None:
    report = tmp_path / "report"
    words = [f"plan_compose_directory={BUDGET}", f"plan_report_directory={report}", "plan_targets=kubeadm"]
    done = playbook("slipway.containers.plan", *(word for text in words for word in ("-e", text)))
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(next(report.glob("*.json")).read_text(encoding="utf-8"))
    (scenario,) = result["scenarios"]
    assert "compose-approximated" in {finding["rule"] for finding in scenario["findings"]}


def test_the_seven_nodes_are_priced(playbook: Playbook, tmp_path: Path) -> None:
    done = playbook(ROOT / "examples/seven_nodes/price.yml", "-e", f"price_report_directory={tmp_path}")
    assert done.returncode == 0, done.stdout + done.stderr
    for figure in ("202.38", "279.42", "316.80", "681.80"):
        assert figure in done.stdout, figure
    assert "changed=0" in done.stdout or list(tmp_path.glob("seven_nodes*"))
