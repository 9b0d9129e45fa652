# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWS, its agents and container runtimes say when a task does not run, and what that means for whoever has to act.

Sources: the pages of the ECS developer guide on stopped tasks' error messages, CannotPullContainer and
ResourceInitialization errors, service event messages and API failure reasons; texts of issues where users pasted them.
AWS rewords these texts now and then: a row asks for the words that carry the meaning, and the first that fits counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .rollout import CAPACITY, CONFIG, HEALTH, IMAGE, NETWORK, PERMISSION, SECRET, TIMEOUT, UNKNOWN


@dataclass(frozen=True)
class Known:
    """`sentence` takes the pattern's named groups, and `container` and `image`."""

    pattern: re.Pattern[str]
    cause: str
    sentence: str


def _known(cause: str, rows: Iterable[tuple[str, str]]) -> tuple[Known, ...]:
    return tuple(Known(re.compile(text, re.IGNORECASE | re.DOTALL), cause, sentence) for text, sentence in rows)


_PULL = r"(?:CannotPull|pull image|pull command|error pulling|failed to resolve ref|cannot pull|failed to pull).*"
_NO_WAY = (
    r"(?:i/o timeout|connection issue|context deadline exceeded|deadline exceeded|RequestCanceled|context canceled"
    r"|no route to host|connection refused|TLS handshake timeout|no such host|request canceled|send request failed"
    r"|Client\.Timeout|connection timed out|connect timeout)"
)
_A_WAY = (
    "give it a public address (assignPublicIp ENABLED in a public subnet), a NAT gateway, or VPC endpoints, and let its"
    " security group out on port 443"
)

_PERMISSIONS = _known(
    PERMISSION,
    (
        (
            r"assumed-role/(?P<role>[^/\s]+)/\S+ is not authorized to perform: (?P<action>[\w-]+:\w+)"
            r"(?P<on> on resource: [^\s,;]+)?",
            "The role {role} lacks {action}{on}: add it to the role's policy.",
        ),
        (
            r"is not authorized to perform: (?P<action>[\w-]+:\w+)(?P<on> on resource: [^\s,;]+)?",
            "The execution role lacks {action}{on}: add it to the role's policy.",
        ),
        (
            r"Access to KMS is not allowed",
            "The execution role lacks kms:Decrypt on the key that encrypts the secret: add it to the role's policy.",
        ),
        (
            r"unable to assume the role '?(?P<role>[^\s']+)'?",
            "ECS cannot assume the role {role}: it must exist and trust ecs-tasks.amazonaws.com.",
        ),
        (
            _PULL + r"\.dkr[.-]ecr\S*amazonaws.*(?:403 Forbidden|no basic auth credentials|access denied|unauthorized)",
            "The task may not pull {image} from Amazon ECR: the execution role needs ecr:GetAuthorizationToken,"
            " ecr:BatchGetImage and ecr:GetDownloadUrlForLayer, and the repository's policy must allow it.",
        ),
        (
            _PULL + r"(?:401 Unauthorized|403 Forbidden|insufficient_scope|access denied|authorization failed|denied:)",
            "The registry does not let the task pull {image}: correct the name, or give credentials in"
            " repositoryCredentials.",
        ),
        (
            r"EFS.*access denied by server",
            "The EFS file system does not let the task mount it: with IAM authorization the task role needs"
            " elasticfilesystem:ClientMount, and the file system's policy must allow it.",
        ),
        (
            r"AccessDenied(?:Exception)?",
            "AWS refused what starting {container} needs: compare the policy of the execution role with its secrets,"
            " repositories and log groups.",
        ),
    ),
)
_SECRETS = _known(
    SECRET,
    (
        (
            r"can'?t find the specified secret value for staging label",
            "A secret of {container} has no value yet: put one into it.",
        ),
        (
            r"failed to fetch secret (?P<secret>\S+).*(?:ResourceNotFoundException|can'?t find the specified secret)",
            "The secret {secret} does not exist: create it, or correct valueFrom in the task definition.",
        ),
        (
            r"can'?t find the specified secret",
            "A secret of {container} does not exist: create it, or correct valueFrom in the task definition.",
        ),
        (
            r"invalid ssm parameters?: (?P<names>[^\n]+)",
            "There is no SSM parameter {names}: create it in the task's Region, or correct valueFrom.",
        ),
        (
            r"did not contain json key (?P<key>[^\s,]+)",
            "The secret has no JSON key {key}: add it to the secret, or correct valueFrom in the task definition.",
        ),
        (
            r"secret.*invalid character .* looking for beginning of",
            "The secret is no JSON, and valueFrom names a key in it: store JSON, or name the secret alone.",
        ),
    ),
)
_NETWORKS = _known(
    NETWORK,
    (
        (
            r"(?:from asm|Secrets ?Manager).*" + _NO_WAY,
            f"The task cannot reach AWS Secrets Manager: {_A_WAY}.",
        ),
        (
            r"(?:from ssm|Systems Manager).*" + _NO_WAY,
            f"The task cannot reach AWS Systems Manager: {_A_WAY}.",
        ),
        (
            r"(?:registry auth|api\.ecr|GetAuthorizationToken).*" + _NO_WAY,
            f"The task cannot reach Amazon ECR: {_A_WAY}.",
        ),
        (
            r"(?:logger|log stream|logging driver|CloudWatch).*" + _NO_WAY,
            f"The task cannot reach Amazon CloudWatch Logs: {_A_WAY}.",
        ),
        (_PULL + _NO_WAY, f"The task cannot reach the registry of {{image}}: {_A_WAY}."),
        (
            r"EFS.*Failed to resolve",
            "The EFS file system has no name in the task's network: it needs a mount target in the task's availability"
            " zone, and the VPC needs DNS support and DNS hostnames.",
        ),
        (
            r"EFS.*(?:timed out|timeout|Connection reset|deadline exceeded)",
            "The task cannot reach the EFS file system: the security group of its mount targets must let the task's in"
            " on port 2049.",
        ),
        (
            r"Timeout waiting for (?:network interface|elastic network interface)",
            "The task's network interface was not ready in time: run again, and look at AWS Health if it stays so.",
        ),
        (
            r"ResourceInitializationError.*" + _NO_WAY,
            f"The task cannot reach an AWS service that it needs to start: {_A_WAY}.",
        ),
    ),
)
_IMAGES = _known(
    IMAGE,
    (
        (
            r"toomanyrequests|pull rate limit",
            "The registry of {image} limits how often it is pulled: push it to Amazon ECR and pull it from there, or"
            " give credentials in repositoryCredentials.",
        ),
        (
            r"(?:descriptor matching platform|no match(?:ing manifest)? for platform|no matching manifest for)"
            r"\W*(?P<platform>[\w/]+)?",
            "{image} is not built for this processor ({platform}): build it for that, or set"
            " runtimePlatform.cpuArchitecture to what it is built for.",
        ),
        (
            r"exec format error",
            "{image} is built for another processor: build it for the task's, or set runtimePlatform.cpuArchitecture"
            " to what it is built for.",
        ),
        (
            _PULL + r"(?:not found|manifest unknown|name unknown|does not exist|doesn'?t exist|cannot find|404)",
            "There is no image {image}: push it, or correct the name in the task definition.",
        ),
        (_PULL, "{image} could not be pulled: try to pull it elsewhere, and correct the name or the registry."),
    ),
)
_CAPACITIES = _known(
    CAPACITY,
    (
        (
            r"Spot Task was interrupted|Spot interruption",
            "AWS took the Fargate Spot capacity back: run again, or put a base of FARGATE into"
            " capacity_provider_strategy.",
        ),
        (
            r"Capacity is unavailable at this time",
            "AWS has no Fargate capacity in these availability zones now: add subnets in other zones, put FARGATE"
            " beside FARGATE_SPOT in capacity_provider_strategy, or run again later.",
        ),
        (
            r"limit on the number of (?P<what>vCPUs|tasks)|(?:is|are) above your limit|quota",
            "The account's quota is used up: stop something, or ask for more under Service Quotas (AWS Fargate).",
        ),
        (
            r"InsufficientFreeAddressesInSubnet|insufficient free addresses|not have enough free addresses",
            "A subnet of the task has no free addresses: name larger subnets, or free some addresses.",
        ),
        (
            r"no space left on device",
            "The task's disk is full: raise ephemeralStorage in the task definition, or make {image} smaller.",
        ),
        (
            r"No Container Instances were found|NO ACTIVE INSTANCES|EMPTY CAPACITY PROVIDER",
            "The cluster has no container instances: start some, let a capacity provider start them, or use Fargate.",
        ),
        (
            r"insufficient (?P<what>CPU|memory)|enough (?P<more>CPU|memory)",
            "No container instance has enough {what}{more} free: add instances, or ask for less in the task"
            " definition.",
        ),
        (
            r"already using a port required|RESOURCE:PORTS",
            "The host port is taken on each container instance: use dynamic host ports (hostPort 0) or awsvpc, or let"
            " a deployment stop before it starts (minimumHealthyPercent below 100).",
        ),
        (
            r"RESOURCE:ENI|network interfaces? available",
            "No container instance has a network interface left: add instances, or turn awsvpcTrunking on.",
        ),
        (
            r"RESOURCE:(?P<what>\w+)",
            "No container instance has enough {what} free: add instances, or ask for less in the task definition.",
        ),
        (
            r"missing an attribute|\bATTRIBUTE\b|placement constraint|MemberOf",
            "No container instance has what the task definition or a placement constraint asks for: correct the"
            " constraint, or add such instances.",
        ),
        (
            r"agent (?:is )?disconnected|\bAGENT\b",
            "The ECS agent of a container instance does not answer: restart the agent, or replace the instance.",
        ),
        (
            r"Host EC2 \(instance (?P<instance>[^)]+)\)",
            "The container instance {instance} went away under the task: run again, and drain instances before they"
            " are stopped.",
        ),
        (
            r"unable to place a task",
            "ECS finds no place for a task: compare what the task definition asks for with what the cluster has.",
        ),
    ),
)
_CONFIGS = _known(
    CONFIG,
    (
        (
            r"log group does not exist|The specified log group",
            "The log group of {container} does not exist: create it before the task, or set awslogs-create-group to"
            " 'true' and give the execution role logs:CreateLogGroup.",
        ),
        (
            r'exec: "(?P<word>[^"]+)": (?:executable file not found|stat|permission denied|no such file|is a directory)',
            "The command {word} is not in {image}, or is no program: correct command or entryPoint.",
        ),
        (
            r"EFS.*(?:No such file|does not exist|not found)",
            "The directory that the task mounts is not on the EFS file system: create it, or use an access point.",
        ),
        (
            r"failed to launch a task with \(error (?P<error>[^)]+)\)",
            "ECS cannot launch a task of this definition: {error}",
        ),
        (
            r"CannotCreateVolume|failed to invoke EFS",
            "A volume of the task cannot be mounted: compare the task definition's volumes with what there is.",
        ),
        (
            r"CannotStartContainer|failed to create new container runtime task",
            "{container} cannot be started as the task definition says: the stopped reason has the runtime's words.",
        ),
    ),
)
_HEALTHS = _known(
    HEALTH,
    (
        (
            r"unhealthy in \(target-group (?P<group>[^)]+)\) due to \(reason (?P<reason>[^)]*"
            r"(?:codes: \[[^\]]*\])[^)]*)\)",
            "The load balancer's health check of {container} fails ({reason}): the path and the codes of the target"
            " group's health check must fit what the app answers.",
        ),
        (
            r"unhealthy in \(target-group (?P<group>[^)]+)\) due to \(reason (?P<reason>Request timed out)\)",
            "The load balancer's health check does not reach {container} ({reason}): the task's security group must let"
            " the load balancer's in on the target port, and the app must listen on 0.0.0.0.",
        ),
        (
            r"unhealthy in \(target-group (?P<group>[^)]+)\) due to \(reason (?P<reason>[^)]*)\)",
            "The load balancer's health check of {container} fails ({reason}): compare the target group's port and"
            " path with what the app listens on.",
        ),
        (
            r"failed ELB health checks",
            "The load balancer's health check of {container} fails: compare path, codes and port with what the app"
            " answers, and give it health_check_grace_period_seconds if it starts slowly.",
        ),
        (
            r"failed container health checks",
            "The health check in the task definition of {container} fails: its command must exist in {image} and exit"
            " with 0, and a slow start needs startPeriod.",
        ),
    ),
)
_OTHERS = (
    *_known(
        TIMEOUT,
        (
            (
                r"ContainerRuntimeTimeout|DockerTimeout",
                "{container} was not started in time: look at its log, and run again where the log has nothing.",
            ),
        ),
    ),
    *_known(
        UNKNOWN,
        (
            (
                r"Task stopped by user|UserInitiated",
                "Somebody stopped the task: ask who it was, CloudTrail has StopTask.",
            ),
        ),
    ),
)
#: The more telling first: a text about a missing permission may also speak of a pull, and one about a pull of a network.
TABLE: tuple[Known, ...] = (
    *_PERMISSIONS[:4],
    *_SECRETS,
    *_IMAGES[:3],
    *_PERMISSIONS[4:7],
    *_NETWORKS,
    *_CONFIGS[:3],
    *_CAPACITIES,
    *_IMAGES[3:],
    *_PERMISSIONS[7:],
    *_CONFIGS[3:],
    *_HEALTHS,
    *_OTHERS,
)


def known(text: str, container: str, image: str) -> tuple[str, str] | None:
    """The cause and the sentence for a text that says something; None where it says nothing that we know."""
    for row in TABLE:
        match = row.pattern.search(text)
        if match:
            groups = {name: value or "" for name, value in match.groupdict().items()}
            sentence = row.sentence.format(**groups, container=container or "the task", image=image or "its image")
            return row.cause, sentence[0].upper() + sentence[1:]
    return None
