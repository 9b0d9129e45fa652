# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys that speak of Compose's own work."""

from __future__ import annotations

from ...compose_levels import NOT_NEEDED, REFUSED
from .key import Key

KEYS = (
    Key("attach", NOT_NEEDED, "nothing", "Whether `compose up` shows the log."),
    Key("develop", NOT_NEEDED, "nothing", "What `compose watch` does while you develop."),
    Key("extends", NOT_NEEDED, "the other keys", "Resolved while the file is read."),
    Key("profiles", NOT_NEEDED, "nothing", "Chosen while the file is read."),
    Key(
        "provider",
        REFUSED,
        "nothing",
        "a program beside Compose provides this service, and no cluster has it",
        "leave the service out, and name what provides it in variables of the others",
    ),
    Key("models", REFUSED, "nothing", "a cluster runs no models beside services", "run a server for it as a service"),
)
