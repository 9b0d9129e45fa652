# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be known before a platform is decided on, read in one process: each module that starts takes a second."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..._core.aws import tags
from .calls import AwsError, call, pages
from .task_definitions import plain

#: What the role ecs_platform calls its roles, after the app's name, and their inline policy.
ROLES = ("execution", "task", "scheduler", "instance")
_POLICY = "slipway"
_ZONES = {"state": "available", "zone-type": "availability-zone"}


def read(client: Callable[[str], Any], app: str) -> dict[str, Any]:
    ec2, iam = client("ec2"), client("iam")
    return {
        "account": str(call(client("sts"), "GetCallerIdentity")["Account"]),
        "region": str(ec2.meta.region_name),
        "zones": _zones(ec2),
        "networks": _networks(ec2, app),
        "policies": {role: _policy(iam, f"{app}-{role}") for role in ROLES},
    }


def _zones(ec2: Any) -> list[str]:
    filters = [{"Name": name, "Values": [value]} for name, value in _ZONES.items()]
    return sorted(
        zone["ZoneName"] for zone in call(ec2, "DescribeAvailabilityZones", Filters=filters)["AvailabilityZones"]
    )


def _networks(ec2: Any, name: str) -> list[dict[str, Any]]:
    by_name = [{"Name": "tag:Name", "Values": [name]}]
    return [
        {
            "id": vpc["VpcId"],
            "cidr_block": vpc["CidrBlock"],
            "tags": tags.read(vpc.get("Tags") or [], "Key", "Value"),
        }
        for vpc in pages(ec2, "DescribeVpcs", "Vpcs", token="NextToken", Filters=by_name)
    ]


def _policy(iam: Any, role: str) -> dict[str, Any]:
    try:
        return dict(plain(call(iam, "GetRolePolicy", RoleName=role, PolicyName=_POLICY)["PolicyDocument"]))
    except AwsError as error:
        if error.code == "NoSuchEntity":
            return {}
        raise
