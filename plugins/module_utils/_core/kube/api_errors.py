# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What kubectl says when it fails: the API's reason, one sentence, and whether it may pass by itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

#: The API server does not answer, rather than refuse.
UNREACHABLE = "Unreachable"
#: Reasons of the API that say: not now.
_NOT_NOW = frozenset({UNREACHABLE, "ServiceUnavailable", "Timeout", "ServerTimeout", "TooManyRequests"})
_REASON = re.compile(r"^Error from server \((?P<reason>\w+)\)(?:: error when [^:]+)?: (?P<said>.*)$")
_INVALID = re.compile(r'^The \S+ "[^"]*" is invalid: ')
#: An error of the network or of etcd behind the API server, in the words of Go and of etcd.
_AWAY = re.compile(
    r"was refused|connection refused|connection reset by peer|TLS handshake timeout|i/o timeout|no route to host"
    r"|network is unreachable|unexpected EOF|: EOF$|etcdserver: (?:leader changed|request timed out|no leader)"
    r"|http2: client connection lost|the server is currently unable to handle the request|context deadline exceeded"
    r"|Client\.Timeout exceeded"
)
#: What kubectl writes before the error itself.
_BESIDE = re.compile(r"^(?:Warning:|[IWE]\d{4} |Flag --)")


@dataclass(frozen=True)
class Failure:
    """`reason` is the API's own word, such as NotFound or Conflict; empty where there is none."""

    reason: str
    message: str

    @property
    def passing(self) -> bool:
        """Whether the same call may succeed a little later."""
        return self.reason in _NOT_NOW


def failure_of(lines: Sequence[str], exit_code: int) -> Failure:
    """Of the last lines that kubectl printed on standard error."""
    told = [line.strip() for line in lines if line.strip() and not _BESIDE.match(line)]
    told = told or [line.strip() for line in lines if line.strip()]
    if not told:
        return Failure("", f"it ended with exit code {exit_code} and said nothing")
    message = "; ".join(dict.fromkeys(told))
    for line in told:
        match = _REASON.match(line)
        if match:
            return Failure(match["reason"], message)
        if _INVALID.match(line):
            return Failure("Invalid", message)
    return Failure(UNREACHABLE if _AWAY.search(message) else "", message)
