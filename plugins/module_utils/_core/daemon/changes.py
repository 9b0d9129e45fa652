# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which settings differ, and what each takes to be in effect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .masking import masked_pair
from .merge import ABSENT
from .schema import ALWAYS, KEYS, RELOADED_FEATURES, RESTART, WHEN_SET

NONE, RELOAD = "none", "reload"


@dataclass(frozen=True)
class Change:
    """`before` or `after` is ABSENT where the key is not there; `takes` is reload or restart."""

    key: str
    before: Any
    after: Any
    takes: str

    def as_text(self) -> str:
        before, after = masked_pair(*({} if it is ABSENT else {self.key: it} for it in (self.before, self.after)))
        shown = [_shown(side.get(self.key, ABSENT)) for side in (before, after)]
        return f"{self.key}: {shown[0]} -> {shown[1]} ({self.takes})"


def _shown(value: Any) -> str:
    return "not set" if value is ABSENT else repr(value)


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    found = []
    for key in sorted({*before, *after}):
        old, new = before.get(key, ABSENT), after.get(key, ABSENT)
        if old != new:
            found.append(Change(key, old, new, takes(key, old, new)))
    return found


def takes(key: str, before: Any, after: Any) -> str:
    """What a change of this key takes. An unknown key takes a restart, which is always enough."""
    reload = KEYS[key].reload if key in KEYS else RESTART
    if reload == RESTART or (reload == WHEN_SET and after is ABSENT):
        return RESTART
    if key == "features" and reload == ALWAYS:
        old, new = (it if isinstance(it, Mapping) else {} for it in (before, after))
        changed = {name for name in {*old, *new} if old.get(name) != new.get(name)}
        return RELOAD if changed <= set(RELOADED_FEATURES) else RESTART
    return RELOAD


def action(found: Iterable[str]) -> str:
    """The one thing that brings all of these into effect."""
    needed = set(found)
    return RESTART if RESTART in needed else RELOAD if needed else NONE
