# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of resources where AWS allows few letters and a short length."""

from __future__ import annotations

import re
from hashlib import sha256

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9]+")
_DIGITS = 6
#: Of a load balancer and of a target group. Source: botocore, CreateLoadBalancer and CreateTargetGroup of elbv2.
LONGEST_TARGET = 32


def short_name(text: str, longest: int = LONGEST_TARGET) -> str:
    """Letters, digits and single hyphens. What is too long is cut, and a hash of the whole keeps it unlike others."""
    name = _NOT_IN_NAMES.sub("-", text).strip("-")
    if len(name) <= longest:
        return name
    return f"{name[: longest - _DIGITS - 1].rstrip('-')}-{sha256(text.encode()).hexdigest()[:_DIGITS]}"
