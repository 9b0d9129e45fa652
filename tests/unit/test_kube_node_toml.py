# SPDX-License-Identifier: GPL-3.0-or-later
"""Values as TOML, read again by Python's own reader."""

from __future__ import annotations

import math
from typing import Any

import pytest
import tomllib
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.toml import TomlError, written
from hypothesis import given
from hypothesis import strategies as st

PLAIN = st.one_of(
    st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.text(st.characters(codec="utf-8"))
)
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner), max_leaves=20
)


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), VALUES))
def test_what_is_written_is_read_as_the_same(document: dict[str, Any]) -> None:
    assert tomllib.loads(written(document)) == document


def test_nan_stays_nan() -> None:
    assert math.isnan(tomllib.loads(written({"a": math.nan}))["a"])


def test_plain_values_come_before_tables_and_keys_are_quoted_where_they_need_it() -> None:
    document = {
        "plugins": {"io.containerd.grpc.v1.cri": {"cni": {"bin_dir": "/opt"}, "sandbox_image": "p"}},
        "version": 2,
    }
    assert written(document) == (
        "version = 2\n\n"
        '[plugins."io.containerd.grpc.v1.cri"]\nsandbox_image = "p"\n\n'
        '[plugins."io.containerd.grpc.v1.cri".cni]\nbin_dir = "/opt"\n'
    )


def test_an_empty_table_is_there() -> None:
    assert tomllib.loads(written({"a": {"b": {}}})) == {"a": {"b": {}}}


@pytest.mark.parametrize(("value", "found"), [(None, "null"), (b"x", "bytes"), ([1, None], "null")])
def test_what_toml_has_no_word_for_is_named_by_its_place(value: Any, found: str) -> None:
    with pytest.raises(TomlError, match=rf"^a\.b: found {found}, expected"):
        written({"a": {"b": value}})


def test_keys_are_text() -> None:
    with pytest.raises(TomlError, match="found the key 5, expected text"):
        written({5: "x"})  # type: ignore[dict-item]  # the mistake that is tested: YAML has such keys
