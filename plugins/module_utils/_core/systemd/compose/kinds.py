# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The findings of the translation: a stable name, a severity, and the finding in one sentence."""

from __future__ import annotations

from collections.abc import Mapping

from ...findings import ERROR, INFO, WARNING, Finding, Kind

KINDS: Mapping[str, Kind] = {
    "compose-refused": Kind(ERROR, "A key asks for what a unit has not, and the service cannot work without it."),
    "no-program": Kind(ERROR, "Nothing says what to run: systemd runs no image."),
    "secret-in-command": Kind(ERROR, "A command holds a secret, and everybody on a host reads units."),
    "secret-without-source": Kind(ERROR, "A secret or a config has no content that could be given to the service."),
    "shared-port": Kind(ERROR, "Two services listen on one port of the host."),
    "two-requirements": Kind(ERROR, "Services name different requirements, and a release has one environment."),
    "compose-ignored": Kind(WARNING, "A key has no counterpart, and the service behaves differently without it."),
    "compose-unknown": Kind(WARNING, "A key is newer than this table, and is left out."),
    "program-of-the-image": Kind(WARNING, "The program is one of the image, and has to be on the host instead."),
    "variable-without-value": Kind(WARNING, "A variable was given no value, and is left out."),
    "secret-as-credential": Kind(WARNING, "A variable becomes a file, which the application has to read."),
    "address-not-rewritten": Kind(WARNING, "A text names another service in a place that is not parsed."),
    "published-port": Kind(WARNING, "A port of the host leads to another one of the service, and nothing does there."),
    "open-port": Kind(WARNING, "A port that only other services or this host reach in Compose is open on the host."),
    "host-path": Kind(WARNING, "A path of the host is used, which has to be there, with rights for the service."),
    "read-only-code": Kind(WARNING, "The service writes to a folder of the project, which is a release and read-only."),
    "healthy-without-check": Kind(WARNING, "A service waits for the health of one that has no health check."),
    "unused-secret": Kind(WARNING, "A secret was given that no service uses."),
    "compose-left-out": Kind(INFO, "A key has no counterpart, and little is lost."),
    "compose-approximated": Kind(INFO, "A key becomes something near to what it asks for."),
    "address-rewritten": Kind(INFO, "An address of another service became one of the host itself."),
    "low-port": Kind(INFO, "A port below 1024 needs a capability, which the service gets."),
    "dockerfile": Kind(INFO, "What the Dockerfile says stays unsaid: its variables, its health check, its packages."),
    "no-health-check": Kind(INFO, "Without a health check a service is ready as soon as its ports answer."),
    "not-run": Kind(INFO, "A service is to run no times, and is left out."),
}


def finding(kind: str, path: str, message: str, hint: str = "") -> Finding:
    return Finding(kind, KINDS[kind].severity, path, message, hint)
