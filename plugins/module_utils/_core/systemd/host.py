# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What units depend on of the host that they are for: its systemd."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Debian 12's, the oldest that is supported.
OLDEST = 252


@dataclass(frozen=True)
class Host:
    systemd: int = OLDEST

    @property
    def backs_off(self) -> bool:
        """RestartSteps= and RestartMaxDelaySec=."""
        return self.systemd >= 254


def version(text: str) -> int | None:
    """Of what `systemctl --version` prints."""
    found = re.match(r"systemd (\d+)", text)
    return int(found[1]) if found else None
