# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is of an app on its host, as the plan needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .deployment import Deployment, Ran


@dataclass(frozen=True)
class UnitState:
    """Of one unit, as `systemctl show` tells it. Moments are seconds since the host started."""

    active: str = "inactive"
    sub: str = "dead"
    enabled: str = ""
    main_pid: int = 0
    result: str = ""
    exit_code: int | None = None
    signal: int | None = None
    restarts: int = 0
    started: float | None = None
    needs_reload: bool = False
    memory_peak: int | None = None

    @property
    def runs(self) -> bool:
        """A one-shot that has ended and counts as done is active, too."""
        return self.active in ("active", "reloading", "refreshing")

    @property
    def words(self) -> str:
        told = self.active if self.sub in ("", self.active) else f"{self.active}, {self.sub}"
        return told if self.result in ("", "success") else f"{told}, {self.result}"


@dataclass(frozen=True)
class PrivateSeen:
    sha256: str
    mode: int
    owned_by_root: bool = True


@dataclass(frozen=True)
class Present:
    """`installed` are the unit files that are known to be ours; `texts` is what stands at these and the wanted ones."""

    release: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    installed: frozenset[str] = frozenset()
    private: Mapping[str, PrivateSeen] = field(default_factory=dict)
    states: Mapping[str, UnitState] = field(default_factory=dict)
    ran: Mapping[str, Ran] = field(default_factory=dict)
    good: Deployment | None = None
    #: By an older release: the paths in which the wanted one differs from it. None where that is not known.
    differing: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    #: What `absent` may be asked to remove: whether there is a folder of releases, and the folders of data.
    has_releases: bool = False
    data: tuple[str, ...] = ()
    has_link: bool = False

    def state(self, unit: str) -> UnitState:
        return self.states.get(unit, UnitState())
