# SPDX-License-Identifier: GPL-3.0-or-later
"""Compose to ECS: cases/ecs_compose/<situation>/compose.yml, and expected.yml with what it makes of both launch types.

The input is what `docker compose config` printed for the situation. Expected is, for each task, what its definition has
beyond (or, with null, without) what the same services with nothing but their images get, and what is said about that.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.slipway.containers.plugins.module_utils._core.app import App
from ansible_collections.slipway.containers.plugins.module_utils._core.compose_app import app
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.compose.kinds import KINDS
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.compose.target import EcsTarget
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.compose.translate import (
    Translation,
    translate,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.rules.registry import RULES
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.shapes_snapshot import MODEL
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.task_definition import prepare
from ansible_collections.slipway.containers.plugins.module_utils._core.findings import ERROR, SEVERITIES, Finding
from ansible_collections.slipway.containers.plugins.module_utils._core.sizing import size
from ansible_collections.slipway.containers.plugins.module_utils._core.tree import leaves

CASES = Path(__file__).parent / "cases" / "ecs_compose"
FOLDERS = sorted(path for path in CASES.iterdir() if path.is_dir())
LAUNCH_TYPES = ("FARGATE", "EC2")
ROLE = "arn:aws:iam::111122223333:role/execution"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)


def app_of(canonical: Any) -> App:
    made, found = app(canonical)
    assert found == []
    return made


def bare(canonical: Any) -> Any:
    """The same services with nothing but their images and tasks."""
    services = {}
    for name, keys in canonical["services"].items():
        task = (keys.get("x-ecs") or {}).get("task")
        services[name] = {"image": keys["image"]} if keys.get("image") else {}
        services[name].update({"x-ecs": {"task": task}} if task else {})
    return {"name": canonical["name"], "services": services}


def target_of(folder: Path, launch_type: str) -> EcsTarget:
    """target.yml has what a situation needs of the target beside the launch type."""
    options = {"region": "eu-west-1"}
    file = folder / "target.yml"
    return EcsTarget(launch_type, **{**options, **(read(file) if file.exists() else {})})


@cache
def translated(folder: Path, launch_type: str) -> tuple[list[Translation], list[Translation]]:
    """The situation's translation, and that of its images alone."""
    canonical, target = read(folder / "compose.yml"), target_of(folder, launch_type)
    return translate(app_of(canonical), target), translate(app_of(bare(canonical)), target)


def outcome(folder: Path, launch_type: str) -> list[dict[str, Any]]:
    return [_difference(full, plain) for full, plain in zip(*translated(folder, launch_type))]


def _difference(full: Translation, plain: Translation) -> dict[str, Any]:
    has, had = leaves(full.definition), leaves(plain.definition)
    definition = {path: has.get(path) for path in (*has, *had) if has.get(path) != had.get(path)}
    found = [f"{finding.severity}: {finding.as_text()}" for finding in full.findings if finding not in plain.findings]
    refused = [finding.as_text() for finding in _errors(full)]
    parts = {"definition": definition, "findings": found, "refused_by_rules": refused}
    return {"task": full.task, **{name: part for name, part in parts.items() if part}}


def _errors(translation: Translation) -> Iterator[Finding]:
    """What the rules over definitions refuse, given the role that Compose knows nothing of."""
    prepared = prepare({**translation.definition, "executionRoleArn": ROLE}, MODEL)
    return (finding for finding in prepared.findings if finding.severity == ERROR)


@pytest.mark.parametrize("launch_type", LAUNCH_TYPES)
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_situation_becomes_exactly_this(folder: Path, launch_type: str) -> None:
    expected = read(folder / "expected.yml")
    assert outcome(folder, launch_type) == expected.get("both", expected.get(launch_type.lower()))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_case_is_complete(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} - {"target.yml"} == {"compose.yml", "expected.yml"}


@pytest.mark.parametrize("launch_type", LAUNCH_TYPES)
def test_every_definition_has_the_apis_shape(launch_type: str) -> None:
    """No situation makes a field that the API has not, a wrong type, or a value that it does not know."""
    found = {
        (folder.name, finding.rule)
        for folder in FOLDERS
        for translation in translated(folder, launch_type)[0]
        for finding in prepare(translation.definition, MODEL).findings
    }
    assert {
        pair for pair in found if pair[1] in ("unknown-field", "wrong-type", "missing-field", "unknown-value")
    } == set()


def _all_findings() -> list[Finding]:
    pairs = [(folder, launch_type) for folder in FOLDERS for launch_type in LAUNCH_TYPES]
    return [finding for pair in pairs for translation in translated(*pair)[0] for finding in translation.findings]


def test_findings_read_well() -> None:
    """One line, no stray spaces, a place of the Compose file, and the worst come first."""
    for finding in _all_findings():
        assert finding.path.startswith("services.")
        for text in (finding.message, finding.hint):
            assert text == text.strip() and "\n" not in text and not text.endswith(".")
    for folder in FOLDERS:
        for translation in translated(folder, "FARGATE")[0]:
            ranks = [SEVERITIES.index(finding.severity) for finding in translation.findings]
            assert ranks == sorted(ranks), folder.name


def test_every_kind_of_finding_has_a_case() -> None:
    assert set(KINDS) - {finding.rule for finding in _all_findings()} == {"compose-unknown"}


def test_names_of_findings_are_their_own() -> None:
    assert set(KINDS).isdisjoint(rule.name for rule in RULES)


def test_a_key_that_nobody_knows_is_told() -> None:
    service = {"image": "a/b:1", "brand_new": True, "x-note": "mine", "deploy": {"brand_new": 1, "x-note": "mine"}}
    canonical = {"name": "shop", "services": {"web": service}}
    (translation,) = translate(app_of(canonical), EcsTarget("FARGATE", "eu-west-1"))
    found = [(finding.rule, finding.path) for finding in translation.findings if finding.rule == "compose-unknown"]
    assert found == [
        ("compose-unknown", "services.web.brand_new"),
        ("compose-unknown", "services.web.deploy.brand_new"),
    ]


def test_families_are_called_after_project_and_task_or_as_told() -> None:
    services = {"web": {"image": "a/b:1"}, "api.v1": {"image": "a/c:1"}}
    made = app_of({"name": "shop", "services": services})
    target = EcsTarget("FARGATE", "eu-west-1", families={"web": "storefront"})
    definitions = {translation.task: translation.definition for translation in translate(made, target)}
    assert {task: definition["family"] for task, definition in definitions.items()} == {
        "web": "storefront",
        "api.v1": "shop-api-v1",
    }
    (container,) = definitions["web"]["containerDefinitions"]
    assert container["logConfiguration"]["options"]["awslogs-group"] == "/ecs/storefront"


def test_nothing_with_nothing() -> None:
    assert translate(app_of({"name": "shop", "services": {}}), EcsTarget()) == []


def test_the_app_stays_as_it_was() -> None:
    for folder in FOLDERS:
        canonical = read(folder / "compose.yml")
        before = json.dumps(canonical)
        translate(app_of(canonical), target_of(folder, "FARGATE"))
        translate(app_of(canonical), target_of(folder, "EC2"))
        assert json.dumps(canonical) == before, folder.name


def test_sizes_that_are_assumed_are_said_with_the_sizing_s_own_finding() -> None:
    made = app_of({"name": "shop", "services": {"web": {"image": "a/b:1"}}})
    for launch_type in LAUNCH_TYPES:
        (translation,) = translate(made, EcsTarget(launch_type, "eu-west-1"))
        assert set(size(made.services["web"], "ecs").findings) <= set(translation.findings)


WHOLE = sorted((CASES.parent / "ecs_compose_whole").iterdir())


def whole(folder: Path, launch_type: str) -> list[dict[str, Any]]:
    """Everything about each task; what the rules over definitions say stands beside it, given the roles."""
    result = []
    for translation in translate(app_of(read(folder / "compose.yml")), EcsTarget(launch_type, "ap-northeast-2")):
        prepared = prepare({**translation.definition, "executionRoleArn": ROLE}, MODEL)
        result.append(
            {
                "task": translation.task,
                "services": list(translation.services),
                "definition": translation.definition,
                "findings": [f"{finding.severity}: {finding.as_text()}" for finding in translation.findings],
                "rules": [f"{finding.severity}: {finding.as_text()}" for finding in prepared.findings],
            }
        )
    return result


@pytest.mark.parametrize("launch_type", LAUNCH_TYPES)
@pytest.mark.parametrize("folder", WHOLE, ids=lambda folder: folder.name)
def test_whole_projects(folder: Path, launch_type: str) -> None:
    assert whole(folder, launch_type) == read(folder / f"{launch_type.lower()}.yml")
