# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the two sides of a difference hold the same, and what the difference is where they do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..amounts import dollars
from ..scenario import OWN_PRICE, Part
from .bill import Bill
from .claim import Claim
from .context import Context
from .expressions import DIFFERENCE, SAME_AS, SUM, UNKNOWN
from .figures import half_up
from .verdicts import NOT_LIKE_FOR_LIKE, Judged

#: What comparisons are between. All else that one side has, the other needs as well.
_COMPARED = {"fargate_task", "ec2_instance", "ebs_gp3", "eks_cluster"}


def judge_fairness(claim: Claim, context: Context) -> Iterator[Judged]:
    """Differences between two claims whose resources are known."""
    expression = claim.expression
    if expression is None or expression.operation != DIFFERENCE or len(list(expression.names())) != 2:
        return
    sides = [_parts(str(name), context, set()) for name in expression.operands]
    if not all(sides):
        return
    alone = [[part for part in ours if not _has(theirs, part)] for ours, theirs in (sides, sides[::-1])]
    if any(alone):
        names = [f"'{name}'" for name in expression.operands]
        yield _judge(context.region(claim), context, list(zip(names, sides, alone)))


def _parts(name: str, context: Context, seen: set[str]) -> list[Part]:
    """The resources of a claim, or of those that it is the sum of; nothing where not all of them are known."""
    claim = context.claims[name]
    if claim.resources:
        return list(context.parts(claim.resources))
    expression = claim.expression
    if name in seen or expression is None or expression.operation not in (SUM, SAME_AS):
        return []
    seen.add(name)
    known = [isinstance(one, str) and one != UNKNOWN and _parts(one, context, seen) for one in expression.operands]
    return [part for parts in known if parts for part in parts] if all(known) else []


def _has(parts: Sequence[Part], wanted: Part) -> bool:
    """Whether a side has something of the kind; what has its own figure is known by its label."""
    kind = wanted.resource.KIND
    alike = (part for part in parts if kind == part.resource.KIND)
    return kind in _COMPARED or any(kind != OWN_PRICE or part.label == wanted.label for part in alike)


#: The name of a claim, its resources, and those that the other claim has nothing of.
_Side = tuple[str, list[Part], list[Part]]


def _judge(region: str, context: Context, sides: Sequence[_Side]) -> Judged:
    told = [f"only {name} holds {', '.join(part.label for part in alone)}" for name, ours, alone in sides if alone]
    says = f"It is not like for like: {', and '.join(told)}"
    (first, ours, only_ours), (second, theirs, only_theirs) = sides
    one = Bill((*ours, *only_theirs), context.book).month(region, context.hours)
    two = Bill((*theirs, *only_ours), context.book).month(region, context.hours)
    if one is None or two is None or not one.expected:
        return Judged(NOT_LIKE_FOR_LIKE, f"{says}.", {"like_for_like": None})
    saved = one.expected - two.expected
    share = saved / one.expected * 100
    facts = {"like_for_like": {"first": one.expected, "second": two.expected, "usd": saved, "percent": share}}
    says += (
        f". With it on both sides it is {dollars(one.expected)} for {first} and {dollars(two.expected)} for {second}"
    )
    where = f" in {region}" if region else ""
    difference = f"a difference of {dollars(saved)}, {half_up(share, 1)} %"
    return Judged(NOT_LIKE_FOR_LIKE, f"{says}{where}: {difference}.", facts)
