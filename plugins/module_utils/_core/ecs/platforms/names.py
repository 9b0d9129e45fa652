# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each resource of an app is called. A name that AWS limits keeps its start and ends with a hash."""

from __future__ import annotations

import hashlib

#: Load balancers and target groups.
_LIMIT = 32


def load_balancer(app: str) -> str:
    return _short(f"{app}-alb")


def target_group(app: str, key: str, by_address: bool) -> str:
    """Which type of target a group has cannot be changed, so groups of instances have a name of their own."""
    return _short(f"{app}-{key}" if by_address else f"{app}-{key}-ec2")


def log_group(app: str) -> str:
    return f"/slipway/{app}"


def capacity_provider(app: str) -> str:
    """ECS refuses names that start with ecs, aws or fargate, as an app's may."""
    return f"ec2-{app}"


def _short(name: str) -> str:
    tidy = name.replace("_", "-").lower()
    if len(tidy) <= _LIMIT:
        return tidy
    return f"{tidy[: _LIMIT - 7]}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"
