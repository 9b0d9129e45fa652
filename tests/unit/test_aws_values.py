# SPDX-License-Identifier: GPL-3.0-or-later
"""Time zones, points in time and tags: values that several AWS modules take."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.aws import tag_rules, time_zones
from ansible_collections.slipway.containers.plugins.module_utils._core.aws.instants import instant


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+9", "US/Pacific"])
def test_a_known_zone(name: str) -> None:
    assert time_zones.problem(name) == ""


def test_a_zone_that_is_newer_than_our_list_passes() -> None:
    assert time_zones.problem("Antarctica/Qwxyzzy_Base") == ""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Europe/Berln", "did you mean 'Europe/Berlin'?"),
        ("europe/berlin", "did you mean 'Europe/Berlin'?"),
        ("America/NewYork", "did you mean 'America/New_York'?"),
        ("Berlin", "expected an IANA name"),
        ("+01:00", "expected an IANA name"),
        ("Europe/", "expected an IANA name"),
        ("", "expected an IANA name"),
    ],
)
def test_a_zone_that_is_none(name: str, expected: str) -> None:
    assert expected in time_zones.problem(name)


@pytest.mark.parametrize(
    "value",
    [
        "2027-01-31T03:00:00Z",
        "2027-01-31T03:00:00",
        "2027-01-31 04:00:00+01:00",
        datetime(2027, 1, 31, 3, tzinfo=timezone.utc),
        datetime(2027, 1, 31, 4, tzinfo=timezone(timedelta(hours=1))),
    ],
)
def test_one_instant_has_one_form(value: Any) -> None:
    assert instant(value) == "2027-01-31T03:00:00+00:00"


@pytest.mark.parametrize("value", ["tomorrow", "2027-02-31T03:00:00", ""])
def test_no_instant(value: str) -> None:
    with pytest.raises(ValueError, match="expected a date and time such as"):
        instant(value)


def test_tags_are_text() -> None:
    assert tag_rules.typed({"cost": 7, "keep": True, "empty": None}) == ({"cost": "7", "keep": "true", "empty": ""}, [])
    assert tag_rules.typed(None) == (None, [])


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ({f"key{number}": "" for number in range(51)}, "found 51 tags, expected at most 50"),
        ({"k" * 129: ""}, "the key has 129 characters, expected 1 to 128"),
        ({"": "x"}, "the key has 0 characters, expected 1 to 128"),
        ({"key": "v" * 257}, "the value has 257 characters, expected at most 256"),
        ({"AWS:app": "web"}, "keys and values that start with aws: are reserved for AWS"),
        ({"app": "aws:web"}, "keys and values that start with aws: are reserved for AWS"),
    ],
)
def test_tags_that_aws_refuses(tags: dict[str, str], message: str) -> None:
    assert [finding.message for finding in tag_rules.typed(tags)[1]] == [message]
