# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what there is of each kind of resource that an app may have, with its tags, from the service that has it.

The tagging API would be one call. But it knows no IAM roles, goes on listing what was deleted, and is late with what
was just made, so a removal that trusted it would leave something behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ..._core.aws import tags
from ..._core.aws.inventory import APP_TAG, OWNER_TAG, Seen
from .calls import AwsError, call, pages
from .platforms import ROLES
from .task_definitions import TaskDefinitions, batches

#: A client of a service by its name.
Clients = Callable[[str], Any]

_GONE = ("deleted", "deleting", "terminated", "shutting-down", "INACTIVE")
#: kind, operation, where its answer lists them, what the filter is called, and what else is asked.
_EC2: tuple[tuple[str, str, str, str, Mapping[str, Any]], ...] = (
    ("vpc_endpoint", "DescribeVpcEndpoints", "VpcEndpoints", "Filters", {}),
    ("nat_gateway", "DescribeNatGateways", "NatGateways", "Filter", {}),
    ("elastic_ip", "DescribeAddresses", "Addresses", "Filters", {}),
    ("security_group", "DescribeSecurityGroups", "SecurityGroups", "Filters", {}),
    ("subnet", "DescribeSubnets", "Subnets", "Filters", {}),
    ("route_table", "DescribeRouteTables", "RouteTables", "Filters", {}),
    ("internet_gateway", "DescribeInternetGateways", "InternetGateways", "Filters", {}),
    ("vpc", "DescribeVpcs", "Vpcs", "Filters", {}),
    ("launch_template", "DescribeLaunchTemplates", "LaunchTemplates", "Filters", {}),
    ("volume", "DescribeVolumes", "Volumes", "Filters", {}),
    ("snapshot", "DescribeSnapshots", "Snapshots", "Filters", {"OwnerIds": ["self"]}),
)


def read(client: Clients, app: str, owner: str) -> Iterator[Seen]:
    """Everything that may belong to the app; whose it is, is decided elsewhere, by the tags."""
    yield from _ecs(client("ecs"), app)
    yield from _schedules(client("scheduler"), app)
    yield from _load_balancers(client("elbv2"))
    yield from _auto_scaling_groups(client("autoscaling"), app)
    yield from _ec2(client("ec2"), app, owner)
    yield from _roles(client("iam"), app)
    yield from _repositories(client("ecr"))
    yield from _log_groups(client("logs"), app)
    yield from _file_systems(client("efs"))
    yield from _secrets(client("secretsmanager"), client("ssm"), app)


def _upper(raw: Mapping[str, Any], key: str = "Tags") -> dict[str, str]:
    return tags.read(raw.get(key) or [], "Key", "Value")


def _ecs(ecs: Any, app: str) -> Iterator[Seen]:
    # The name that the role ecs_platform gives, should its cluster be gone already.
    providers = {f"ec2-{app}": None}
    for arns in batches(pages(ecs, "ListClusters", "clusterArns"), 100):
        for cluster in call(ecs, "DescribeClusters", clusters=arns, include=["TAGS"])["clusters"]:
            if cluster["status"] not in _GONE:
                yield Seen("ecs_cluster", cluster, tags.read(cluster.get("tags") or []))
                yield from _in_cluster(ecs, cluster["clusterName"])
                providers.update(dict.fromkeys(cluster.get("capacityProviders", [])))
    for names in batches(providers, 100):
        answer = call(ecs, "DescribeCapacityProviders", capacityProviders=names, include=["TAGS"])
        for provider in answer["capacityProviders"]:
            if provider["status"] not in _GONE:
                yield Seen("capacity_provider", provider, tags.read(provider.get("tags") or []))
    definitions = TaskDefinitions(ecs, [])
    for family in pages(ecs, "ListTaskDefinitionFamilies", "families", familyPrefix=app, status="ACTIVE"):
        newest = definitions.latest(family)
        if newest:
            yield Seen("task_definition", newest.definition, newest.tags)


def _in_cluster(ecs: Any, cluster: str) -> Iterator[Seen]:
    """Services, and the tasks that no service started."""
    for arns in batches(pages(ecs, "ListServices", "serviceArns", cluster=cluster), 10):
        for service in call(ecs, "DescribeServices", cluster=cluster, services=arns, include=["TAGS"])["services"]:
            if service["status"] not in _GONE:
                yield Seen("ecs_service", {**service, "parent": cluster}, tags.read(service.get("tags") or []))
    for arns in batches(pages(ecs, "ListTasks", "taskArns", cluster=cluster), 100):
        for task in call(ecs, "DescribeTasks", cluster=cluster, tasks=arns, include=["TAGS"])["tasks"]:
            if not task.get("group", "").startswith("service:"):
                yield Seen("ecs_task", {**task, "parent": cluster}, tags.read(task.get("tags") or []))


def _schedules(scheduler: Any, app: str) -> Iterator[Seen]:
    """Schedules have no tags: those of their group count."""
    for group in pages(scheduler, "ListScheduleGroups", "ScheduleGroups", token="NextToken", NamePrefix=app):
        own = _upper(call(scheduler, "ListTagsForResource", ResourceArn=group["Arn"]))
        if own and group["State"] != "DELETING":
            yield Seen("schedule_group", group, own)
            for schedule in pages(scheduler, "ListSchedules", "Schedules", token="NextToken", GroupName=group["Name"]):
                yield Seen("schedule", {**schedule, "parent": group["Name"]}, own)


def _load_balancers(elb: Any) -> Iterator[Seen]:
    for kind, operation, key, arn in (
        ("load_balancer", "DescribeLoadBalancers", "LoadBalancers", "LoadBalancerArn"),
        ("target_group", "DescribeTargetGroups", "TargetGroups", "TargetGroupArn"),
    ):
        found = {raw[arn]: raw for raw in _marked(elb, operation, key)}
        for arns in batches(found, 20):
            for entry in call(elb, "DescribeTags", ResourceArns=arns)["TagDescriptions"]:
                yield Seen(kind, found[entry["ResourceArn"]], _upper(entry))


def _marked(client: Any, operation: str, key: str) -> Iterator[Any]:
    """Pages of the older services, which answer NextMarker and ask for Marker."""
    more: dict[str, Any] = {}
    while True:
        answer = call(client, operation, **more)
        yield from answer[key]
        if not answer.get("NextMarker"):
            return
        more = {"Marker": answer["NextMarker"]}


def _auto_scaling_groups(autoscaling: Any, app: str) -> Iterator[Seen]:
    by_tag = [{"Name": f"tag:{APP_TAG}", "Values": [app]}]
    groups = pages(autoscaling, "DescribeAutoScalingGroups", "AutoScalingGroups", token="NextToken", Filters=by_tag)
    for group in groups:
        if "Status" not in group:  # it is there only while a group is being deleted
            yield Seen("auto_scaling_group", group, _upper(group))


def _ec2(ec2: Any, app: str, owner: str) -> Iterator[Seen]:
    by_tags = [{"Name": f"tag:{APP_TAG}", "Values": [app]}, {"Name": f"tag:{OWNER_TAG}", "Values": [owner]}]
    for kind, operation, key, filters, more in _EC2:
        for raw in pages(ec2, operation, key, token="NextToken", **{filters: by_tags}, **more):
            if str(raw.get("State")) not in _GONE:
                yield Seen(kind, raw, _upper(raw))
    for reservation in pages(ec2, "DescribeInstances", "Reservations", token="NextToken", Filters=by_tags):
        for instance in reservation["Instances"]:
            if instance["State"]["Name"] not in _GONE:
                yield Seen("instance", instance, _upper(instance))


def _roles(iam: Any, app: str) -> Iterator[Seen]:
    """By name: roles cannot be looked for by tags."""
    for suffix in ROLES:
        found = _there(iam, "GetRole", "Role", RoleName=f"{app}-{suffix}")
        if found:
            yield Seen("iam_role", found, _upper(found))
    profile = _there(iam, "GetInstanceProfile", "InstanceProfile", InstanceProfileName=f"{app}-instance")
    if profile:
        yield Seen("instance_profile", profile, _upper(profile))


def _there(iam: Any, operation: str, key: str, **name: str) -> Mapping[str, Any] | None:
    try:
        found: Mapping[str, Any] = call(iam, operation, **name)[key]
    except AwsError as error:
        if error.code == "NoSuchEntity":
            return None
        raise
    return found


def _repositories(ecr: Any) -> Iterator[Seen]:
    """Of all names, for a repository is called as its image."""
    for repository in pages(ecr, "DescribeRepositories", "repositories"):
        listed = call(ecr, "ListTagsForResource", resourceArn=repository["repositoryArn"])["tags"]
        own = tags.read(listed, "Key", "Value")
        images = (
            pages(ecr, "DescribeImages", "imageDetails", repositoryName=repository["repositoryName"]) if own else ()
        )
        size = sum(image.get("imageSizeInBytes", 0) for image in images)
        yield Seen("repository", {**repository, "imageSizeInBytes": size}, own)


def _log_groups(logs: Any, app: str) -> Iterator[Seen]:
    for group in pages(logs, "DescribeLogGroups", "logGroups", logGroupNamePrefix=f"/slipway/{app}"):
        arn = group["arn"].removesuffix(":*")
        own = call(logs, "ListTagsForResource", resourceArn=arn)["tags"]
        yield Seen("log_group", {**group, "logGroupArn": arn}, own)


def _file_systems(efs: Any) -> Iterator[Seen]:
    for found in _marked(efs, "DescribeFileSystems", "FileSystems"):
        if found["LifeCycleState"] not in _GONE:
            yield Seen("file_system", found, _upper(found))


def _secrets(secrets: Any, ssm: Any, app: str) -> Iterator[Seen]:
    by_tag = [{"Key": "tag-key", "Values": [APP_TAG]}, {"Key": "tag-value", "Values": [app]}]
    for secret in pages(secrets, "ListSecrets", "SecretList", token="NextToken", Filters=by_tag):
        yield Seen("secret", secret, _upper(secret))
    asked = [{"Key": f"tag:{APP_TAG}", "Option": "Equals", "Values": [app]}]
    found: Iterable[Any] = pages(ssm, "DescribeParameters", "Parameters", token="NextToken", ParameterFilters=asked)
    for parameter in found:
        own = call(ssm, "ListTagsForResource", ResourceType="Parameter", ResourceId=parameter["Name"])["TagList"]
        yield Seen("parameter", parameter, tags.read(own, "Key", "Value"))
