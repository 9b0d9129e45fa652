# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions of Docker Compose, as it says them itself: 2.26.1-4, v2.40.3, 5.0.0-rc.1, dev."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_NUMBERS = re.compile(r"\bv?(\d+)\.(\d+)(?:\.(\d+))?")


@dataclass(frozen=True, order=True)
class Version:
    """Compared by its three numbers alone: what a distribution adds after them changes no formula."""

    major: int = 0
    minor: int = 0
    patch: int = 0
    text: str = field(default="", compare=False)

    @property
    def said(self) -> bool:
        """Whether there was a number at all; a development build says dev."""
        return bool(self.major or self.minor or self.patch)

    def __str__(self) -> str:
        return self.text or "unknown"


MINIMUM = Version(2, 26, 0, "2.26.0")
#: The newest release whose formula of the config hash was read. Newer ones work, and nothing is promised of the hash.
NEWEST = Version(5, 5, 999, "5.5")


def parse(text: str) -> Version:
    """The version in what `docker-compose version --short` printed; 0.0.0 where it names none."""
    found = _NUMBERS.search(text)
    if not found:
        return Version(text=text.strip())
    return Version(int(found[1]), int(found[2]), int(found[3] or 0), text.strip())


def known(version: Version) -> bool:
    return MINIMUM <= version <= NEWEST


def too_old(version: Version) -> bool:
    """A development build is no old one."""
    return version.said and version < MINIMUM
