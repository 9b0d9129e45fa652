# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `systemd-analyze verify` says of units, as findings."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Iterator

from ..findings import ERROR, WARNING, Finding

RULE = "unit"
_AT_LINE = re.compile(r"(?P<file>.+\.(?:service|socket|timer)):(?P<line>\d+): (?P<message>.+)")
_OF_UNIT = re.compile(r"(?P<file>[^\s:]+\.(?:service|socket|timer)): (?P<message>.+)")
#: The end of what was said of a unit that cannot be loaded.
_IN_SHORT = re.compile(r"Unit (?P<file>[^\s:]+\.(?:service|socket|timer)) (?P<message>.+)")
#: What a systemd says of a line that it does not know. It ignores it, and the unit works without.
_UNKNOWN = re.compile(r"Unknown (?:key|lvalue|section)\b.*ignoring", re.IGNORECASE)


def parse(text: str, units: Collection[str]) -> list[Finding]:
    """Everything said of these units; systemd-analyze also tells what it finds in others that they need."""
    lines = [line.strip() for line in text.splitlines()]
    found = [*_findings(lines, _AT_LINE, _OF_UNIT)]
    said = {_unit(finding) for finding in found if finding.severity == ERROR}
    found += [finding for finding in _findings(lines, _IN_SHORT) if _unit(finding) not in said]
    return [finding for finding in found if _unit(finding) in units]


def _findings(lines: Iterable[str], *patterns: re.Pattern[str]) -> Iterator[Finding]:
    for line in lines:
        match = next((found for found in (pattern.match(line) for pattern in patterns) if found), None)
        if match is not None:
            number = match.groupdict().get("line")
            place = posixpath.basename(match["file"]) + (f":{number}" if number else "")
            severity = WARNING if _UNKNOWN.search(match["message"]) else ERROR
            yield Finding(RULE, severity, place, match["message"].rstrip("."))


def _unit(finding: Finding) -> str:
    return finding.path.partition(":")[0]
