# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A price book of the user's, read from its file."""

from __future__ import annotations

from pathlib import Path

from ..._core.cost.check import OwnBook
from ..._core.cost.request import RULE, CostError
from ..._core.findings import ERROR, Finding

#: A book of all of AWS's regions has a few MB; something much larger is no price book.
_MOST_BYTES = 50_000_000


def own_book(path: str | None) -> OwnBook | None:
    """The book in the file, where one is named; raises CostError where it cannot be read."""
    return None if path is None else OwnBook(_text(path), path)


def _text(path: str) -> str:
    file = Path(path).expanduser()
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise CostError([_finding(path, f"found {file.stat().st_size} bytes, expected a price book")])
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise CostError([_finding(path, "found no UTF-8 text, expected a price book in JSON")]) from None
    except OSError as error:
        raise CostError([_finding(path, f"the price book cannot be read: {error.strerror}")]) from error


def _finding(path: str, message: str) -> Finding:
    return Finding(RULE, ERROR, f"price_book {path}", message)
