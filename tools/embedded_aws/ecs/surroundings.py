# SPDX-License-Identifier: GPL-3.0-or-later
"""What ECS reads of the rest of this AWS, and what it leaves there. Only this file knows moto's classes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from moto.backends import get_backend

from ..wsgi import ACCOUNT, ApiError
from . import access, targets
from .behaviour import Rule
from .errors import invalid
from .nouns import Definition, Service, Task, new_id


@dataclass(frozen=True)
class Surroundings:
    """One region."""

    region: str

    def backend(self, service: Any, region: str = "") -> Any:
        """moto's model of a service, which is loaded when it is first asked for."""
        return get_backend(service)[ACCOUNT][region or self.region]

    @property
    def ecs(self) -> Any:
        return self.backend("ecs")

    def cluster(self, name: str | None) -> Any:
        """moto's cluster by name or ARN. One that was deleted is still described, but cannot be used."""
        found = self.ecs.clusters.get((name or "default").split("/")[-1])
        if found is None:
            raise ApiError("ClusterNotFoundException", "Cluster not found.")
        if found.status != "ACTIVE":
            raise ApiError("ClusterNotFoundException", "The referenced cluster was inactive.")
        return found

    def definition(self, name: str, running: bool = False) -> Definition:
        """By ARN, family:revision, or family: then the latest ACTIVE revision (botocore, CreateService).

        One that a service runs may be INACTIVE by now (botocore, DeregisterTaskDefinition).
        """
        short = name.split("/")[-1]
        if ":" not in short:
            short = f"{short}:{self.latest_revision(short)}"
        family, _colon, revision = short.partition(":")
        found = self.ecs.task_definitions.get(family, {}).get(int(revision))
        if found is None:
            raise ApiError("ClientException", "TaskDefinition not found.")
        if found.status != "ACTIVE" and not running:
            raise ApiError("ClientException", "TaskDefinition is inactive")
        return Definition(
            arn=found.arn,
            family=found.family,
            containers=found.container_definitions,
            network_mode=found.network_mode or "bridge",
            cpu=str(found.cpu or ""),
            memory=str(found.memory or ""),
            tags=list(found.tags or []),
            # moto leaves the member out where none was named.
            execution_role=getattr(found, "execution_role_arn", ""),
        )

    def latest_revision(self, family: str) -> int:
        revisions = self.ecs.task_definitions.get(family, {})
        active = [number for number, each in revisions.items() if each.status == "ACTIVE"]
        return max(active, default=0)

    # -- services -------------------------------------------------------------------------------

    def check_network(self, configuration: dict[str, Any]) -> None:
        """Unverified: the words, which are moto's, but for the missing subnet of botocore's model."""
        network = configuration.get("awsvpcConfiguration")
        if not network:
            return
        ec2 = self.backend("ec2")
        known = {subnet.id for zone in ec2.subnets.values() for subnet in zone.values()}
        for subnet in network.get("subnets", []):
            if subnet not in known:
                raise invalid(
                    f"Error retrieving subnet information for [{subnet}]: The subnet ID '{subnet}' does not exist "
                    "(ErrorCode: InvalidSubnetID.NotFound)"
                )
        groups = {group for vpc in ec2.groups.values() for group in vpc}
        for group in network.get("securityGroups", []):
            if group not in groups:
                raise invalid(
                    f"Error retrieving security group information for [{group}]: The security group '{group}' "
                    "does not exist (ErrorCode: InvalidGroup.NotFound)"
                )

    def check_target_group(self, arn: str) -> None:
        group = self.backend("elbv2").target_groups.get(arn)
        if group is None:
            raise invalid(f"The specified target group {arn} does not exist.")  # unverified: the words
        if not group.load_balancer_arns:
            # As users report it: a service cannot use a target group before a listener does.
            raise invalid(f"The target group with targetGroupArn {arn} does not have an associated load balancer.")

    def mirror(self, service: Service, tags: list[dict[str, str]]) -> None:
        """moto keeps a service of this name too: TagResource and Application Auto Scaling look there."""
        self.ecs.services.pop(f"{service.cluster}:{service.name}", None)
        self.ecs.create_service(
            service.cluster,
            service.name,
            0,
            task_definition_str=service.config.get("taskDefinition"),
            tags=[dict(tag) for tag in tags],
        )

    def tags(self, service: Service) -> list[dict[str, str]]:
        kept = self.ecs.services.get(f"{service.cluster}:{service.name}")
        return list(kept.tags) if kept else []

    def forget(self, service: Service) -> None:
        kept = self.ecs.services.get(f"{service.cluster}:{service.name}")
        if kept:
            kept.status = service.status

    def alarms(self) -> frozenset[str]:
        known = self.backend("cloudwatch").alarms
        return frozenset(name for name, alarm in known.items() if alarm.state_value == "ALARM")

    def refusal(self, definition: Definition) -> Rule | None:
        return access.refusal(definition.containers, definition.execution_role, self.region)

    # -- tasks ----------------------------------------------------------------------------------

    def attach(self, task: Task) -> None:
        """An address in one of the subnets for network mode awsvpc; an instance, with its ports, for the type EC2."""
        network = task.config.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
        number = int(task.id[:6], 16)
        if network.get("subnets") and not task.address:
            task.address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
            task.interface = {
                "id": new_id(),
                "subnetId": network["subnets"][number % len(network["subnets"])],
                "networkInterfaceId": f"eni-{new_id()[:17]}",
                "privateIPv4Address": task.address,
            }
        if task.launch_type == "EC2" and not task.instance and not task.address:
            instances = self.instances(task)
            task.instance, task.container_instance = instances[number % len(instances)] if instances else ("", "")
            for container in task.definition.containers:
                for mapping in container.get("portMappings", []):
                    # botocore, PortMapping.hostPort: 0 or none is a port of the ephemeral range, from 32768 on.
                    chosen = mapping.get("hostPort") or 32768 + (number + len(task.host_ports)) % 28000
                    task.host_ports[mapping["containerPort"]] = chosen

    def instances(self, task: Task) -> list[tuple[str, str]]:
        """Registered container instances; or the instances of the capacity provider's group, which register nowhere."""
        cluster = task.cluster_arn.split("/")[-1]
        registered = self.ecs.container_instances.get(cluster, {}).values()
        if registered:
            return [(each.ec2_instance_id, each.container_instance_arn) for each in registered]
        provider = self.ecs.capacity_providers.get(task.capacity_provider)
        name = provider.auto_scaling_group_provider["autoScalingGroupArn"].split("/")[-1] if provider else ""
        group = self.backend("autoscaling").autoscaling_groups.get(name) if name else None
        return [(state.instance.id, "") for state in group.instance_states] if group else []

    def follow(self, task: Task) -> None:
        """Bring the task's surroundings in line with it: its place, its logs, its targets."""
        if task.status != "STOPPED":
            self.attach(task)
        if task.started_at and not task.logged:
            task.logged = True
            self.log(task)
        if task.targets or (task.config.get("loadBalancers") and not task.one_off):
            targets.follow(self.backend("elbv2").target_groups, task)

    def log(self, task: Task) -> None:
        """What the fate lets the containers print, under the stream name of the awslogs driver: prefix/container/id."""
        for container in task.definition.containers:
            configuration = container.get("logConfiguration", {})
            options = configuration.get("options", {})
            if configuration.get("logDriver") != "awslogs":
                continue
            logs = self.backend("logs", options.get("awslogs-region", ""))
            group = options.get("awslogs-group", "")
            if options.get("awslogs-create-group") == "true" and group not in logs.groups:
                logs.create_log_group(group, {})
            if group not in logs.groups:
                continue  # AWS would not start the task; many tests name a group that they do not make
            prefix = options.get("awslogs-stream-prefix")
            stream = f"{prefix}/{container['name']}/{task.id}" if prefix else task.id
            logs.create_log_stream(group, stream)
            now = int(time.time() * 1000)
            lines = task.fate.log or default_log(task, container["name"])
            logs.put_log_events(group, stream, [{"timestamp": now, "message": line} for line in lines])


def default_log(task: Task, name: str) -> list[str]:
    kind = task.fate.kind
    if kind == "exit":
        return [f"{name} is starting", f"{name} cannot go on and exits with code {task.fate.exit_code}"]
    return [f"{name} is starting"] if kind == "oom" else [f"{name} is starting", f"{name} is ready"]
