# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be done to a project, service by service, and why. `decide` makes it; see decide.py."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ..findings import Finding

KEEP, START, CREATE, RECREATE, RESTART, REMOVE, STOP, SIGNAL = (
    "keep",
    "start",
    "create",
    "recreate",
    "restart",
    "remove",
    "stop",
    "signal",
)


@dataclass(frozen=True)
class Step:
    """One service's part of the plan. Reasons are for people, without secrets: `environment FOO changed`."""

    service: str
    action: str
    reasons: tuple[str, ...] = ()
    replicas: int = 1  # how many there shall be
    present: int = 0  # how many there are
    pull: bool = False  # get the image first
    build: bool = False
    run_once: bool = False  # a one-shot that has to run in this release
    signal: str = ""  # for SIGNAL


@dataclass(frozen=True)
class Plan:
    """`steps` in dependency order, every active service and everything that goes. `others`: networks and volumes."""

    steps: tuple[Step, ...] = ()
    others: tuple[str, ...] = ()  # `network shop_back: create`, `volume shop_data: recreate (data is lost)`
    findings: tuple[Finding, ...] = ()
    exact: bool = True
    drift: tuple[str, ...] = field(default=())  # what was found beside the model, with `drift: report`

    @property
    def changed(self) -> bool:
        return bool(self.others) or any(step.action != KEEP for step in self.steps)

    def step(self, service: str) -> Step:
        return next((step for step in self.steps if step.service == service), Step(service, KEEP))

    def as_foretold(self, foretold: Plan) -> Plan:
        """With the reasons of a plan made before images came: the same is done, so the same is told."""
        steps = (self._told(step, foretold.step(step.service)) for step in self.steps)
        return replace(self, steps=tuple(steps))

    @staticmethod
    def _told(step: Step, foretold: Step) -> Step:
        return replace(step, reasons=foretold.reasons) if step.action == foretold.action else step
