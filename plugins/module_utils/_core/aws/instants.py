# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Points in time: what users write and what AWS returns, in one form."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any

from ..findings import shown


def instant(value: Any) -> str:
    """ISO 8601 in UTC, which sorts as time passes. Without an offset UTC is meant, as the API says.

    ValueError says what is wrong.
    """
    if isinstance(value, datetime):
        read = value
    else:
        text = re.sub(r"[Zz]\Z", "+00:00", str(value).strip())
        try:
            read = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(
                f"found {shown(str(value))}, expected a date and time such as 2027-01-31T03:00:00Z"
            ) from None
    if read.tzinfo is None:
        read = read.replace(tzinfo=timezone.utc)
    return read.astimezone(timezone.utc).isoformat()
