# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the exit code of a container says by itself: the signal that ended it, or what a shell did not find."""

from __future__ import annotations

_SIGNALS = {
    129: "SIGHUP",
    130: "SIGINT",
    132: "SIGILL, an instruction that this processor does not have",
    134: "SIGABRT",
    135: "SIGBUS",
    136: "SIGFPE",
    137: "SIGKILL",
    139: "SIGSEGV, a crash of the program itself",
    143: "SIGTERM",
}
_SHELL = {126: "a command that it ran is not executable", 127: "a command that it ran was not found"}


def meaning(code: int | None) -> str:
    """In brackets, to stand behind the code; empty where the code is the program's own."""
    if code in _SIGNALS:
        return f" ({_SIGNALS[code]})"
    return f" ({_SHELL[code]})" if code in _SHELL else ""


def signal_name(number: int) -> str:
    """SIGKILL of 9; of one that programs are not ended by, its number."""
    return _SIGNALS.get(128 + number, f"signal {number}").partition(",")[0]
