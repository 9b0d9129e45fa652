# SPDX-License-Identifier: GPL-3.0-or-later
"""The CPU and memory pairs of Fargate: exactly those of the reference, through `prepare`."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs import fargate_sizes
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.shapes_snapshot import MODEL
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.task_definition import prepare
from ansible_collections.slipway.containers.plugins.module_utils._core.findings import Finding
from hypothesis import given, settings
from hypothesis import strategies as st

#: cpu -> smallest memory, largest memory, step: the reference's table, written a second time.
STEPS = {
    512: (1024, 4096, 1024),
    1024: (2048, 8192, 1024),
    2048: (4096, 16384, 1024),
    4096: (8192, 30720, 1024),
    8192: (16384, 61440, 4096),
    16384: (32768, 122880, 8192),
}
PAIRS = {
    *((256, memory) for memory in (512, 1024, 2048)),
    *((cpu, memory) for cpu, (low, high, step) in STEPS.items() for memory in range(low, high + 1, step)),
    *((32768, memory) for memory in (61440, 122880, 249856)),
}
WINDOWS_PAIRS = {pair for pair in PAIRS if pair[0] in (1024, 2048, 4096)}
CPUS = sorted({cpu for cpu, _memory in PAIRS})
MEMORIES = sorted({memory for _cpu, memory in PAIRS})
#: Around every size: one off, a half step off, other powers of two.
NEAR_CPUS = sorted({near for cpu in CPUS for near in (cpu - 1, cpu, cpu + 1, cpu // 2, cpu * 3 // 2, cpu * 2)} | {0})
NEAR_MEMORIES = sorted({near for memory in MEMORIES for near in (memory - 1, memory, memory + 512)} | {0})

DERANDOMIZED = settings(derandomize=True, deadline=None, database=None, max_examples=200)


def size_finding(cpu: Any, memory: Any, **task: Any) -> Finding | None:
    definition = {
        "family": "web",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": cpu,
        "memory": memory,
        "containerDefinitions": [{"name": "web", "image": "ghcr.io/example/web:1.4.2"}],
        **task,
    }
    found = [finding for finding in prepare(definition, MODEL).findings if finding.rule == "fargate-size"]
    assert len(found) <= 1
    return found[0] if found else None


def windows(family: str = "WINDOWS_SERVER_2022_CORE", architecture: str = "X86_64") -> dict[str, Any]:
    return {"runtimePlatform": {"operatingSystemFamily": family, "cpuArchitecture": architecture}}


def test_there_are_77_pairs() -> None:
    table = {(cpu, memory) for cpu, memories in fargate_sizes.LINUX.items() for memory in memories}
    assert len(PAIRS) == 3 + 4 + 7 + 13 + 23 + 12 + 12 + 3 == 77
    assert sum(map(len, fargate_sizes.LINUX.values())) == 77
    assert table == PAIRS


def test_the_table_ascends() -> None:
    for table in (fargate_sizes.LINUX, fargate_sizes.WINDOWS):
        assert list(table) == sorted(table)
        assert [memories for memories in table.values() if list(memories) != sorted(set(memories))] == []


@pytest.mark.parametrize(("cpu", "memory"), sorted(PAIRS))
def test_each_of_the_pairs_is_accepted(cpu: int, memory: int) -> None:
    assert size_finding(str(cpu), str(memory)) is None
    assert size_finding(f"{cpu / 1024} vCPU", f"{memory / 1024} GB") is None


@pytest.mark.parametrize("cpu", NEAR_CPUS)
def test_nothing_else_is_accepted(cpu: int) -> None:
    """A sweep over all sizes and their neighbours."""
    accepted = {memory for memory in NEAR_MEMORIES if size_finding(cpu, memory) is None}
    assert accepted == {memory for pair_cpu, memory in PAIRS if pair_cpu == cpu}


@pytest.mark.parametrize("cpu", NEAR_CPUS)
def test_windows_has_one_two_and_four_vcpu(cpu: int) -> None:
    accepted = {memory for memory in MEMORIES if size_finding(cpu, memory, **windows()) is None}
    assert accepted == {memory for pair_cpu, memory in WINDOWS_PAIRS if pair_cpu == cpu}


def test_1536_is_no_size_at_256() -> None:
    finding = size_finding("256", "1536")
    assert finding
    assert finding.message.startswith("No Fargate configuration exists for given values.")


@pytest.mark.parametrize("family", ["WINDOWS_SERVER_2019_FULL", "WINDOWS_SERVER_2022_CORE", "WINDOWS_SERVER_2025_CORE"])
def test_windows_is_not_on_arm64(family: str) -> None:
    definition = {
        "family": "web",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "1024",
        "memory": "2048",
        "containerDefinitions": [{"name": "web", "image": "mcr.microsoft.com/windows/nanoserver:ltsc2022"}],
        **windows(family, "ARM64"),
    }
    found = [finding for finding in prepare(definition, MODEL).findings if finding.severity == "error"]
    assert [(finding.rule, finding.path) for finding in found] == [
        ("fargate-operating-system", "runtimePlatform.cpuArchitecture")
    ]


@pytest.mark.parametrize("compatibilities", [["EC2", "FARGATE"], ["FARGATE", "EC2"], ["FARGATE", "EXTERNAL"]])
def test_fargate_beside_another_is_still_fargate(compatibilities: list[str]) -> None:
    assert size_finding("256", "1536", requiresCompatibilities=compatibilities)
    assert size_finding("256", "1024", requiresCompatibilities=compatibilities) is None


@pytest.mark.parametrize("compatibilities", [["EC2"], ["EXTERNAL"], ["MANAGED_INSTANCES"], []])
def test_elsewhere_sizes_are_free(compatibilities: list[str]) -> None:
    assert size_finding("300", "1536", requiresCompatibilities=compatibilities) is None


def test_arm64_has_the_same_sizes() -> None:
    arm = {"runtimePlatform": {"operatingSystemFamily": "LINUX", "cpuArchitecture": "ARM64"}}
    assert size_finding("256", "512", **arm) is None
    assert size_finding("256", "1536", **arm)


def brute_force(cpu: int, memory: int, pairs: set[tuple[int, int]]) -> tuple[int, int] | None:
    return min((pair for pair in pairs if pair[0] >= cpu and pair[1] >= memory), default=None)


@DERANDOMIZED
@given(st.integers(-1, 40000), st.integers(-1, 260000), st.booleans())
def test_smallest_fit_is_the_smallest_of_all(cpu: int, memory: int, on_windows: bool) -> None:
    pairs = WINDOWS_PAIRS if on_windows else PAIRS
    assert fargate_sizes.smallest_fit(cpu, memory, on_windows) == brute_force(cpu, memory, pairs)


@pytest.mark.parametrize(("cpu", "memory"), sorted(PAIRS))
def test_a_valid_pair_fits_itself_and_no_less(cpu: int, memory: int) -> None:
    assert fargate_sizes.smallest_fit(cpu, memory) == (cpu, memory)
    above = fargate_sizes.smallest_fit(cpu, memory + 1)
    assert above is None or above > (cpu, memory)


def test_nothing_fits_beyond_the_largest() -> None:
    assert fargate_sizes.smallest_fit(32768, 249856) == (32768, 249856)
    assert fargate_sizes.smallest_fit(32769, 1) is None
    assert fargate_sizes.smallest_fit(1, 249857) is None
    assert fargate_sizes.smallest_fit(1, 30721, windows=True) is None


@DERANDOMIZED
@given(st.sampled_from(NEAR_CPUS), st.sampled_from(NEAR_MEMORIES), st.booleans())
def test_the_hint_names_sizes_that_exist(cpu: int, memory: int, on_windows: bool) -> None:
    finding = size_finding(cpu, memory, **(windows() if on_windows else {}))
    if finding is None:
        return
    pairs = WINDOWS_PAIRS if on_windows else PAIRS
    fit = re.search(r"the smallest pair that holds it is (\d+)/(\d+)", finding.hint)
    assert (tuple(map(int, fit.groups())) if fit else None) == brute_force(cpu, memory, pairs)
    listed = re.search(r"expected memory for cpu (\d+): ([\d, ]+)(?: to (\d+) in steps of (\d+))?", finding.hint)
    if listed and not listed[3]:
        assert {(int(listed[1]), int(size)) for size in listed[2].split(", ")} <= pairs
    elif listed:
        sizes = range(int(listed[2]), int(listed[3]) + 1, int(listed[4]))
        assert {(int(listed[1]), size) for size in sizes} == {pair for pair in pairs if pair[0] == int(listed[1])}
    else:
        assert f"expected cpu: {', '.join(map(str, sorted({pair[0] for pair in pairs})))}" in finding.hint
