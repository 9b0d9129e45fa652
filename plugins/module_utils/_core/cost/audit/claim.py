# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A printed figure, and what it is said to be of: the keys of the option `claims`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from ...findings import ERROR
from ...options.schema import REQUIRED, Check, Key, Structure
from ...options.values import matching
from ...rule import Problem
from ..amounts import positive
from ..book_values import REGION
from .claim_values import PRICE_KEY, Of, Resources, Spec
from .expressions import DIFFERENCE, OPERATIONS, PRODUCT, QUOTIENT, SAME_AS, SUM, Expression, Operands
from .figures import FIGURE, Figure

HOUR, MONTH, TOTAL = PERIODS = ("hour", "month", "total")
SPOT, SAVINGS_PLAN = DISCOUNTS = ("spot", "savings_plan")
_SMALL_TASK = {"kind": "fargate_task", "vcpu": 0.25, "memory_gib": 0.5}
_EXAMPLE = {"name": "a task", "usd": 9.01, "region": "us-east-1", "resources": [_SMALL_TASK]}
_ANY_NAME = matching(r"\S(.{0,98}\S)?", "a name of at most 100 characters, on one line")


def _one_figure(claim: Claim) -> Iterator[Problem]:
    """A claim has one figure: `usd`, `months` or `percent`; with `spec` it may have none."""
    told = [name for name in ("usd", "months", "percent") if getattr(claim, name) is not None]
    if len(told) > 1:
        yield told[1], f"found {told[1]} beside {told[0]}, expected one of them", "make two claims of it"
    elif not told and claim.spec is None:
        yield "", "found no figure, expected usd, months, percent or spec", "usd: 54.05, or usd: [30, 40]"


def _one_operation(claim: Claim) -> Iterator[Problem]:
    """A claim has at most one of `sum`, `difference`, `product`, `quotient` and `same_as`."""
    told = [name for name in OPERATIONS if getattr(claim, name) is not None]
    if len(told) > 1:
        yield told[1], f"found {told[1]} beside {told[0]}, expected one of them", "they may stand within one another"


def _what_it_is_of(claim: Claim) -> Iterator[Problem]:
    """Each figure says what it is of: months by arithmetic, percent by that, `than` or `discount`."""
    if claim.months is not None and claim.expression is None:
        yield "months", "found months without arithmetic, expected both", "quotient: [100, 40] is how long $100 last"
    if claim.percent is not None and not (claim.expression or claim.than or claim.discount):
        yield "percent", "found percent alone, expected than, discount or arithmetic beside it", ""
    for name in ("than", "discount"):
        if getattr(claim, name) and (claim.percent is None or not claim.resources):
            yield name, f"found {name}, expected percent and resources beside it", ""


def _price_stands_alone(claim: Claim) -> Iterator[Problem]:
    """`price` is what `usd` is of, so there are no resources beside it."""
    if claim.price and (claim.resources or claim.usd is None):
        yield "price", "found price, expected usd and no resources beside it", ""


def _total_has_hours(claim: Claim) -> Iterator[Problem]:
    """`per: total` needs `hours`; `per: hour` has none."""
    if claim.per == TOTAL and claim.hours is None:
        yield "hours", "the key is missing, expected the hours that the total is of", ""
    if claim.per == HOUR and claim.hours is not None:
        yield "hours", "found hours beside per: hour, expected one of them", ""


@dataclass(frozen=True)
class Claim:
    """A printed figure."""

    name: str
    usd: Figure | None = None
    months: Figure | None = None
    percent: Figure | None = None
    per: str = MONTH
    hours: Decimal | None = None
    region: str = ""
    resources: Of = ()
    full: Of = ()
    than: Of = ()
    discount: str = ""
    price: str = ""
    spec: Spec | None = None
    sum: Expression | None = None
    difference: Expression | None = None
    product: Expression | None = None
    quotient: Expression | None = None
    same_as: Expression | None = None
    KEYS: ClassVar[Mapping[str, Key]] = {
        "name": Key(_ANY_NAME, "What to call it; other claims speak of it by this name.", _EXAMPLE, REQUIRED),
        "usd": Key(FIGURE, "The printed figure in USD: 54.05, or [30, 40] for a range.", _EXAMPLE),
        "months": Key(
            FIGURE,
            "The printed figure in months.",
            {"name": "runway", "months": [2.5, 3.33], "quotient": [100, [30, 40]]},
        ),
        "percent": Key(
            FIGURE,
            "The printed figure in percent.",
            {"name": "saving", "percent": 32, "quotient": [93, 293]},
        ),
        "per": Key(
            matching("|".join(PERIODS), "hour, month or total"),
            "What the figure is for; a total is for `hours`.",
            {**_EXAMPLE, "usd": 0.0123425, "per": "hour"},
        ),
        "hours": Key(
            positive("hours"),
            "The hours that a total is for, or those that the document takes for a month.",
            {**_EXAMPLE, "usd": 0.02, "per": "total", "hours": 2},
            "any month",
        ),
        "region": Key(
            matching(REGION.pattern, "a region such as eu-west-1"),
            "The region that the document names, or that it is meant for.",
            _EXAMPLE,
            "any; that of the scenario",
        ),
        "resources": Key(Resources(), "What the figure is of.", _EXAMPLE),
        "full": Key(
            Resources(),
            "The whole design, to say what the figure leaves out.",
            {**_EXAMPLE, "full": [_SMALL_TASK, {"kind": "alb"}]},
        ),
        "than": Key(
            Resources(),
            "With `percent`: what `resources` are dearer than.",
            {
                "name": "dearer than EC2",
                "percent": [100, 150],
                "resources": [{"kind": "fargate_task", "vcpu": 2, "memory_gib": 4}],
                "than": [{"kind": "ec2_instance", "type": "t3.medium"}],
            },
        ),
        "discount": Key(
            matching("|".join(DISCOUNTS), "spot or savings_plan"),
            "With `percent`: what `resources` are cheaper with.",
            {"name": "Spot", "percent": 70, "discount": "spot", "resources": [_SMALL_TASK]},
        ),
        "price": Key(
            PRICE_KEY,
            "The key of the price that `usd` is said to be.",
            {"name": "a vCPU", "usd": 0.04048, "price": "fargate.x86.vcpu_hour", "region": "us-east-1"},
        ),
        "spec": Key(
            Structure(Spec),
            "What the document says that a type has.",
            {"name": "t3.small", "spec": {"type": "t3.small", "vcpu": 2, "memory_gib": 2}},
        ),
        "sum": Key(
            Operands(SUM),
            "What was added up; an operand that nobody printed is `unknown`.",
            {"name": "EC2 and S3", "usd": 200, "sum": [195, 5]},
        ),
        "difference": Key(
            Operands(DIFFERENCE), "What was taken from what.", {"name": "saved", "usd": 93, "difference": [293, 200]}
        ),
        "product": Key(
            Operands(PRODUCT), "What was multiplied.", {"name": "six nodes", "usd": 180, "product": [6, 30]}
        ),
        "quotient": Key(
            Operands(QUOTIENT),
            "What was divided by what; with `percent`, what share of what.",
            {"name": "runway", "months": 2.5, "quotient": [100, 40]},
        ),
        "same_as": Key(
            Operands(SAME_AS),
            "The claim that prints the same thing elsewhere.",
            {"name": "in the summary", "usd": 40, "same_as": "in the table"},
        ),
    }
    CHECKS: ClassVar[tuple[Check, ...]] = (
        Check(ERROR, ("usd", "months", "percent", "spec"), _one_figure),
        Check(ERROR, tuple(OPERATIONS), _one_operation),
        Check(ERROR, ("percent", "months", "than", "discount", "resources", *OPERATIONS), _what_it_is_of),
        Check(ERROR, ("price", "usd", "resources"), _price_stands_alone),
        Check(ERROR, ("per", "hours"), _total_has_hours),
    )

    @property
    def figure(self) -> Figure | None:
        return next((each for each in (self.usd, self.months, self.percent) if each is not None), None)

    @property
    def expression(self) -> Expression | None:
        given: Iterator[Expression | None] = (getattr(self, name) for name in OPERATIONS)
        return next((each for each in given if each is not None), None)

    @property
    def scenarios(self) -> Iterator[tuple[str, str]]:
        """The keys that name a scenario, and the names."""
        for key in ("resources", "full", "than"):
            if isinstance(getattr(self, key), str):
                yield key, getattr(self, key)
