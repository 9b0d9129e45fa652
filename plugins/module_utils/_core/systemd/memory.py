# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is remembered of an app on its host: which unit files are ours, what runs, and what was good before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .deployment import Deployment, Ran, sha256

_FORMAT = 1


@dataclass(frozen=True)
class Memory:
    """`good` is what was seen to be ready last, `history` what was before it, newest first.

    `ran` has a service only while it is known what it was started with. `scores` are by the hash of a unit's text.
    """

    root: str = ""
    installed: frozenset[str] = frozenset()
    ran: Mapping[str, Ran] = field(default_factory=dict)
    #: Services that were started or reloaded since, and were not seen to be ready.
    unproven: frozenset[str] = frozenset()
    good: Deployment | None = None
    history: tuple[Deployment, ...] = ()
    scores: Mapping[str, str] = field(default_factory=dict)
    #: Names of all the folders of data that the app ever had, below /var/lib/<app>.
    data: frozenset[str] = frozenset()

    @property
    def former(self) -> Deployment | None:
        return self.history[0] if self.history else None

    @property
    def needed(self) -> frozenset[str]:
        """Releases that must stay: what may be gone back to, and what processes were started from."""
        known = [one.release for one in (self.good, *self.history) if one is not None]
        return frozenset(one for one in (*known, *(ran.began for ran in self.ran.values())) if one)

    def accepted(self, deployment: Deployment, keep: int) -> Memory:
        """The deployment is good. One that is already the good one replaces it, and is no step of the history."""
        before = self.good
        same = before is None or deployment.same(before)
        history = self.history if same or before is None else (before, *self.history)
        others = tuple(one for one in history if not deployment.same(one))
        return replace(self, good=deployment, history=others[: max(1, keep - 1)], unproven=frozenset())

    def went_back(self, deployment: Deployment) -> Memory:
        """What was left is not gone back to, so that going back twice leads further back."""
        older = self.history[self.history.index(deployment) + 1 :] if deployment in self.history else self.history
        return replace(self, good=deployment, history=older, unproven=frozenset())

    def touching(self, service: str) -> Memory:
        """About to be started: until that is done, nobody knows what it runs with."""
        ran = {name: known for name, known in self.ran.items() if name != service}
        return replace(self, ran=ran, unproven=self.unproven | {service})

    def started(self, service: str, ran: Ran) -> Memory:
        return replace(self, ran={**self.ran, service: ran})

    def as_text(self) -> str:
        value = {
            "format": _FORMAT,
            "root": self.root,
            "installed": sorted(self.installed),
            "ran": {name: ran.as_dict() for name, ran in self.ran.items()},
            "unproven": sorted(self.unproven),
            "good": self.good.as_dict() if self.good else None,
            "history": [one.as_dict() for one in self.history],
            "scores": dict(self.scores),
            "data": sorted(self.data),
        }
        return json.dumps(value, indent=1, sort_keys=True) + "\n"

    @classmethod
    def from_text(cls, text: str) -> Memory:
        """Raises ValueError where it is damaged: then nobody knows which units are ours."""
        try:
            value: Mapping[str, Any] = json.loads(text)
            if value["format"] != _FORMAT:
                raise ValueError(f"it has format {value['format']}")
            return cls(
                root=str(value["root"]),
                installed=frozenset(value["installed"]),
                ran={name: Ran.from_dict(ran) for name, ran in value["ran"].items()},
                unproven=frozenset(value["unproven"]),
                good=Deployment.from_dict(value["good"]),
                history=tuple(one for one in map(Deployment.from_dict, value["history"]) if one),
                scores=dict(value["scores"]),
                data=frozenset(value["data"]),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{type(error).__name__}: {error}") from error


def score_key(text: str) -> str:
    return sha256(text)[:16]
