# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of Compose keys for ECS: complete, and each of its cells tells the truth about a sample of the key."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.slipway.containers.plugins.module_utils._core.compose import schema
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.kinds import ListOf, MapOf, Table
from ansible_collections.slipway.containers.plugins.module_utils._core.compose_app import app
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.compose.key import (
    APPROXIMATED,
    IGNORED,
    LEVELS,
    NOT_NEEDED,
    REFUSED,
    TRANSLATED,
    Key,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.compose.registry import BY_NAME, THEMES
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.compose.target import EcsTarget
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.compose.translate import translate
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.shapes_snapshot import MODEL
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.task_definition import prepare
from ansible_collections.slipway.containers.plugins.module_utils._core.findings import ERROR, INFO, WARNING, Finding
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.docs_compose_support import compose_support

SAMPLES: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parent / "cases" / "ecs_compose" / "keys.yml").read_text(encoding="utf-8")
)
LAUNCH_TYPES = ("FARGATE", "EC2")
#: Keys of Compose whose inner keys are rows of their own; of the others the row of the key itself speaks.
SPLIT = {
    *("deploy", "deploy.resources", "deploy.resources.limits", "deploy.resources.reservations", "depends_on"),
    *("healthcheck", "logging", "networks", "ports", "volumes", "volumes.bind", "volumes.tmpfs", "volumes.volume"),
}
#: What makes an entry a mount of a type, and is said of the whole.
SELF_EVIDENT = {"volumes.type", "volumes.source", "volumes.target", "volumes.volume", "volumes.tmpfs"}


def outcome(services: dict[str, Any], sample: dict[str, Any], launch_type: str) -> tuple[Any, list[Finding]]:
    """The definitions of all tasks, and the findings at the service that has the key."""
    project = {kind: sample[kind] for kind in ("networks", "volumes", "secrets", "configs") if kind in sample}
    made, _found = app({"name": "shop", "services": services, **project})
    translations = translate(made, EcsTarget(launch_type, "eu-west-1"))
    findings = [finding for translation in translations for finding in translation.findings]
    return [translation.definition for translation in translations], findings


@cache
def effect(name: str, launch_type: str) -> tuple[bool, tuple[Finding, ...]]:
    """Whether the definition is another one with the key than without it, and what is said with it alone."""
    sample, beside = SAMPLES[name], SAMPLES[name].get("beside", {})
    having = {"web": {"image": "a/b:1", **sample["with"]}, **beside}
    lacking = {"web": {"image": "a/b:1", **sample.get("without", {})}, **sample.get("beside_without", beside)}
    before, known = outcome(lacking, sample, launch_type)
    after, found = outcome(having, sample, launch_type)
    return before != after, tuple(finding for finding in found if finding not in known)


def about(name: str, findings: tuple[Finding, ...]) -> list[Finding]:
    """The findings whose place is the key, or within it."""
    top = f"services.web.{name.partition('.')[0]}"
    return [f for f in findings if f.path == top or f.path.startswith((f"{top}.", f"{top}["))]


def parent_refused(key: Key, launch_type: str) -> bool:
    """Within a key that is refused, there is nothing more to say of the keys in it."""
    parent = BY_NAME.get(key.name.rpartition(".")[0])
    return parent is not None and parent.level(launch_type == "FARGATE") == REFUSED


@pytest.mark.parametrize("launch_type", LAUNCH_TYPES)
@pytest.mark.parametrize("name", BY_NAME)
def test_the_cell_tells_the_truth(name: str, launch_type: str) -> None:
    key = BY_NAME[name]
    changed, findings = effect(name, launch_type)
    severities = {finding.severity for finding in about(name, findings)}
    if parent_refused(key, launch_type):
        assert key.level(launch_type == "FARGATE") == REFUSED
        return
    truth = {
        TRANSLATED: changed and ERROR not in severities,
        APPROXIMATED: changed or bool(severities),
        IGNORED: not changed and severities == {INFO if key.minor else WARNING},
        REFUSED: not changed and severities == {ERROR},
        NOT_NEEDED: not changed and not findings,
    }
    assert truth[key.level(launch_type == "FARGATE")], (changed, findings)


@pytest.mark.parametrize("name", [name for name, key in BY_NAME.items() if IGNORED in (key.fargate, key.ec2)])
def test_what_is_left_out_is_said_in_the_words_of_the_table(name: str) -> None:
    key = BY_NAME[name]
    for launch_type in LAUNCH_TYPES:
        if key.level(launch_type == "FARGATE") == IGNORED:
            (finding,) = about(name, effect(name, launch_type)[1])
            assert (finding.message, finding.hint) == (key.note, key.hint)


def fields_of(kind: Any) -> dict[str, Any]:
    """The keys of a mapping, or of the mappings in a list or a mapping."""
    while isinstance(kind, (ListOf, MapOf)):
        kind = kind.item
    return dict(kind.fields) if isinstance(kind, Table) else {}


def keys_of_compose(kind: Any = schema.SERVICE, prefix: str = "") -> Iterator[str]:
    for name, inner in fields_of(kind).items():
        yield prefix + name
        if prefix + name in SPLIT:
            yield from keys_of_compose(inner, f"{prefix}{name}.")


def test_every_key_that_compose_knows_is_in_the_table() -> None:
    known = set(keys_of_compose())
    assert len([name for name in known if "." not in name]) == 92
    assert known - set(BY_NAME) - SELF_EVIDENT == set()


def test_every_key_of_the_table_is_one_of_compose() -> None:
    inside_special = {name for name in BY_NAME if name.startswith(("ports.", "logging."))}
    assert set(BY_NAME) - set(keys_of_compose()) <= inside_special


def test_every_key_has_a_sample_and_stands_once() -> None:
    assert set(SAMPLES) == set(BY_NAME)
    assert sum(len(keys) for keys in THEMES.values()) == len(BY_NAME)


@pytest.mark.parametrize("key", BY_NAME.values(), ids=BY_NAME)
def test_a_row_is_whole(key: Key) -> None:
    assert {key.fargate, key.ec2} <= set(LEVELS)
    assert key.becomes and key.note
    assert "|" not in key.becomes + key.note + key.hint
    lost = {key.fargate, key.ec2} & {IGNORED, REFUSED}
    assert lost or not (key.minor or key.quiet or key.answer)


def test_the_page_has_no_empty_cell() -> None:
    rows = [line for line in compose_support().splitlines() if line.startswith("|")]
    cells = [cell.strip() for row in rows for cell in row.strip("|").split("|")]
    assert len(rows) > len(BY_NAME)
    assert [cell for cell in cells if not cell] == []


def test_the_page_has_every_key() -> None:
    page = compose_support()
    assert [name for name in BY_NAME if f"\n| `{name}` | " not in page] == []


@settings(derandomize=True, deadline=None, database=None, max_examples=60)
@given(
    st.lists(st.lists(st.sampled_from(list(BY_NAME)), min_size=1, max_size=8), min_size=1, max_size=4), st.booleans()
)
def test_keys_bear_each_other(chosen: list[list[str]], together: bool) -> None:
    """Services with several samples at once, in one task or apart: every definition has the API's shape."""
    services: dict[str, Any] = {"api": {"image": "a/api:1", "healthcheck": {"test": ["CMD", "true"]}}}
    for number, names in enumerate(chosen):
        keys = {key: value for name in names for key, value in SAMPLES[name]["with"].items() if key != "x-ecs"}
        services[f"web{number}"] = {"image": "a/b:1", **keys}
    for keys in services.values():
        keys.update({"x-ecs": {"task": "t"}} if together else {})
    for launch_type in LAUNCH_TYPES:
        for definition in outcome(services, {}, launch_type)[0]:
            found = {finding.rule for finding in prepare(definition, MODEL).findings}
            assert found.isdisjoint({"unknown-field", "wrong-type", "missing-field", "unknown-value"})
