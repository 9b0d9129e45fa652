# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A container's places on its networks: what Compose asked for there, taken away and given again by the engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..engine.client import Engine

#: Networks on which the engine knows no names.
_WITHOUT_NAMES = ("bridge", "host", "none")
#: Of an endpoint, what was asked for; all else the engine has found itself.
_ASKED = ("IPAMConfig", "Links", "Aliases", "DriverOpts", "GwPriority")


def endpoints(inspected: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What was asked for at each network. The engine itself adds the short id to the aliases."""
    found = {}
    for network, facts in (inspected["NetworkSettings"]["Networks"] or {}).items():
        if network not in _WITHOUT_NAMES:
            asked = {key: facts[key] for key in _ASKED if facts.get(key)}
            asked["Aliases"] = [name for name in facts.get("Aliases") or () if name != inspected["Id"][:12]]
            found[network] = asked
    return found


def leave(engine: Engine, container_id: str, network: str) -> None:
    engine.post(f"/networks/{network}/disconnect", {"Container": container_id, "Force": False})


def join(engine: Engine, container_id: str, network: str, asked: Mapping[str, Any]) -> None:
    engine.post(f"/networks/{network}/connect", {"Container": container_id, "EndpointConfig": asked})
