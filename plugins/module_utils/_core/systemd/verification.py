# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `systemd-analyze verify` says of units, as findings."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection

from ..findings import ERROR, WARNING, Finding

RULE = "unit"
_AT_LINE = re.compile(r"(?P<file>\S+\.(?:service|socket|timer)):(?P<line>\d+): (?P<message>.+)")
_OF_UNIT = re.compile(r"(?P<file>[^\s:]+\.(?:service|socket|timer)): (?P<message>.+)")
#: What a systemd says of a line that it does not know. It ignores it, and the unit works without.
_UNKNOWN = re.compile(r"Unknown (?:key|lvalue|section)\b.*ignoring")


def parse(text: str, units: Collection[str]) -> list[Finding]:
    """Everything said of these units; systemd-analyze also tells what it finds in others that they need."""
    found = (_finding(line.strip()) for line in text.splitlines())
    return [one for one in found if one is not None and one.path.partition(":")[0] in units]


def _finding(line: str) -> Finding | None:
    at_line, of_unit = _AT_LINE.match(line), _OF_UNIT.match(line)
    match = at_line or of_unit
    if match is None:
        return None
    place = posixpath.basename(match["file"]) + (f":{at_line['line']}" if at_line else "")
    severity = WARNING if _UNKNOWN.search(match["message"]) else ERROR
    return Finding(RULE, severity, place, match["message"].rstrip("."))
