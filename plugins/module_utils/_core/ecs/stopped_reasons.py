# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWS, its agents and container runtimes say when a task does not run, and what that means for whoever has to act.

Sources: the pages of the ECS developer guide on stopped tasks' error messages, CannotPullContainer and
ResourceInitialization errors, service event messages and API failure reasons; texts of issues where users pasted them.
AWS rewords these texts now and then: a row asks for the words that carry the meaning, and the first that fits counts.
"""

from __future__ import annotations

import re

from .rollout import CAPACITY, CONFIG, HEALTH, IMAGE, NETWORK, PERMISSION, SECRET, TIMEOUT, UNKNOWN

_PULL = r"(?:CannotPull|pull image|pull command|error pulling|failed to resolve ref|cannot pull|failed to pull).*"
_NO_WAY = (
    r"(?:i/o timeout|connection issue|deadline exceeded|RequestCanceled|context canceled|no route to host"
    r"|connection refused|TLS handshake timeout|no such host|request canceled|send request failed|connection timed out)"
)
_A_WAY = (
    "give it a public address (assignPublicIp ENABLED in a public subnet), a NAT gateway or VPC endpoints, and let its"
    " security group out on port 443."
)
_ACTION = r"is not authorized to perform: (?P<action>[\w-]+:\w+)(?:(?P<on> on) resource: (?P<resource>[^\s,;]+))?"

#: Cause, what the text has, and the sentence: it takes the groups of the pattern, and `container` and `image`.
#: The more telling first: a text on a missing permission may also speak of a pull, and one on a pull of a network.
TABLE: tuple[tuple[str, str, str], ...] = (
    # Permissions, where the text names them.
    (
        PERMISSION,
        r"assumed-role/(?P<role>[^/\s]+)/\S+ " + _ACTION,
        "The role {role} lacks {action}{on} {resource}: add it to the role's policy.",
    ),
    (PERMISSION, _ACTION, "The execution role lacks {action}{on} {resource}: add it to the role's policy."),
    (
        PERMISSION,
        r"Access to KMS is not allowed",
        "The execution role lacks kms:Decrypt on the key that encrypts the secret: add it to the role's policy.",
    ),
    (
        PERMISSION,
        r"unable to assume the role '?(?P<role>[^\s']+)'?",
        "ECS cannot assume the role {role}: it must exist and trust ecs-tasks.amazonaws.com.",
    ),
    (
        PERMISSION,
        r"from Amazon ECR using the task execution role '?(?P<role>[^\s']+?)'?\.(?:\s|$)",
        "The role {role} may not pull {image}: it needs ecr:GetAuthorizationToken, ecr:BatchGetImage and"
        " ecr:GetDownloadUrlForLayer, and the repository's policy must allow it.",
    ),
    # Secrets.
    (
        SECRET,
        r"can'?t find the specified secret value for staging label",
        "A secret of {container} has no value yet: put one into it.",
    ),
    (
        SECRET,
        r"failed to fetch secret (?P<secret>\S+).*(?:ResourceNotFoundException|can'?t find the specified secret)",
        "The secret {secret} does not exist: create it, or correct valueFrom in the task definition.",
    ),
    (
        SECRET,
        r"can'?t find the specified secret",
        "A secret of {container} does not exist: create it, or correct valueFrom in the task definition.",
    ),
    (
        SECRET,
        r"invalid ssm parameters?: (?P<names>[^\s]+(?:, [^\s]+)*)",
        "There is no SSM parameter {names}: create it in the task's Region, or correct valueFrom.",
    ),
    (
        SECRET,
        r"did not contain json key (?P<key>[^\s,]+)",
        "The secret has no JSON key {key}: add it to the secret, or correct valueFrom in the task definition.",
    ),
    (
        SECRET,
        r"secret.*invalid character .* looking for beginning of",
        "The secret is no JSON, and valueFrom names a key in it: store JSON, or name the secret alone.",
    ),
    # Images that can be reached and not be used.
    (
        IMAGE,
        r"toomanyrequests|pull rate limit",
        "The registry of {image} limits how often it is pulled: push it to Amazon ECR and pull it from there, or give"
        " credentials in repositoryCredentials.",
    ),
    (
        IMAGE,
        r"(?:descriptor matching platform|match for platform(?: in manifest)?|no matching manifest for)\W*"
        r"(?P<platform>[\w]+/[\w/]+)?",
        "The image {image} is not built for the task's processor {platform}: build it for that, or set"
        " runtimePlatform.cpuArchitecture to what it is built for.",
    ),
    (
        IMAGE,
        r"exec format error",
        "The image {image} is built for another processor: build it for the task's, or set"
        " runtimePlatform.cpuArchitecture to what it is built for.",
    ),
    (
        PERMISSION,
        _PULL + r"\.dkr[.-]ecr.*(?:403 Forbidden|no basic auth credentials|access denied|unauthorized)",
        "The task may not pull {image} from Amazon ECR: the execution role needs ecr:GetAuthorizationToken,"
        " ecr:BatchGetImage and ecr:GetDownloadUrlForLayer, and the repository's policy must allow it.",
    ),
    (
        PERMISSION,
        _PULL + r"(?:401 Unauthorized|403 Forbidden|insufficient_scope|access denied|authorization failed|denied:)",
        "The registry does not let the task pull {image}: correct the name, or give credentials in"
        " repositoryCredentials.",
    ),
    (
        PERMISSION,
        r"EFS.*access denied by server",
        "The EFS file system does not let the task mount it: with IAM authorization the task role needs"
        " elasticfilesystem:ClientMount, and the file system's policy must allow it.",
    ),
    # What the task cannot reach.
    (NETWORK, r"(?:from asm|Secrets ?Manager).*" + _NO_WAY, f"The task cannot reach AWS Secrets Manager: {_A_WAY}"),
    (NETWORK, r"(?:from ssm|Systems Manager).*" + _NO_WAY, f"The task cannot reach AWS Systems Manager: {_A_WAY}"),
    (NETWORK, r"(?:registry auth|api\.ecr).*" + _NO_WAY, f"The task cannot reach Amazon ECR: {_A_WAY}"),
    (
        NETWORK,
        r"(?:logger|log stream|logging driver|CloudWatch).*" + _NO_WAY,
        f"The task cannot reach Amazon CloudWatch Logs: {_A_WAY}",
    ),
    (NETWORK, _PULL + _NO_WAY, f"The task cannot reach the registry of {{image}}: {_A_WAY}"),
    (
        NETWORK,
        r"EFS.*Failed to resolve",
        "The EFS file system has no name in the task's network: it needs a mount target in the task's availability"
        " zone, and the VPC needs DNS support and DNS hostnames.",
    ),
    (
        NETWORK,
        r"EFS.*(?:timed out|timeout|Connection reset|deadline exceeded)",
        "The task cannot reach the EFS file system: the security group of its mount targets must let the task's in on"
        " port 2049.",
    ),
    (
        NETWORK,
        r"Timeout waiting for (?:elastic )?network interface",
        "The task's network interface was not ready in time: run again, and look at AWS Health if it stays so.",
    ),
    (
        NETWORK,
        r"ResourceInitializationError.*" + _NO_WAY,
        f"The task cannot reach an AWS service that it needs to start: {_A_WAY}",
    ),
    # What the task definition names and is not there.
    (
        CONFIG,
        r"log group does not exist|cannot find the (?:Amazon )?CloudWatch log group",
        "The log group of {container} does not exist: create it, or set awslogs-create-group to 'true' and give the"
        " execution role logs:CreateLogGroup.",
    ),
    (
        CONFIG,
        r'exec: \\?"(?P<word>[^"\\]+)\\?": (?:executable file not found|stat|permission denied|no such file|is a dir)',
        "The command {word} is not in {image}, or is no program: correct command or entryPoint.",
    ),
    (
        CONFIG,
        r"unable to find user (?P<user>[^\s:]+)|no users found",
        "The user {user} of {container} is not in {image}: give a number as user, or add it to the image.",
    ),
    (
        CONFIG,
        r"EFS.*(?:No such file|does not exist|not found)",
        "The directory that the task mounts is not on the EFS file system: create it, or use an access point.",
    ),
    # Room to run: Fargate, Spot, addresses, container instances.
    (
        CAPACITY,
        r"Spot Task was interrupted|SpotInterruption",
        "AWS took the Spot capacity back: run again, or put a base of FARGATE into capacity_provider_strategy.",
    ),
    (
        CAPACITY,
        r"Capacity is unavailable at this time",
        "AWS has no Fargate capacity in these availability zones now: add subnets in other zones, put FARGATE beside"
        " FARGATE_SPOT in capacity_provider_strategy, or run again later.",
    ),
    (
        CAPACITY,
        r"limit on the number of (?:vCPUs|tasks)|is above your limit|exceeded .*quota",
        "The account's quota is used up: stop something, or ask for more under Service Quotas (AWS Fargate).",
    ),
    (
        CAPACITY,
        r"InsufficientFreeAddressesInSubnet|free addresses",
        "A subnet of the task has no free addresses: name larger subnets, or free some addresses.",
    ),
    (
        CAPACITY,
        r"no space left on device",
        "The task's disk is full: raise ephemeralStorage in the task definition, or make {image} smaller.",
    ),
    (
        CAPACITY,
        r"No Container Instances were found|NO ACTIVE INSTANCES|EMPTY CAPACITY PROVIDER",
        "The cluster has no container instances: start some, let a capacity provider start them, or use Fargate.",
    ),
    (
        CAPACITY,
        r"already using a port required|RESOURCE:PORTS",
        "The host port is taken on each container instance: use dynamic host ports (hostPort 0) or awsvpc, or let a"
        " deployment stop before it starts (minimumHealthyPercent below 100).",
    ),
    (
        CAPACITY,
        r"RESOURCE:ENI|no (?:available )?network interfaces?",
        "No container instance has a network interface left: add instances, or turn awsvpcTrunking on.",
    ),
    (
        CAPACITY,
        r"(?:RESOURCE:|insufficient |enough )(?P<what>CPU|memory|GPU)",
        "No container instance has enough {what} free: add instances, or ask for less in the task definition.",
    ),
    (
        CAPACITY,
        r"missing an attribute|(?:^|: )ATTRIBUTE$|MemberOf placement",
        "No container instance has what the task definition or a placement constraint asks for: correct the"
        " constraint, or add such instances.",
    ),
    (
        CAPACITY,
        r"agent (?:is )?disconnected|(?:^|: )AGENT$",
        "The ECS agent of a container instance does not answer: restart the agent, or replace the instance.",
    ),
    (
        CAPACITY,
        r"Host EC2 \(instance (?P<instance>[^)]+)\)|TerminationNotice|InfrastructureHealth",
        "The machine under the task went away {instance}: ECS starts the tasks of services anew; run others again.",
    ),
    (
        CAPACITY,
        r"unable to place a task",
        "ECS finds no place for a task: compare what the task definition asks for with what the cluster has.",
    ),
    # What is left of the above.
    (
        IMAGE,
        _PULL + r"(?:not found|manifest unknown|name unknown|does not exist|doesn'?t exist|cannot find|404)",
        "There is no image {image}: push it, or correct the name in the task definition.",
    ),
    (IMAGE, _PULL, "The image {image} could not be pulled: pull it elsewhere to see why, or correct its name."),
    (
        PERMISSION,
        r"AccessDenied",
        "AWS refused what starting {container} needs: compare the policy of the execution role with the secrets,"
        " repositories and log groups that the task definition names.",
    ),
    (
        CONFIG,
        r"failed to launch a task with \(error (?P<error>.+)\)",
        "ECS cannot launch a task of this definition: {error}.",
    ),
    (
        CONFIG,
        r"CannotCreateVolume|failed to invoke EFS",
        "A volume of the task cannot be mounted: compare the volumes of the task definition with what there is.",
    ),
    (
        TIMEOUT,
        r"ContainerRuntimeTimeout|DockerTimeout",
        "Container {container} was not started in time: look at its log, and run again where that has nothing.",
    ),
    (
        CONFIG,
        r"CannotStartContainer|failed to create new container runtime task",
        "Container {container} cannot be started as the task definition says: the runtime's own words are beside this.",
    ),
    # Health.
    (
        HEALTH,
        r"unhealthy in \(target-group [^)]+\) due to \(reason (?P<reason>[^()]*codes: \[[^\]]*\][^()]*)\)",
        "The load balancer's health check of {container} fails ({reason}): the path and the codes of the target group's"
        " health check must fit what the app answers.",
    ),
    (
        HEALTH,
        r"unhealthy in \(target-group [^)]+\) due to \(reason (?P<reason>Request timed out)",
        "The load balancer's health check does not reach {container} ({reason}): the task's security group must let the"
        " load balancer's in on the target port, and the app must listen on 0.0.0.0.",
    ),
    (
        HEALTH,
        r"unhealthy in \(target-group [^)]+\) due to \(reason (?P<reason>[^()]*)\)",
        "The load balancer's health check of {container} fails ({reason}): compare the target group's port and path"
        " with what the app listens on.",
    ),
    (
        HEALTH,
        r"failed ELB health checks",
        "The load balancer's health check of {container} fails: compare path, codes and port with what the app answers,"
        " and give it health_check_grace_period_seconds if it starts slowly.",
    ),
    (
        HEALTH,
        r"failed container health checks",
        "The health check in the task definition of {container} fails: its command must exist in {image} and exit with"
        " 0, and a slow start needs startPeriod.",
    ),
    # Nobody's fault.
    (UNKNOWN, r"Task stopped by user|UserInitiated", "Somebody stopped the task: CloudTrail has who called StopTask."),
    (UNKNOWN, r"InternalError", "AWS had an internal error: run again, and look at AWS Health if it stays so."),
)


def known(text: str, container: str = "", image: str = "") -> tuple[str, str] | None:
    """The cause and the sentence for what AWS says; None where it says nothing that we know.

    Patterns are compiled when they are needed: most runs fail nowhere, and need none.
    """
    for cause, pattern, sentence in TABLE:
        match = re.search(pattern, text, re.IGNORECASE | re.DOTALL)
        if match:
            groups = {name: value or "" for name, value in match.groupdict().items()}
            said = sentence.format(**groups, container=container or "the task", image=image)
            return cause, " ".join(said.split()).replace(" :", ":")
    return None
