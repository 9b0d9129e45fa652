# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words that were meant when others were written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches


def plain(word: str) -> str:
    """Without case and separators, where most slips are: `memory_limit`, `memoryLimit`."""
    return re.sub(r"[^a-z0-9]", "", word.lower())


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known word that was probably meant: other case, other separators, or a slip of the finger."""
    by_plain_form = {plain(candidate): candidate for candidate in known}
    matches = get_close_matches(plain(word), by_plain_form, n=1, cutoff=cutoff)
    return by_plain_form[matches[0]] if matches else None


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """A hint for a finding."""
    near = nearest(word, known)
    return f"did you mean '{near}'?" if near else otherwise
