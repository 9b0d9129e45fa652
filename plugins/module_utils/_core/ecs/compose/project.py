# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys that speak of Compose's own work."""

from __future__ import annotations

from .key import NOT_NEEDED, REFUSED, Key

KEYS = (
    Key("attach", NOT_NEEDED, NOT_NEEDED, "nothing", "Whether `compose up` shows the log."),
    Key("develop", NOT_NEEDED, NOT_NEEDED, "nothing", "What `compose watch` does while you develop."),
    Key("extends", NOT_NEEDED, NOT_NEEDED, "the other keys", "Resolved while the file is read."),
    Key("profiles", NOT_NEEDED, NOT_NEEDED, "nothing", "Chosen while the file is read."),
    Key(
        "provider",
        REFUSED,
        REFUSED,
        "nothing",
        "a program beside Compose provides this service, and no container",
        "run it as a service of AWS, and leave it out here",
    ),
    Key(
        "models",
        REFUSED,
        REFUSED,
        "nothing",
        "ECS runs no models beside containers",
        "call a model of Amazon Bedrock, or run a server for it as a service",
    ),
)
