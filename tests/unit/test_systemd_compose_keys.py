# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of Compose keys for systemd: complete, and each of its rows tells the truth about a sample of the key."""

from __future__ import annotations

from dataclasses import replace
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
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd import wish
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.compose.key import Key
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.compose.registry import BY_NAME, THEMES
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.compose.translate import translate
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.reader import as_options, read_app
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.test_ecs_compose_keys import SAMPLES as OF_ECS
from tests.unit.test_ecs_compose_keys import SELF_EVIDENT, keys_of_compose
from tools.docs_compose_systemd import compose_on_systemd

OWN = yaml.safe_load((Path(__file__).parent / "cases" / "systemd_compose" / "keys.yml").read_text(encoding="utf-8"))
SAMPLES: dict[str, Any] = {**OF_ECS, **OWN}
PROGRAM = {"x-systemd": {"exec": "/bin/web"}}


def outcome(services: dict[str, Any], sample: dict[str, Any]) -> tuple[wish.App, list[Finding]]:
    project = {kind: sample[kind] for kind in ("networks", "volumes", "secrets", "configs") if kind in sample}
    made, _found = app({"name": "shop", "services": services, **project})
    translation = translate(made)
    return translation.app, translation.findings


@cache
def effect(name: str) -> tuple[bool, tuple[Finding, ...]]:
    """Whether the app is another one with the key than without it, and what is said with it alone."""
    sample, beside = SAMPLES[name], SAMPLES[name].get("beside", {})
    having = {"web": {"image": "a/b:1", **PROGRAM, **sample["with"]}, **with_programs(beside)}
    beside_without = with_programs(sample.get("beside_without", beside))
    lacking = {"web": {"image": "a/b:1", **PROGRAM, **sample.get("without", {})}, **beside_without}
    before, known = outcome(lacking, sample)
    after, found = outcome(having, sample)
    return before != after, tuple(finding for finding in found if finding not in known)


def with_programs(services: dict[str, Any]) -> dict[str, Any]:
    return {name: {**PROGRAM, **keys} for name, keys in services.items()}


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
    if name != "volumes.image":  # its type is refused, whatever options it has
        (finding,) = about(name, effect(name)[1])
        assert (finding.message, finding.hint) == (key.note, key.hint)


@pytest.mark.parametrize("name", [name for name, key in BY_NAME.items() if key.answer])
def test_who_turns_the_option_off_is_told_nothing(name: str) -> None:
    for option in BY_NAME[name].answer:
        program = {"x-systemd": {"exec": "/bin/web", "hardening": {option: False}}}
        found = outcome({"web": {"image": "a/b:1", **program, **SAMPLES[name]["with"]}}, SAMPLES[name])[1]
        assert about(name, tuple(found)) == []


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
    assert key.level in levels("systemd", "service")
    assert key.becomes and key.note
    assert "|" not in key.becomes + key.note + key.hint
    assert key.level in (IGNORED, REFUSED) or not (key.quiet or key.answer)


def test_the_page_has_every_key_and_no_empty_cell() -> None:
    page = compose_on_systemd()
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert [cell for row in rows for cell in row.strip("|").split("|") if not cell.strip()] == []
    assert [name for name in BY_NAME if f"\n| `{name}` | " not in page] == []


@settings(derandomize=True, deadline=None, database=None, max_examples=60)
@given(st.lists(st.lists(st.sampled_from(list(BY_NAME)), min_size=1, max_size=8), min_size=1, max_size=4))
def test_keys_bear_each_other(chosen: list[list[str]]) -> None:
    """Services with several samples at once: the options of each are those that the module takes, and it reads them."""
    services: dict[str, Any] = {"api": {"image": "a/api:1", **PROGRAM, "healthcheck": {"test": ["CMD", "true"]}}}
    for number, names in enumerate(chosen):
        keys = {key: value for name in names for key, value in SAMPLES[name]["with"].items() if key != "x-ecs"}
        services[f"web{number}"] = {"image": "a/b:1", **keys, **PROGRAM}
    made = outcome(services, {})[0]
    read, findings = read_app(as_options(made))
    assert [finding.as_text() for finding in findings] == []
    assert read == replace(made, root="/srv/slipway/shop")
