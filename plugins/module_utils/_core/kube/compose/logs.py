# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the output goes: the nodes keep it, and `kubectl logs` shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...compose_levels import APPROXIMATED
from .draft import ServiceDraft
from .key import Key

#: Drivers that keep the log on the host where Docker runs.
_LOCAL = ("json-file", "local", "journald")


def _logging(service: ServiceDraft, value: Mapping[str, Any]) -> None:
    driver = value.get("driver") or "json-file"
    if driver not in _LOCAL:
        said = "nothing is kept" if driver == "none" else f"it goes to {driver}"
        message = f"in Compose {said}; here the nodes keep the log"
        service.report("compose-ignored", "logging.driver", message, "an agent on the nodes sends it on")
    elif value.get("options"):
        message = f"the nodes keep the log, and the options of {driver} are left out"
        service.report("compose-approximated", "logging", message, "how much is kept is a setting of the kubelet")


KEYS = (
    Key("logging", APPROXIMATED, "`kubectl logs`", "How much is kept is a setting of the kubelet.", handle=_logging),
    Key("logging.driver", APPROXIMATED, "`kubectl logs`", "Those that keep it on the host; others are spoken of."),
    Key("logging.options", APPROXIMATED, "nothing", "How much is kept is a setting of the kubelet."),
)
