# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that Kubernetes takes, made of those that Compose has: `my_db` is no host name, and no name of an object."""

from __future__ import annotations

import re
from hashlib import sha256

#: Of a Service 63 may be had; of what a Job or StatefulSet makes, less.
_LONGEST = 48
_NOT_IN_NAMES = re.compile(r"[^a-z0-9-]+")


def object_name(text: str, longest: int = _LONGEST) -> str:
    """The name itself where it is one: lower-case letters, digits and hyphens, that begins with a letter."""
    name = _NOT_IN_NAMES.sub("-", text.lower()).strip("-") or "x"
    name = name if name[0].isalpha() else f"x-{name}"
    if len(name) <= longest:
        return name
    return f"{name[: longest - 9].rstrip('-')}-{sha256(text.encode()).hexdigest()[:8]}"
