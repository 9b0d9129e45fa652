# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of Compose keys for Kubernetes: complete, and each row tells the truth about a sample of the key."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.slipway.containers.plugins.module_utils._core.compose_app import app
from ansible_collections.slipway.containers.plugins.module_utils._core.compose_levels import (
    APPROXIMATED,
    IGNORED,
    NOT_NEEDED,
    REFUSED,
    TRANSLATED,
    levels,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.findings import ERROR, INFO, WARNING, Finding
from ansible_collections.slipway.containers.plugins.module_utils._core.kube import wish
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.compose.draft import Given
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.compose.key import Key
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.compose.registry import BY_NAME, THEMES
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.compose.translate import translate
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.render import Renderer
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.versions import TARGETS, minor_of
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.kube_schemas import problems
from tests.unit.test_ecs_compose_keys import SAMPLES as OF_ECS
from tests.unit.test_ecs_compose_keys import SELF_EVIDENT, keys_of_compose
from tools.docs_compose_kubernetes import compose_on_kubernetes

OWN = yaml.safe_load((Path(__file__).parent / "cases" / "kube_compose" / "keys.yml").read_text(encoding="utf-8"))
SAMPLES: dict[str, Any] = {**OF_ECS, **OWN}
NOTHING = Given()


def outcome(services: dict[str, Any], sample: dict[str, Any], asked: Given = NOTHING) -> tuple[wish.App, list[Finding]]:
    project = {kind: sample[kind] for kind in ("networks", "volumes", "secrets", "configs") if kind in sample}
    made, _found = app({"name": "shop", "services": services, **project})
    translation = translate(made, given=asked)
    return translation.app, translation.findings


@cache
def effect(name: str) -> tuple[bool, tuple[Finding, ...]]:
    """Whether the app is another one with the key than without it, and what is said with it alone."""
    sample, beside = SAMPLES[name], SAMPLES[name].get("beside", {})
    having = {"web": {"image": "a/b:1", **sample["with"]}, **beside}
    lacking = {"web": {"image": "a/b:1", **sample.get("without", {})}, **sample.get("beside_without", beside)}
    before, known = outcome(lacking, sample)
    after, found = outcome(having, sample)
    return before != after, tuple(finding for finding in found if finding not in known)


def about(name: str, findings: tuple[Finding, ...]) -> list[Finding]:
    """The findings whose place is the key, or within it."""
    top = f"services.web.{name.partition('.')[0]}"
    return [f for f in findings if f.path == top or f.path.startswith((f"{top}.", f"{top}["))]


@pytest.mark.parametrize("name", BY_NAME)
def test_the_row_tells_the_truth(name: str) -> None:
    key = BY_NAME[name]
    changed, findings = effect(name)
    severities = {finding.severity for finding in about(name, findings)}
    truth = {
        TRANSLATED: changed and ERROR not in severities,
        APPROXIMATED: changed or bool(severities),
        IGNORED: not changed and severities == {INFO if key.minor else WARNING},
        REFUSED: not changed and severities == {ERROR},
        NOT_NEEDED: not changed and not findings,
    }
    assert truth[key.level], (changed, findings)


@pytest.mark.parametrize("name", [name for name, key in BY_NAME.items() if key.level in (IGNORED, REFUSED)])
def test_what_is_left_out_is_said_in_the_words_of_the_table(name: str) -> None:
    key = BY_NAME[name]
    (finding,) = about(name, effect(name)[1])
    assert (finding.message, finding.hint) == (key.note, key.hint)


def test_every_key_that_compose_knows_is_in_the_table() -> None:
    assert set(keys_of_compose()) - set(BY_NAME) - SELF_EVIDENT == set()


def test_every_key_of_the_table_is_one_of_compose() -> None:
    inside_special = {name for name in BY_NAME if name.startswith(("ports.", "logging."))}
    assert set(BY_NAME) - set(keys_of_compose()) <= inside_special


def test_every_key_has_a_sample_and_stands_once() -> None:
    assert set(BY_NAME) == set(SAMPLES)
    assert sum(len(keys) for keys in THEMES.values()) == len(BY_NAME)


@pytest.mark.parametrize("key", BY_NAME.values(), ids=BY_NAME)
def test_a_row_is_whole(key: Key) -> None:
    assert key.level in levels("Kubernetes", "service")
    assert key.becomes and key.note
    assert "|" not in key.becomes + key.note + key.hint
    assert key.level in (IGNORED, REFUSED) or not key.quiet


def test_the_page_has_every_key_and_no_empty_cell() -> None:
    page = compose_on_kubernetes()
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert [cell for row in rows for cell in row.strip("|").split("|") if not cell.strip()] == []
    assert [name for name in BY_NAME if f"\n| `{name}` | " not in page] == []


@settings(derandomize=True, deadline=None, database=None, max_examples=40)
@given(st.lists(st.lists(st.sampled_from(list(BY_NAME)), min_size=1, max_size=8), min_size=1, max_size=4))
def test_keys_bear_each_other(chosen: list[list[str]]) -> None:
    """Services with several samples at once: what comes of them has the shape that the API takes."""
    services: dict[str, Any] = {"api": {"image": "a/api:1", "healthcheck": {"test": ["CMD", "true"]}}}
    for number, names in enumerate(chosen):
        keys = {key: value for name in names for key, value in SAMPLES[name]["with"].items() if key != "x-ecs"}
        services[f"web{number}"] = {
            "image": "a/b:1",
            **keys,
            "x-kubernetes": {"min": 2, "max": 3, **keys.get("x-kubernetes", {})},
        }
    for minor in (minor_of("1.20"), TARGETS[-1]):
        made = outcome(services, {}, Given(minor=minor))[0]
        assert problems([*Renderer(made, minor).manifests()], minor) == []
