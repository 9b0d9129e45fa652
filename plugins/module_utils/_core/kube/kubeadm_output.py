# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What kubeadm prints: how far it came, and why it failed, in one sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_STEP = re.compile(r"^\[(?P<phase>[a-z-]+)\] (?P<said>.+)$")
_FATAL = re.compile(r"^\s*\[ERROR (?P<check>[^\]]+)\]: (?P<said>.+)$")
#: The error itself, after what klog puts before it.
_ERROR = re.compile(
    r"^(?:error execution phase (?P<phase>[^:]+): (?P<said>.+)|error: (?P<plain>.+)|(?P<timed>timed out .+))$"
)
_KLOG = re.compile(r"^[IWEF]\d{4} [\d:.]+\s+\d+ [^\]]+\] ")
#: Advice and stack traces.
_NOISE = re.compile(
    r"^(?:To see the stack trace|k8s\.io/|\t+/|goroutine |runtime\.|main\.|\[preflight\] If you know what)"
)
_LAST = 3


def progress(lines: Iterable[str]) -> list[str]:
    """The steps that were begun, without what kubeadm says to people."""
    found = [match for match in map(_STEP.match, lines) if match]
    return [f"{match['phase']}: {match['said']}" for match in found]


def why(lines: Sequence[str]) -> str:
    """All failed checks at once, else the error, else the last lines."""
    plain = [_KLOG.sub("", line).strip() for line in lines if line.strip() and not _NOISE.match(line)]
    checks = [f"{match['said']} ({match['check']})" for match in map(_FATAL.match, plain) if match]
    if checks:
        return "; ".join(dict.fromkeys(checks))
    for match in filter(None, map(_ERROR.match, reversed(plain))):
        if match["said"]:
            return f"{match['said']} (in the phase {match['phase']})"
        return match["plain"] or match["timed"]
    return "; ".join(plain[-_LAST:]) or "it said nothing"
