# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Of a project that nothing has to be done to: which containers still have to show that they are well.

The list of containers is enough for most of them, so a run without changes asks nothing more.
"""

from __future__ import annotations

from .model import Stack
from .present import Container, Present
from .status import runs_longer
from .wish import STABLE_SECONDS, Wish


def unsettled(stack: Stack, present: Present, wish: Wish) -> dict[str, tuple[str, ...]]:
    """Service -> ids of containers to wait for."""
    services = {name for name in stack.services if not wish.services or name in wish.services}
    found = {
        name: tuple(one.id for one in present.of(name) if not _settled(one, wish))
        for name, service in stack.services.items()
        if name in services and not service.one_shot
    }
    return {name: ids for name, ids in found.items() if ids}


def _settled(container: Container, wish: Wish) -> bool:
    if container.state != "running":
        return False
    if container.health:
        return container.health == "healthy"
    return wish.ready is not None or runs_longer(container.status, STABLE_SECONDS)
