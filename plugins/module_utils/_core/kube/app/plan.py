# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be done about each object of an app: from what there is, what is wanted, and what would come of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...findings import ERROR, Finding
from ...tree import differing
from .hiding import plain
from .objects import CLAIM, KINDS, LAST, RELEASE, WORKLOADS, Ident, Wanted, is_of, label_of, wave
from .releases import History, is_release

CREATE, CHANGE, NONE, REMOVE, KEEP = "create", "change", "none", "remove", "keep"


@dataclass(frozen=True)
class Present:
    """What the cluster has. `live` are the objects that are wanted, `labelled` all that say that they are the app's."""

    namespace: Mapping[str, Any] | None
    live: Mapping[Ident, Mapping[str, Any]] = field(default_factory=dict)
    labelled: Mapping[Ident, Mapping[str, Any]] = field(default_factory=dict)
    history: History = field(default_factory=History)


@dataclass(frozen=True)
class Step:
    """`before` and `after` are the object without what is the server's alone; `reasons` are paths that differ."""

    ident: Ident
    action: str
    reasons: tuple[str, ...] = ()
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Plan:
    """`release` is the id that is good when all is done; empty where nothing is left."""

    steps: tuple[Step, ...] = ()
    good: str = ""
    release: str = ""
    makes_namespace: bool = False
    removes_namespace: bool = False

    @property
    def changed(self) -> bool:
        acts = any(step.action in (CREATE, CHANGE, REMOVE) for step in self.steps)
        return acts or self.good != self.release or self.makes_namespace or self.removes_namespace

    def actions(self) -> dict[Ident, str]:
        return {step.ident: step.action for step in self.steps}

    def removed(self) -> list[Ident]:
        return [step.ident for step in self.steps if step.action == REMOVE]


def foreign(present: Present, wanted: Wanted) -> Iterator[Finding]:
    """Objects with our names that somebody else made are not taken over."""
    for ident, live in present.live.items():
        if not is_of(wanted.app, live):
            message = f"found one in namespace {wanted.namespace} that is not this app's, expected none"
            yield Finding("foreign", ERROR, ident.words, message, "remove it, or give the app a namespace of its own")


def decide(present: Present, wanted: Wanted, predicted: Mapping[Ident, Mapping[str, Any]], later: History) -> Plan:
    """`predicted` is what the server says would come of it; where it cannot say, the manifest is. `later` is kept."""
    steps = [_step(ident, present.live.get(ident), predicted.get(ident, one)) for ident, one in wanted.by_ident.items()]
    kept = {*later.ids, wanted.release}
    steps += [_removal(ident, live) for ident, live in leaving(present, wanted, kept)]
    good = present.history.good
    return Plan(
        tuple(sorted(steps, key=lambda step: step.ident)),
        good.id if good else "",
        wanted.release,
        makes_namespace=present.namespace is None,
    )


def _step(ident: Ident, live: Mapping[str, Any] | None, after: Mapping[str, Any]) -> Step:
    if live is None:
        return Step(ident, CREATE, ("is new",), None, plain(after))
    before, then = plain(live), plain(after)
    reasons = tuple(differing(before, then))
    return Step(ident, CHANGE if reasons else NONE, reasons, before, then)


def leaving(present: Present, wanted: Wanted, kept: set[str]) -> Iterator[tuple[Ident, Mapping[str, Any]]]:
    """What is the app's and no longer wanted. Jobs stay as long as their release may be gone back to."""
    claims = set(_claims(wanted))
    for ident, live in present.labelled.items():
        if ident in wanted.by_ident or is_release(live) or live["metadata"].get("ownerReferences"):
            continue
        if ident.kind == "Job" and label_of(live, RELEASE) in kept:
            continue
        if ident.kind == CLAIM and ident.name.rstrip("0123456789") in claims:
            continue
        yield ident, live


def _claims(wanted: Wanted) -> Iterator[str]:
    """How claims begin that StatefulSets make of their templates, each for its own pod."""
    for manifest in wanted.manifests:
        for template in (manifest.get("spec") or {}).get("volumeClaimTemplates") or []:
            yield f"{template['metadata']['name']}-{manifest['metadata']['name']}-"


def _removal(ident: Ident, live: Mapping[str, Any], with_data: bool = False) -> Step:
    if ident.kind == CLAIM and not with_data:
        return Step(ident, KEEP, ("holds data",), plain(live), plain(live))
    return Step(ident, REMOVE, ("is no longer wanted",), plain(live), None)


def remove_all(present: Present, with_data: bool) -> Plan:
    """Everything that is the app's; releases go with it, data stays unless it is to go, too."""
    theirs = [(ident, live) for ident, live in present.labelled.items() if not live["metadata"].get("ownerReferences")]
    steps = [_removal(ident, live, with_data) for ident, live in theirs if not is_release(live)]
    good = present.history.good
    return Plan(tuple(sorted(steps, key=lambda step: step.ident)), good.id if good else "", "")


def strangers(history: History, wanted: Wanted | None) -> list[Mapping[str, Any]]:
    """Objects of the last good release of kinds that are not looked for by label, and that are no longer wanted."""
    listed = history.good.manifests if history.good else ()
    idents = wanted.by_ident if wanted else {}
    return [one for one in listed if one["kind"] not in KINDS and Ident.of(one) not in idents]


def in_order(manifests: Iterable[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """What is applied together: everything that workloads need, the waves of workloads, and what needs those."""
    listed = list(manifests)
    first = [one for one in listed if one["kind"] not in (*WORKLOADS, *LAST)]
    last = [one for one in listed if one["kind"] in LAST]
    workloads = [one for one in listed if one["kind"] in WORKLOADS]
    waves = [[one for one in workloads if wave(one) == number] for number in sorted({wave(one) for one in workloads})]
    return [group for group in (first, *waves, last) if group]
