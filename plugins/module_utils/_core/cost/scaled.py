# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service whose copies a break-even counts, where nobody names it."""

from __future__ import annotations

from ..app import App, Service


def scaled_service(app: App) -> Service:
    """The first that scales by itself, else that is public, else that publishes a port, else the first."""

    def order(service: Service) -> tuple[bool, bool, bool]:
        scales = service.ecs.max is not None or service.kubernetes.max is not None
        public = service.ecs.public or service.kubernetes.ingress is not None
        return not scales, not public, not service.ports

    return min(app.services.values(), key=order)
