# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode on a host that has nothing yet: no Docker, no Compose, no PyYAML, and no files."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from .hosts import Host, playbook

COMPOSE = """\
name: shop
services:
  web:
    image: nginx:${TAG:-1.27}
    environment: {DB_PASSWORD: "${DB_PASSWORD:-}"}
    configs: [{source: site, target: /etc/site}]
    depends_on: [db]
  db:
    image: postgres:17
  debug:
    image: busybox:1
    profiles: [debug]
configs:
  site: {file: ./site.conf}
"""


@pytest.fixture(scope="module")
def bare_host() -> Iterator[Host]:
    with Host.create("bare", docker=False) as host:
        yield host


def predicted(host: Host, folder: Path, check: bool = True, **options: Any) -> dict[str, Any]:
    """The result of a task with these options, in check mode unless told otherwise."""
    # A failure is a result like any other here: the tests look at it.
    task = {"name": "Try", "slipway.containers.compose_stack": options, "register": "found", "ignore_errors": True}
    show = {
        "name": "Show",
        "ansible.builtin.copy": {"dest": str(folder / "found.json"), "content": "{{ found | to_json }}"},
    }
    tasks = [task, {**show, "delegate_to": "localhost", "check_mode": False, "vars": {"ansible_connection": "local"}}]
    play = folder / "play.yml"
    play.write_text(yaml.safe_dump([{"name": "Check", "hosts": "lab", "gather_facts": False, "tasks": tasks}]), "utf-8")
    done: subprocess.CompletedProcess[str] = playbook(
        play, *(["--check"] if check else []), hosts=[host], folder=folder
    )
    assert done.returncode == 0, done.stdout + done.stderr
    result: dict[str, Any] = json.loads((folder / "found.json").read_text(encoding="utf-8"))
    return result


def created(result: dict[str, Any]) -> list[str]:
    assert not result.get("failed"), result["msg"]
    assert result["changed"] and not result["prediction_exact"]
    return sorted(service["name"] for service in result["services"] if service["action"] == "create")


def test_from_the_controllers_files(bare_host: Host, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "compose.yaml").write_text(COMPOSE, encoding="utf-8")
    (tmp_path / "shop" / "site.conf").write_text("listen 80;\n", encoding="utf-8")
    result = predicted(
        bare_host,
        tmp_path,
        project_src="/opt/shop",
        controller_src=str(tmp_path / "shop"),
        controller_environment={"TAG": "1.28", "DB_PASSWORD": "sehr-geheim"},
    )
    assert created(result) == ["db", "web"]
    assert {service["image"] for service in result["services"]} == {"nginx:1.28", "postgres:17"}
    assert "create" in result["diff"]["after"]
    assert "geheim" not in json.dumps(result)


def test_from_a_definition(bare_host: Host, tmp_path: Path) -> None:
    definition = {"services": {"web": {"image": "nginx:1.27"}}}
    result = predicted(bare_host, tmp_path, project_src="/opt/shop", definition=definition)
    assert created(result) == ["web"]


def test_from_the_hosts_files(bare_host: Host, tmp_path: Path) -> None:
    bare_host.write("/opt/there/compose.yaml", COMPOSE)
    bare_host.write("/opt/there/site.conf", "listen 80;\n")
    result = predicted(bare_host, tmp_path, project_src="/opt/there", profiles=["debug"])
    assert created(result) == ["db", "debug", "web"]


def test_without_files_something_changes(bare_host: Host, tmp_path: Path) -> None:
    result = predicted(bare_host, tmp_path, project_src="/opt/nowhere")
    assert result["changed"] and not result["services"] and not result["prediction_exact"]


def test_what_is_wrong_with_the_files_is_told(bare_host: Host, tmp_path: Path) -> None:
    bare_host.write("/opt/wrong/compose.yaml", "services:\n  web:\n    imag: x\n")
    result = predicted(bare_host, tmp_path, project_src="/opt/wrong")
    assert result["failed"] and "compose.yaml:3" in result["msg"] and "imag" in result["msg"]


def test_the_real_run_says_what_is_missing(bare_host: Host, tmp_path: Path) -> None:
    bare_host.write("/opt/there/compose.yaml", COMPOSE)
    bare_host.write("/opt/there/site.conf", "listen 80;\n")
    result = predicted(bare_host, tmp_path, check=False, project_src="/opt/there")
    assert result["failed"] and "docker-compose" in result["msg"] and "2.26" in result["msg"]
