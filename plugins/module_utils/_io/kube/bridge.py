# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Give this node its bridge of pods, and the routes to those of the others."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..._core.kube import bridge
from ..._core.kube.bridge import Route
from ..._core.kube.health import node_view
from ..app_module import AppError
from ..systemd.systemctl import call, must, states
from .kubectl import Kubectl
from .node_files import Change, apply, changes

_PAUSE_SECONDS = 1.0


def nodes(
    kubectl: Kubectl, name: str, others: Sequence[str], seconds: float, say: Callable[[str], None]
) -> list[dict[str, Any]]:
    """All nodes, as soon as this one and `others` have addresses for their pods."""
    began = time.monotonic()
    said = False
    while True:
        found = [node_view(node) for node in kubectl.items("nodes")]
        given = {node["name"] for node in found if node["pod_cidr"]}
        lacking = [node for node in dict.fromkeys((name, *others)) if node not in given]
        if not lacking:
            return found
        if time.monotonic() - began > seconds:
            raise AppError(
                f"after {seconds:.0f} s the controller manager has given no pod addresses to {', '.join(lacking)}: "
                "is --allocate-node-cidrs on, and is the pods' range large enough?"
            )
        if not said:
            say(f"waiting for the controller manager to give pod addresses to {', '.join(lacking)}")
            said = True
        time.sleep(_PAUSE_SECONDS)


def wanted_files(pod_cidr: str, routes: Sequence[Route], mtu: int) -> list[Change]:
    files = (
        {"path": bridge.CONFIG, "content": bridge.config(pod_cidr, mtu)},
        {"path": bridge.UNIT, "content": bridge.unit(routes)},
    )
    return changes(files, ())


def missing_routes(wanted: Sequence[Route]) -> list[Route]:
    present = bridge.present_routes(call("ip", "-json", "-4", "route", "show", whole=True).stdout)
    return [route for route in wanted if route not in present]


def bring(changed: Sequence[Change], missing: Sequence[Route]) -> None:
    """The unit is stopped as it is, so that routes to nodes that left go with it."""
    name = Path(bridge.UNIT).name
    other_routes = any(change.path == Path(bridge.UNIT) for change in changed)
    if other_routes and states([name])[name].active == "active":
        must("stop", name)
    apply(changed)
    if other_routes:
        must("daemon-reload")
    if states([name])[name].enabled != "enabled":
        must("enable", name)
    if other_routes or missing:
        must("restart", name)
