# SPDX-License-Identifier: GPL-3.0-or-later
"""Sizes as users write them: units, cases, spaces, and what is no whole size."""

from __future__ import annotations

from decimal import Decimal

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.units import cpu_units, memory_mib
from hypothesis import given, settings
from hypothesis import strategies as st

DERANDOMIZED = settings(derandomize=True, deadline=None, database=None, max_examples=150)

#: What is no size in either unit.
NO_SIZE = ["", " ", "abc", ".", "1.", "1,5", "-1", "+1", "1e3", "0x10", "1 2", "1\n2", "NaN", "Infinity", "1_024", "²"]


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("256", 256),
        ("1024", 1024),
        (".5 vCPU", 512),
        ("0.5 vCPU", 512),
        (" 0.25 vcpu ", 256),
        ("0.25vCPU", 256),
        ("1 VCPU", 1024),
        ("1  vCPU", 1024),
        ("2 vCPUs", 2048),
        ("16 vCPU", 16384),
        ("0.125 vCPU", 128),
        ("1.0 vCPU", 1024),
        ("256.0", 256),
        ("0", 0),
        ("0.3 vCPU", None),
        ("0.5", None),
        ("256.5", None),
        ("vCPU", None),
        ("1 GB", None),
        ("250m", None),
        *((text, None) for text in NO_SIZE),
    ],
)
def test_cpu(text: str, units: int | None) -> None:
    assert cpu_units(text) == units


@pytest.mark.parametrize(
    ("text", "mib"),
    [
        ("512", 512),
        ("1 GB", 1024),
        ("1gb", 1024),
        ("1GB", 1024),
        ("1  Gb", 1024),
        ("0.5 GB", 512),
        (".5gb", 512),
        (" 2 GB ", 2048),
        ("30 GB", 30720),
        ("1.0 GB", 1024),
        ("512.0", 512),
        ("0", 0),
        ("0.3 GB", None),
        ("0.5", None),
        ("GB", None),
        ("1 vCPU", None),
        ("512Mi", None),
        ("512 MB", None),
        ("1 TB", None),
        *((text, None) for text in NO_SIZE),
    ],
)
def test_memory(text: str, mib: int | None) -> None:
    assert memory_mib(text) == mib


@DERANDOMIZED
@given(st.integers(0, 10**6), st.sampled_from(["", " ", "  "]), st.sampled_from(["vcpu", "vCPU", "VCPU", "vCPUs"]))
def test_cpu_reads_what_it_is_written_as(units: int, space: str, unit: str) -> None:
    assert cpu_units(str(units)) == units
    assert cpu_units(f"{Decimal(units) / 1024}{space}{unit}") == units


@DERANDOMIZED
@given(st.integers(0, 10**7), st.sampled_from(["", " ", "  "]), st.sampled_from(["gb", "GB", "Gb"]))
def test_memory_reads_what_it_is_written_as(mib: int, space: str, unit: str) -> None:
    assert memory_mib(str(mib)) == mib
    assert memory_mib(f"{Decimal(mib) / 1024}{space}{unit}") == mib


@DERANDOMIZED
@given(st.text(alphabet="0123456789.,+- \nvcpuVCPUsgbGBemMi²", max_size=12))
def test_any_text_is_a_whole_size_or_none(text: str) -> None:
    for read in (cpu_units, memory_mib):
        size = read(text)
        assert size is None or (size.__class__ is int and size >= 0)


@pytest.mark.parametrize("digits", [29, 40, 5000])
def test_more_digits_than_decimals_keep_are_not_rounded(digits: int) -> None:
    """A size that nobody has is refused or kept, and never turned into another."""
    for read in (cpu_units, memory_mib):
        size = read("9" * digits)
        kept = size is None or size % 10 == 9
        assert kept
