# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A finding: what a rule says about one place of the user's input."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

ERROR = "error"  # the target refuses it, or it cannot work
WARNING = "warning"  # it works, and bites later
INFO = "info"  # worth knowing

#: Worst first.
SEVERITIES = (ERROR, WARNING, INFO)

#: What the option `fail_on` stops at.
FAIL_ON = {"error": (ERROR,), "warning": (ERROR, WARNING), "never": ()}


_SHOWN = 60


def shown(text: str) -> str:
    """Quoted, and cut where it is long: a name of 300 characters needs no repeating in full."""
    return f"'{text}'" if len(text) <= _SHOWN else f"'{text[:_SHOWN]}...' ({len(text)} characters)"


@dataclass(frozen=True)
class Finding:
    """`path` names the place as the user wrote it, with names for list items: containers[web].image."""

    rule: str
    severity: str
    path: str
    message: str
    hint: str = ""

    def as_dict(self) -> dict[str, str]:
        return asdict(self)

    def as_text(self) -> str:
        place = f"{self.path}: " if self.path else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place}{self.message}{hint} [{self.rule}]"


@dataclass(frozen=True)
class Kind:
    """What findings of one name have in common."""

    severity: str
    sentence: str


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))


def blocking(findings: Iterable[Finding], fail_on: str) -> list[Finding]:
    """The findings that stop a run under the option `fail_on`: error, warning or never."""
    return [finding for finding in findings if finding.severity in FAIL_ON[fail_on]]


def report(findings: Iterable[Finding], subject: str) -> str:
    """One message that names everything wrong at once."""
    lines = [finding.as_text() for finding in findings]
    noun = "problem" if len(lines) == 1 else "problems"
    return "\n".join([f"{subject}: {len(lines)} {noun}.", *(f"- {line}" for line in lines)])
