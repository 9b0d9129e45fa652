# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What cost_check is asked, read from its options. Everything that is wrong with them is found at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from ..findings import ERROR, Finding, report, shown
from ..options.schema import REFUSED, Value, read
from ..options.values import number
from .adjust.commitment import Commitment, read_commitment
from .amounts import positive
from .audit.claims import Claim, read_claims
from .compare import Former, read_previous
from .derive.topology import Topology
from .estimate import HOURS
from .judge.break_even import BreakEvenOptions, read_break_even
from .judge.calendar import read_day
from .judge.credits import Credit, read_credits
from .judge.phases import PhaseOptions, read_phases
from .kinds.registry import read_parts
from .overrides import read_overrides
from .price import Price
from .scenario import Part

#: What findings about options are called.
RULE = "cost-option"
_USD = positive("USD")
#: A month has 672 to 744 hours; one hour is what a trial takes.
_HOURS = positive("hours", 744)
_DAYS = number(1, 36_500)


_USUAL = Topology()


class CostError(Exception):
    """Options that cannot be priced; `findings` are all that is wrong with them."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(report(findings, "cost_check"))
        self.findings = list(findings)


@dataclass(frozen=True)
class Entry:
    """A scenario as it is wished. With `compose`, the options of a project, more parts are derived for `target`."""

    name: str
    region: str
    parts: tuple[Part, ...]
    provides: frozenset[str] | None
    compose: Mapping[str, Any] | None = None
    target: str = ""
    topology: Topology = _USUAL
    #: Whether other targets share the topology, so that not every key of it can have an effect on each.
    shared: bool = False


@dataclass(frozen=True)
class Request:
    """The options, checked. `today` is when it is asked."""

    entries: tuple[Entry, ...]
    today: date
    start: date
    budget_per_month: Decimal | None = None
    budget_total: Decimal | None = None
    gate: str = "expected"
    enforce: bool = True
    chosen: str | None = None
    requires: frozenset[str] = frozenset()
    allow_unpriced: bool = False
    commitment: Commitment | None = None
    phases: tuple[PhaseOptions, ...] = ()
    credits: tuple[Credit, ...] = ()
    break_even: BreakEvenOptions | None = None
    claims: tuple[Claim, ...] = ()
    previous: Mapping[str, Former] | None = None
    hours: Decimal = HOURS
    free_tier: bool = False
    overrides: tuple[Price, ...] = ()
    max_age_days: int | None = None


class _Reader:
    """Options as they are asked for, and what was wrong with those that were."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.params = params
        self.findings: list[Finding] = []

    def refuse(self, path: str, message: str, hint: str = "") -> None:
        self.findings.append(Finding(RULE, ERROR, path, message, hint))

    def made(self, pair: tuple[Any, Sequence[Finding]]) -> Any:
        """What a reader of its own made, its findings kept."""
        self.findings += pair[1]
        return pair[0]

    def single(self, name: str, kind: Value) -> Any:
        value = self.params.get(name)
        wrong: list[Finding] = []
        made: Any = None if value is None else kind.read(value, name, wrong)
        self.findings += [replace(finding, rule=RULE) for finding in wrong]
        return None if made is REFUSED else made


def read_request(params: Mapping[str, Any], today: date) -> Request:
    """The options of the module. Raises CostError with everything that is wrong."""
    reader = _Reader(params)
    entries = tuple(_entries(reader))
    names = [entry.name for entry in entries]
    derived = [entry.name for entry in entries if entry.compose is not None]
    for name, times in Counter(names).items():
        if times > 1:
            reader.refuse("scenarios", f"found {times} scenarios called {shown(name)}, expected names that differ")
    request = Request(
        entries=entries,
        today=today,
        start=_start(reader, today),
        budget_per_month=reader.single("budget_usd_per_month", _USD),
        budget_total=reader.single("budget_usd_total", _USD),
        gate=params.get("gate") or "expected",
        enforce=params.get("enforce") is not False,
        chosen=_chosen(reader, names),
        requires=frozenset(params.get("requires") or ()),
        allow_unpriced=bool(params.get("allow_unpriced")),
        commitment=reader.made(read_commitment(params.get("commitment"), "commitment")),
        phases=reader.made(read_phases(params.get("phases"), "phases", names)),
        credits=reader.made(read_credits(params.get("credits"), "credits")),
        break_even=reader.made(read_break_even(params.get("break_even"), "break_even", derived)),
        claims=reader.made(read_claims(params.get("claims"), "claims", names)),
        previous=reader.made(read_previous(params.get("previous"), "previous")),
        hours=reader.single("hours_per_month", _HOURS) or HOURS,
        free_tier=bool(params.get("free_tier")),
        overrides=reader.made(read_overrides(params.get("price_overrides"), "price_overrides")),
        max_age_days=reader.single("max_price_age_days", _DAYS),
    )
    if reader.findings:
        raise CostError(reader.findings)
    return request


def _chosen(reader: _Reader, names: Sequence[str]) -> str | None:
    chosen = reader.params.get("chosen")
    if chosen is not None and chosen not in names:
        reader.refuse("chosen", f"found {shown(chosen)}, expected the name of a scenario", f"they are {_listed(names)}")
    return chosen


def _start(reader: _Reader, today: date) -> date:
    value = reader.params.get("start_date")
    return today if value is None else reader.made(read_day(value, "start_date")) or today


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"


def _entries(reader: _Reader) -> Iterator[Entry]:
    """A scenario for each list of resources, and for each target of each Compose project."""
    given = reader.params.get("scenarios") or []
    if not given:
        reader.refuse("scenarios", "found none, expected one or more")
    for index, scenario in enumerate(given):
        name = scenario.get("name")
        path = f"scenarios[{name or index}]"
        targets = scenario.get("target") or []
        if not _complete(reader, path, scenario, targets):
            continue
        parts = reader.made(read_parts(scenario.get("resources") or [], f"{path}.resources"))
        topology = reader.made(read(Topology, scenario.get("topology"), f"{path}.topology", RULE)) or _USUAL
        region = scenario.get("region") or reader.params.get("region")
        if not region:
            reader.refuse(f"{path}.region", "found none, expected an AWS region such as eu-central-1")
        provides = None if scenario.get("provides") is None else frozenset(scenario["provides"])
        for target in targets or [""]:
            yield Entry(
                name=_name(name, target, len(targets)),
                region=region or "",
                parts=parts or (),
                provides=provides,
                compose=scenario.get("compose"),
                target=target,
                topology=topology,
                shared=len(targets) > 1,
            )


def _complete(reader: _Reader, path: str, scenario: Mapping[str, Any], targets: Sequence[str]) -> bool:
    """Whether a scenario has what belongs together."""
    compose, resources = scenario.get("compose") is not None, scenario.get("resources") is not None
    before = len(reader.findings)
    if not compose and not resources:
        reader.refuse(path, "found neither resources nor compose, expected one of them")
    if compose != bool(targets):
        found, missing = ("compose", "target") if compose else ("target", "compose")
        reader.refuse(path, f"found {found} without {missing}, expected both")
    if resources and not scenario["resources"] and not compose:
        reader.refuse(f"{path}.resources", "found none, expected one or more")
    if scenario.get("topology") is not None and not compose:
        reader.refuse(f"{path}.topology", "found a topology without compose, expected both")
    if not targets and not scenario.get("name"):
        reader.refuse(f"{path}.name", "found none, expected what to call the scenario")
    return len(reader.findings) == before


def _name(name: str | None, target: str, targets: int) -> str:
    if not name:
        return target
    return f"{name}, {target}" if targets > 1 else name
