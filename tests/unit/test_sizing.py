# SPDX-License-Identifier: GPL-3.0-or-later
"""How much a service takes, and what is said of where the figures are from."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.app import Amount, Service
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.fargate_sizes import smallest_fit
from ansible_collections.slipway.containers.plugins.module_utils._core.extensions import EcsOptions
from ansible_collections.slipway.containers.plugins.module_utils._core.findings import INFO, WARNING
from ansible_collections.slipway.containers.plugins.module_utils._core.sizing import (
    ASSUMED,
    DEFAULT_CPUS,
    DEFAULT_MEMORY,
    EXTENSION,
    LIMIT,
    MIB,
    RESERVATION,
    TARGETS,
    Size,
    size,
    total,
    with_proxy,
)

ECS = EcsOptions(cpu=1024, memory=2048)
RESERVED = Amount(Decimal("0.5"), 256 * MIB)
LIMITED = Amount(Decimal(2), 1024 * MIB)
NOTHING = Amount()


def service(ecs: EcsOptions | None = None, reservations: Amount = NOTHING, limits: Amount = NOTHING) -> Service:
    return Service("web", {}, reservations=reservations, limits=limits, ecs=ecs or EcsOptions())


@pytest.mark.parametrize(
    ("ecs", "reservations", "limits", "expected"),
    [
        (ECS, RESERVED, LIMITED, (Decimal(1), 2048 * MIB, EXTENSION, EXTENSION)),
        (ECS, NOTHING, NOTHING, (Decimal(1), 2048 * MIB, EXTENSION, EXTENSION)),
        (None, RESERVED, LIMITED, (Decimal("0.5"), 256 * MIB, RESERVATION, RESERVATION)),
        (None, NOTHING, LIMITED, (Decimal(2), 1024 * MIB, LIMIT, LIMIT)),
        (None, NOTHING, NOTHING, (Decimal("0.25"), 512 * MIB, ASSUMED, ASSUMED)),
        (EcsOptions(cpu=512), RESERVED, LIMITED, (Decimal("0.5"), 256 * MIB, EXTENSION, RESERVATION)),
        (EcsOptions(memory=512), NOTHING, LIMITED, (Decimal(2), 512 * MIB, LIMIT, EXTENSION)),
        (None, Amount(None, 64 * MIB), Amount(Decimal(1)), (Decimal(1), 64 * MIB, LIMIT, RESERVATION)),
        (None, Amount(Decimal(1)), NOTHING, (Decimal(1), 512 * MIB, RESERVATION, ASSUMED)),
        (None, NOTHING, Amount(None, 64 * MIB), (Decimal("0.25"), 64 * MIB, ASSUMED, LIMIT)),
    ],
)
def test_the_surest_figure_wins(ecs: EcsOptions | None, reservations: Amount, limits: Amount, expected: Any) -> None:
    found = size(service(ecs, reservations, limits), "ecs")
    assert (found.cpus, found.memory, found.cpus_from, found.memory_from) == expected


@pytest.mark.parametrize("target", [target for target in TARGETS if target != "ecs"])
def test_other_targets_do_not_read_x_ecs(target: str) -> None:
    found = size(service(ECS, RESERVED, LIMITED), target)
    assert (found.cpus, found.memory, found.cpus_from) == (Decimal("0.5"), 256 * MIB, RESERVATION)
    assert size(service(ECS), target).cpus_from == ASSUMED


def test_an_unknown_target() -> None:
    with pytest.raises(ValueError, match="found the target fargate, expected one of systemd, compose, ecs, kubernetes"):
        size(service(), "fargate")


@pytest.mark.parametrize(
    ("target", "reservations", "severity", "message", "hint"),
    [
        ("ecs", NOTHING, WARNING, "0.25 vCPU and 512 MiB assumed", "state x-ecs.cpu and x-ecs.memory, or "),
        ("ecs", Amount(Decimal(1)), WARNING, "512 MiB assumed", "state x-ecs."),
        ("ecs", Amount(None, MIB), INFO, "0.25 vCPU assumed", "state x-ecs."),
        ("kubernetes", NOTHING, INFO, "0.25 vCPU and 512 MiB assumed", "state cpus and memory under deploy."),
        ("systemd", Amount(Decimal(1)), INFO, "512 MiB assumed", "state cpus and memory under deploy."),
        ("compose", Amount(None, MIB), INFO, "0.25 vCPU assumed", "state cpus and memory under deploy."),
    ],
)
def test_what_is_assumed_is_said(target: str, reservations: Amount, severity: str, message: str, hint: str) -> None:
    (finding,) = size(service(None, reservations), target).findings
    assert (finding.rule, finding.severity, finding.path) == ("assumed-size", severity, "services.web")
    assert finding.message == f"the Compose file does not say how much it takes: {message}"
    assert finding.hint.startswith(hint)
    assert finding.hint.endswith("deploy.resources.reservations")


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_stated_needs_no_finding(target: str) -> None:
    for reservations, limits in product((NOTHING, RESERVED), (NOTHING, LIMITED)):
        found = size(service(None, reservations, limits), target).findings
        assert bool(found) is (reservations is NOTHING and limits is NOTHING)


def test_the_default_is_the_smallest_task_of_fargate() -> None:
    default = Size(DEFAULT_CPUS, DEFAULT_MEMORY)
    assert smallest_fit(1, 1) == (default.cpu_units, default.memory_mib)
    assert MIB == 1_048_576


@pytest.mark.parametrize(
    ("cpus", "units"),
    [("0", 0), ("0.25", 256), ("1", 1024), ("0.1", 103), ("0.0001", 1), ("0.333", 341), ("192", 196608)],
)
def test_cpu_units_are_rounded_up(cpus: str, units: int) -> None:
    assert Size(Decimal(cpus), 0).cpu_units == units


@pytest.mark.parametrize(
    ("memory", "mib"), [(0, 0), (1, 1), (MIB, 1), (MIB + 1, 2), (512 * MIB, 512), (100_000_000, 96)]
)
def test_mib_are_rounded_up(memory: int, mib: int) -> None:
    assert Size(Decimal(0), memory).memory_mib == mib


def test_service_connect_takes_its_part() -> None:
    found = with_proxy(size(service(), "ecs"))
    assert (found.cpu_units, found.memory_mib) == (512, 576)
    assert (found.cpus_from, found.memory_from) == (ASSUMED, ASSUMED)
    assert len(found.findings) == 1
    assert with_proxy(Size(Decimal(1), MIB)) == Size(Decimal("1.25"), 65 * MIB)


def test_a_sum() -> None:
    parts = [
        size(service(ECS), "ecs"),
        size(service(None, RESERVED), "ecs"),
        size(service(None, NOTHING, Amount(None, MIB)), "ecs"),
    ]
    found = total(parts)
    assert (found.cpus, found.memory) == (Decimal("1.75"), (2048 + 256 + 1) * MIB)
    assert (found.cpus_from, found.memory_from) == (ASSUMED, LIMIT)
    assert found.findings == parts[2].findings


def test_a_sum_of_one_and_of_none() -> None:
    one = size(service(None, RESERVED), "ecs")
    assert total([one]) == one
    assert total([]) == Size(Decimal(0), 0, EXTENSION, EXTENSION)
    assert total(iter([one, one])).cpus == Decimal(1)
