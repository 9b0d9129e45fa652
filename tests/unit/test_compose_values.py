# SPDX-License-Identifier: GPL-3.0-or-later
"""Short forms of Compose become long ones, what Compose refuses is refused in one sentence, and nothing else fails."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.durations import (
    duration,
    nanoseconds,
    seconds,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.hosts import extra_hosts
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.numbers import float32, integer
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.options import file_mode
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.ports import (
    port_defaults,
    port_key,
    ports,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.sizes import byte_size
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.volumes import clean_path, volume
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.words import split, words
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.compose_values import KINDS

DERANDOMIZED = settings(derandomize=True, deadline=None, database=None, max_examples=300)

ACCEPTED = [(name, value, canonical) for name, kind in KINDS.items() for value, canonical in kind.accepted]
REFUSED = [
    (name, value)
    for name, kind in KINDS.items()
    for value in (*kind.refused, *kind.refused_by_newest, *(value for value, _why in kind.refused_by_us))
]


def shown(value: Any) -> str:
    """Text in which 1, 1.0 and True differ, and NaN is itself."""
    return json.dumps(value, sort_keys=True)


def cut(value: Any) -> str:
    return str(getattr(value, "__name__", repr(value)))[:40]


@pytest.mark.parametrize(("name", "value", "canonical"), ACCEPTED, ids=cut)
def test_values_become_canonical(name: str, value: Any, canonical: Any) -> None:
    assert shown(KINDS[name].read(value)) == shown(canonical)


@pytest.mark.parametrize(("name", "value"), REFUSED, ids=cut)
def test_values_are_refused_in_one_sentence(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=r"(?s)\Afound .*, expected .+\Z") as refusal:
        KINDS[name].read(value)
    message = str(refusal.value)
    assert len(message) < 260
    assert message.count("found ") == message.count("expected ") == 1
    assert not message.endswith(".")


@pytest.mark.parametrize("value", ["v:/b", "C:\\x:/b", "\\\\.\\pipe\\x:/b", ".\\a:/b"])
def test_paths_of_windows_are_called_so(value: str) -> None:
    with pytest.raises(ValueError, match=r"Windows.*Linux"):
        volume(value)


@pytest.mark.parametrize(
    ("port", "complete"),
    [
        ({"target": 80}, {"target": 80, "mode": "ingress", "protocol": "tcp"}),
        ({"target": 80, "mode": "host"}, {"target": 80, "mode": "host", "protocol": "tcp"}),
        ({"target": 80, "protocol": "udp", "x-a": 1}, {"target": 80, "mode": "ingress", "protocol": "udp", "x-a": 1}),
    ],
)
def test_ports_get_defaults(port: dict[str, Any], complete: dict[str, Any]) -> None:
    before = dict(port)
    assert port_defaults(port) == complete
    assert port == before


def test_ports_are_told_apart_by_host_published_target_and_protocol() -> None:
    assert port_key({"target": 80}) == port_key(ports("80")[0]) == port_key(ports("0.0.0.0::80")[0])
    assert port_key({"target": 80, "name": "web", "mode": "host"}) == port_key({"target": 80})
    others = ["80", "81", "80:80", "80/udp", "127.0.0.1::80", "127.0.0.1:80:80", "8080:80"]
    assert len({port_key(ports(other)[0]) for other in others}) == len(others)


@pytest.mark.parametrize(
    ("path", "clean"),
    [
        ("", "."),
        (".", "."),
        ("/", "/"),
        ("//", "/"),
        ("//a", "/a"),
        ("a/", "a"),
        ("a/./b//c", "a/b/c"),
        ("a/../..", ".."),
        ("../../a", "../../a"),
        ("/../a", "/a"),
        ("/a/b/../../..", "/"),
        ("a/..", "."),
        ("...", "..."),
        (" /a", " /a"),
    ],
)
def test_paths_are_cleaned(path: str, clean: str) -> None:
    assert clean_path(path) == clean
    assert clean_path(clean) == clean


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1m30s", "90"),
        ("1.5s", "1.5"),
        ("100ms", "0.1"),
        ("1µs", "0.000001"),
        ("24h0m0s", "86400"),
        ("0s", "0"),
        ("-5s", "-5"),
        ("2562047h47m16.854775807s", "9223372036.854775807"),
    ],
)
def test_spans_in_seconds(text: str, amount: str) -> None:
    assert seconds(text) == Decimal(amount)


@pytest.mark.parametrize(
    ("text", "dropped"),
    [
        ("make all && make run", "&& make run"),
        ("a; b | c", "; b | c"),
        ("a 2>b", ">b"),
        ("a 'b;c' \\; `d;e` $(f;g)", ""),
        ("a b", ""),
        (";", ";"),
    ],
)
def test_what_an_operator_cuts_off_is_told(text: str, dropped: str) -> None:
    assert split(text)[1] == dropped


def test_commands_are_not_shown_in_messages() -> None:
    with pytest.raises(ValueError, match="quote") as refusal:
        words("serve --key hunter2 'a")
    assert "hunter2" not in str(refusal.value)


@DERANDOMIZED
@given(st.integers(-(2**63) + 1, 2**63 - 1))
def test_canonical_spans_are_read_as_they_were(amount: int) -> None:
    text = duration(f"{amount}ns")
    assert duration(text) == text
    # Behind a point Compose computes in floating point.
    assert abs(nanoseconds(text) - amount) <= 1


@DERANDOMIZED
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), max_size=5))
def test_quoted_words_come_back(parts: list[str]) -> None:
    assert words(" ".join(shlex.quote(part) for part in parts)) == parts


@DERANDOMIZED
@given(st.dictionaries(st.text("abc.-", min_size=1), st.lists(st.sampled_from(["::1", "1.2.3.4"]), min_size=1)))
def test_canonical_hosts_stay(hosts: dict[str, list[str]]) -> None:
    canonical = extra_hosts(hosts)
    assert extra_hosts(canonical) == canonical


@DERANDOMIZED
@given(st.integers(0, 0o7777), st.integers(0, 2**53))
def test_canonical_modes_and_sizes_stay(mode: int, size: int) -> None:
    assert file_mode(file_mode(mode)) == file_mode(mode)
    assert byte_size(str(byte_size(size))) == size


@DERANDOMIZED
@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_canonical_numbers_stay(number: float) -> None:
    assert float32(float32(number)) == float32(number)


SCRAPS = st.text("0123456789.:-/,=_+ aAbCdDegkmMsuwµxX$(){}[]`'\"\\;&|<>\n\té٣", max_size=14)


@pytest.mark.parametrize("name", KINDS)
@DERANDOMIZED
@given(value=SCRAPS | st.integers() | st.floats() | st.booleans() | st.none() | st.lists(SCRAPS, max_size=2))
def test_any_value_is_read_or_refused(name: str, value: Any) -> None:
    if name == "words" and not isinstance(value, str):
        return
    try:
        KINDS[name].read(value)
    except ValueError as refusal:
        assert str(refusal).startswith("found ")


LONG = 100_000


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (words, "\\a" * LONG),
        (words, "'a' " * LONG),
        (words, "`" * LONG),
        (duration, "0" * LONG + "s"),
        (duration, "0" * LONG),
        (duration, "1s" * LONG),
        (duration, "." + "9" * LONG + "s"),
        (byte_size, "9" * LONG),
        (byte_size, "9 " * LONG),
        (ports, "0" * LONG),
        (ports, "1-" * LONG),
        (volume, "aa:" * LONG),
        (volume, "/" + "${" * LONG),
        (volume, "a/../" * LONG),
        (extra_hosts, ["a=" + "1," * LONG]),
        (float32, "9" * LONG),
    ],
    ids=cut,
)
def test_long_texts_are_read_or_refused(read: Callable[[Any], Any], value: Any) -> None:
    """Neither Python's limits nor the text itself come up in a message."""
    try:
        read(value)
    except ValueError as refusal:
        assert str(refusal).startswith("found ")
        assert len(str(refusal)) < 260


def test_a_number_that_is_an_int_of_another_kind() -> None:
    """Ansible gives numbers of playbooks as a subclass of int. Looking one up in a range would take for ever."""

    class Tagged(int):
        """As Ansible's are."""

    assert integer(Tagged(3)) == 3
    with pytest.raises(ValueError, match="whole number"):
        integer(Tagged(2**63))
