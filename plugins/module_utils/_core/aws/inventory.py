# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What in an account belongs to an app: kinds of resources, whose they are, what they keep, and what they cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

APP_TAG = "slipway:app"
OWNER_TAG = "slipway:owner"
_GIB = 1024**3

#: A resource as the API describes it.
Raw = Mapping[str, Any]
#: What a month of it costs, as resources of cost_check.
Bill = list[dict[str, Any]]


@dataclass(frozen=True)
class Seen:
    """What was read of one resource. `kind` is a name of KINDS."""

    kind: str
    raw: Raw
    tags: Mapping[str, str]


@dataclass(frozen=True)
class Kind:
    """`id` and `label` are members of what the API describes. `data` is what has to be named before it may go."""

    name: str
    id: str
    label: str = ""
    arn: str = ""
    data: str = ""
    bill: Callable[[Raw], Bill] | None = None
    billed: str = ""


def _load_balancer(raw: Raw) -> Bill:
    zones = len(raw.get("AvailabilityZones") or ())
    addresses = [{"kind": "public_ipv4", "count": zones}] if raw.get("Scheme") == "internet-facing" and zones else []
    return [{"kind": "alb" if raw.get("Type", "application") == "application" else "nlb"}, *addresses]


def _endpoint(raw: Raw) -> Bill:
    """A gateway endpoint is free."""
    zones = len(raw.get("SubnetIds") or ())
    return [{"kind": "vpc_endpoint", "zones": zones}] if raw.get("VpcEndpointType") == "Interface" and zones else []


def _instance(raw: Raw) -> Bill:
    address = [{"kind": "public_ipv4"}] if raw.get("PublicIpAddress") else []
    return [{"kind": "ec2_instance", "type": raw["InstanceType"]}, *address]


def _task(raw: Raw) -> Bill:
    """A task on an instance costs nothing by itself."""
    if raw.get("launchType") == "EC2" or not raw.get("cpu"):
        return []
    return [{"kind": "fargate_task", "vcpu": int(raw["cpu"]) / 1024, "memory_gib": int(raw["memory"]) / 1024}]


def _volume(raw: Raw) -> Bill:
    return [{"kind": "ebs_gp3", "gib": raw["Size"]}] if raw.get("VolumeType") == "gp3" else []


def _stored(kind: str, key: str, size: Any) -> Bill:
    return [{"kind": kind, key: size / _GIB}] if size else []


def _file_system(raw: Raw) -> Bill:
    return _stored("efs", "gib", raw["SizeInBytes"]["Value"])


def _repository(raw: Raw) -> Bill:
    return _stored("ecr_storage", "gib", raw.get("imageSizeInBytes"))


def _log_group(raw: Raw) -> Bill:
    return _stored("logs", "gib_stored", raw.get("storedBytes"))


def _one(kind: str) -> Callable[[Raw], Bill]:
    def bill(_raw: Raw) -> Bill:
        return [{"kind": kind}]

    return bill


#: In the order in which they are removed: what uses something goes before what it uses.
KINDS = (
    Kind("schedule", "Name", arn="Arn", billed="each start of its task"),
    Kind("schedule_group", "Name", arn="Arn"),
    Kind("ecs_service", "serviceName", arn="serviceArn", billed="its tasks while they run"),
    Kind("ecs_task", "taskArn", arn="taskArn", bill=_task, billed="while it runs"),
    Kind("task_definition", "family", arn="taskDefinitionArn"),
    Kind("load_balancer", "LoadBalancerName", arn="LoadBalancerArn", bill=_load_balancer, billed="each hour"),
    Kind("target_group", "TargetGroupName", arn="TargetGroupArn"),
    Kind("auto_scaling_group", "AutoScalingGroupName", arn="AutoScalingGroupARN", billed="its instances"),
    Kind("instance", "InstanceId", bill=_instance, billed="each hour"),
    Kind("capacity_provider", "name", arn="capacityProviderArn"),
    Kind("launch_template", "LaunchTemplateId", "LaunchTemplateName"),
    Kind("ecs_cluster", "clusterName", arn="clusterArn"),
    Kind("vpc_endpoint", "VpcEndpointId", "ServiceName", bill=_endpoint, billed="each hour and zone"),
    Kind("nat_gateway", "NatGatewayId", bill=_one("nat_gateway"), billed="each hour, and what passes through"),
    Kind("elastic_ip", "AllocationId", "PublicIp", bill=_one("public_ipv4"), billed="each hour"),
    Kind("security_group", "GroupId", "GroupName"),
    Kind("subnet", "SubnetId"),
    Kind("route_table", "RouteTableId"),
    Kind("internet_gateway", "InternetGatewayId"),
    Kind("vpc", "VpcId"),
    Kind("instance_profile", "InstanceProfileName", arn="Arn"),
    Kind("iam_role", "RoleName", arn="Arn"),
    Kind("volume", "VolumeId", data="volumes", bill=_volume, billed="what it can hold"),
    Kind("snapshot", "SnapshotId", data="snapshots", billed="what it holds"),
    Kind("file_system", "FileSystemId", "Name", "FileSystemArn", "efs", _file_system, "what it holds"),
    Kind("repository", "repositoryName", arn="repositoryArn", data="ecr", bill=_repository, billed="its images"),
    Kind("log_group", "logGroupName", arn="logGroupArn", data="logs", bill=_log_group, billed="what it holds"),
    Kind("secret", "Name", arn="ARN", data="secrets", bill=_one("secret"), billed="each month"),
    Kind("parameter", "Name", arn="ARN", data="secrets"),
)
_BY_NAME = {kind.name: kind for kind in KINDS}
_RANK = {kind.name: rank for rank, kind in enumerate(KINDS)}


def belonging(seen: Iterable[Seen], app: str, owner: str) -> list[dict[str, Any]]:
    """Those that carry both tags, in the order in which they are removed."""
    wanted = {APP_TAG: app, OWNER_TAG: owner}
    own = [one for one in seen if all(one.tags.get(key) == value for key, value in wanted.items())]
    return [described(one) for one in sorted(own, key=lambda one: (_RANK[one.kind], _id(one)))]


def described(one: Seen) -> dict[str, Any]:
    """One resource for users and for those who remove it."""
    kind = _BY_NAME[one.kind]
    bill = kind.bill(one.raw) if kind.bill else []
    return {
        "kind": kind.name,
        "id": _id(one),
        "name": str(one.raw.get(kind.label) or one.tags.get("Name") or _id(one)),
        "arn": one.raw.get(kind.arn) if kind.arn else None,
        "parent": one.raw.get("parent"),
        "data": kind.data or None,
        "billed": kind.billed or None,
        "cost": [{"name": f"{kind.name} {_id(one)}", **line} for line in bill],
    }


def _id(one: Seen) -> str:
    return str(one.raw[_BY_NAME[one.kind].id])
