# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of an app on a host: cases/systemd_app/<situation>/compose.yaml, options.yml and expected.yml.

`options.yml` has the project's `environment` and what the `filter` is given; findings are lines of text.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.slipway.containers.plugins.filter.systemd_app_plan import FilterModule
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.compose.kinds import KINDS
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.host import Host
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.reader import as_options, read_app
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.units import render

from tools.prepare import ROOT

CASES = Path(__file__).parent / "cases" / "systemd_app"
FOLDERS = sorted(path for path in CASES.iterdir() if path.is_dir())
ON_CASES = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
BUDGET = ROOT / "examples/streamlit_budget"

systemd_app_plan = FilterModule().filters()["systemd_app_plan"]


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}


@cache
def plan_of(folder: Path) -> dict[str, Any]:
    options = read(folder / "options.yml")
    project = {"project_directory": str(folder), "environment": options.get("environment") or {}}
    there = options.get("compose", True)
    plan: dict[str, Any] = systemd_app_plan(project if there else {}, **(options.get("filter") or {}))
    return plan


def as_expected(folder: Path, plan: dict[str, Any]) -> dict[str, Any]:
    """What people write into expected.yml: plain YAML, with no path of this machine."""
    plain = json.loads(json.dumps(plan).replace(str(folder), "FOLDER"))
    told = [f"{found['severity']} {found['rule']}: {found['path']}: {found['message']}" for found in plain["findings"]]
    return {**plain, "findings": told}


@ON_CASES
def test_the_situation_becomes_exactly_this(folder: Path) -> None:
    assert as_expected(folder, plan_of(folder)) == read(folder / "expected.yml")


@ON_CASES
def test_the_module_takes_the_services(folder: Path) -> None:
    plan = plan_of(folder)
    app, wrong = read_app({name: plan[name] for name in ("name", "root", "services")})
    assert wrong == []
    assert as_options(app)["services"] == plan["services"]


@ON_CASES
def test_no_unit_has_a_secret(folder: Path) -> None:
    plan = plan_of(folder)
    app, _wrong = read_app({name: plan[name] for name in ("name", "root", "services")})
    texts = "".join(unit.text for unit in render(app, Host(systemd=257)))
    files = [file["content"] for service in plan["services"] for file in service.get("files", ())]
    assert [content for content in files if content.strip() in texts] == []
    values = [value for service in plan["services"] for value in service.get("environment", {}).values()]
    assert [value for value in values if len(value) > 5 and f"={value}\n" in texts] == []


def test_every_kind_of_finding_has_a_situation() -> None:
    told = {found["rule"] for folder in FOLDERS for found in plan_of(folder)["findings"]}
    assert set(KINDS) - told == {"compose-unknown"}


def test_the_reference_app_needs_nothing_but_its_secrets() -> None:
    plan = systemd_app_plan({"project_directory": str(BUDGET)})
    worse = [found for found in plan["findings"] if found["severity"] != "info"]
    assert {found["rule"] for found in worse} == {"variable-without-value"}
    assert plan["release"] == {"requirements": "requirements.txt", "build": [], "exclude": [".env"]}
    web, health = plan["services"]
    assert web["ready"] == [{"http": "http://127.0.0.1:8501/_stcore/health"}]
    assert web["limits"] == {"memory": 1920 * 2**20, "memory_low": 1536 * 2**20, "cpus": "1"}
    assert health["sockets"] == [8080] and health["environment"]["STREAMLIT_URL"] == "http://127.0.0.1:8501"
    assert health["needs"] == [{"service": "streamlit-app", "condition": "ready"}]
    secret = systemd_app_plan({"project_directory": str(BUDGET), "environment": {"DEEPSEEK_API_KEY": "sk-1"}})
    assert secret["services"][0]["environment"]["DEEPSEEK_API_KEY"] == "sk-1"


@pytest.mark.parametrize(
    ("compose", "options", "message"),
    [
        ([], {}, "found list, expected a dictionary with project_directory"),
        ({"file": "x"}, {"app": "shop"}, "found the unknown key 'file'"),
        ({}, {}, "app is missing, expected the name of the app"),
        (
            {},
            {"app": "shop", "service": {}},
            "found the unknown option 'service', expected app, root, services, secrets",
        ),
        (
            {},
            {"app": ["shop"], "services": []},
            "app is list, expected a text; services is list, expected a dictionary",
        ),
        ({"project_directory": "/nowhere"}, {}, "/nowhere"),
    ],
)
def test_what_is_asked_wrongly_is_told(compose: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(AnsibleFilterError) as raised:
        systemd_app_plan(compose, **options)
    assert message in str(raised.value)
