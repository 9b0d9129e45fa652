# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a program of Kubernetes said before it ended, without its whole list of flags and without Go's stack."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: A line of a log of containers begins with a moment, a stream and a mark.
_OF_CONTAINER = re.compile(r"^\d{4}-\d\d-\d\dT\S+ (?:stdout|stderr) [FP] ?")
_USAGE = re.compile(r"^\s*(?:-\w, )?--[\w-]+|^\S[\w .-]* flags:$|^Usage:|^\s{2,}\S+ \[flags\]|^\s*$")
_STACK = re.compile(r"^(?:goroutine \d+|\t|\S+\(.*\)$|created by |main\.|k8s\.io/\S+)")
_ERROR = re.compile(
    r"^(?:[EF]\d{4} |[Ee]rror\b|panic:|unknown flag)|\b(?:unknown flag|invalid argument)\b|\bfailed to\b"
)


def last_words(lines: Iterable[str], most: int) -> list[str]:
    """The last errors; where no line looks like one, the last lines."""
    plain = [_OF_CONTAINER.sub("", line).rstrip() for line in lines]
    told = [line for line in plain if not _USAGE.match(line) and not _STACK.match(line)]
    errors = [line for line in told if _ERROR.search(line)]
    return list(dict.fromkeys(errors or told))[-most:]
