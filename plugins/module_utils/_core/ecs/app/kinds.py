# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The findings on an app as a whole: a stable name, a severity, and the finding in one sentence."""

from __future__ import annotations

from collections.abc import Mapping

from ...findings import ERROR, WARNING, Finding, Kind

KINDS: Mapping[str, Kind] = {
    "build-elsewhere": Kind(ERROR, "An image needs a build that the role `ecr_image` cannot do."),
    "public-without-port": Kind(ERROR, "A public service names no TCP port."),
    "unknown-service": Kind(ERROR, "An image is given for a service that the app does not have."),
    "unknown-task": Kind(ERROR, "A definition is given for a task that the app does not have."),
    "alias-elsewhere": Kind(WARNING, "A task is called by a second name, and Service Connect has one for a port."),
    "build-left-out": Kind(WARNING, "An image is built without what a key of `build` asks for."),
    "needs-https": Kind(WARNING, "A load balancer passes HTTP/2 and gRPC on from HTTPS listeners only."),
    "port-unknown": Kind(WARNING, "A task is called, and nothing says on which port."),
    "public-by-port": Kind(WARNING, "No service says whether it is public, so one is that publishes a port."),
    "task-cycle": Kind(WARNING, "Tasks wait for each other in a circle, which is cut somewhere."),
}


def finding(kind: str, path: str, message: str, hint: str = "") -> Finding:
    return Finding(kind, KINDS[kind].severity, path, message, hint)
