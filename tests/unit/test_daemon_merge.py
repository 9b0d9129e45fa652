# SPDX-License-Identifier: GPL-3.0-or-later
"""Our settings over the host's in daemon.json: each case is a folder with both, and the file that has to come out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.daemon.merge import Setting, merge
from ansible_collections.slipway.containers.plugins.module_utils._core.daemon.plan import (
    Present,
    Record,
    Wanted,
    decide,
)

CASES = sorted((Path(__file__).parent / "cases" / "daemon_merge").iterdir())


def load(folder: Path, name: str) -> Any:
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_merged(folder: Path) -> None:
    expected = load(folder, "expected")
    plan = decide(Wanted(load(folder, "ours")), Present(load(folder, "host")))
    assert plan.merged.config == expected["config"]
    assert plan.conflicts == expected.get("conflicts", [])
    assert [finding.as_text() for finding in plan.findings] == expected.get("findings", [])


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_a_second_run_changes_nothing_and_tells_the_same_conflicts(folder: Path) -> None:
    ours = load(folder, "ours")
    first = decide(Wanted(ours), Present(load(folder, "host")))
    second = decide(Wanted(ours), Present(first.merged.config, through_json(first.record)))
    assert not second.changed and second.diff == ("", "")
    assert second.conflicts == first.conflicts


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_taking_ours_out_gives_the_host_its_file_back(folder: Path) -> None:
    host = load(folder, "host")
    first = decide(Wanted(load(folder, "ours")), Present(host))
    back = decide(Wanted({}), Present(first.merged.config, through_json(first.record)))
    assert back.merged.config == host
    assert back.record.settings == ()


def through_json(record: Record) -> Record:
    """As it comes back from the file on the host."""
    return Record.from_json(json.loads(json.dumps(record.as_json())))


def test_a_setting_that_is_no_longer_ours_is_the_hosts_again_while_others_stay() -> None:
    first = merge({"mtu": 1400, "debug": False}, {"mtu": 1450, "ipv6": True}, ())
    second = merge(first.config, {"ipv6": True}, first.settings)
    assert second.config == {"mtu": 1400, "debug": False, "ipv6": True}


def test_what_somebody_changed_after_us_is_the_hosts() -> None:
    first = merge({"mtu": 1400}, {"mtu": 1450}, ())
    edited = {**first.config, "mtu": 1300}
    assert merge(edited, {}, first.settings).config == {"mtu": 1300}
    again = merge(edited, {"mtu": 1450}, first.settings)
    assert again.config == {"mtu": 1450}
    assert again.conflicts == (Setting(("mtu",), 1450, 1300),)
    assert merge(again.config, {}, again.settings).config == {"mtu": 1300}


def test_a_run_that_was_killed_before_the_file_was_written_loses_nothing() -> None:
    planned = merge({"mtu": 1400}, {"mtu": 1450}, ())
    resumed = merge({"mtu": 1400}, {"mtu": 1450}, planned.settings)
    assert resumed == planned


def test_our_key_among_the_hosts_names_leaves_no_empty_mapping_behind() -> None:
    first = merge({}, {"log-opts": {"max-size": "10m"}, "features": {"buildkit": True}}, ())
    assert merge(first.config, {}, first.settings).config == {}
    assert merge({**first.config, "log-opts": {"max-size": "10m", "tag": "x"}}, {}, first.settings).config == {
        "log-opts": {"tag": "x"}
    }


def test_the_order_of_the_hosts_keys_is_kept() -> None:
    merged = merge({"mtu": 1, "debug": True, "bip": "x"}, {"debug": False, "icc": True}, ())
    assert list(merged.config) == ["mtu", "debug", "bip", "icc"]
