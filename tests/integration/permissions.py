# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM actions: those that roles and playbooks list, against those that the calls of their tests need.

Every run of a playbook in the integration tests leaves a file with its calls (callbacks/task_calls.py). After them
`python -m tests.integration.permissions` compares, in both directions: a call whose action is not listed, and an
action that no call needs, are errors. With `role ecs_app` behind it, it writes the list for that page.

Sources of the actions that a call needs beside its own: the Service Authorization Reference ("API operations") of ECS
and Scheduler; the EC2 Auto Scaling user guide, "API permissions"; the ECS developer guide, "service auto scaling"; the
ECR user guide, "pushing an image" and "pulling"; the texts of botocore on tags at creation.
"""

from __future__ import annotations

import json
import re
import sys
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.prepare import ROOT

RECORDS = ROOT / "build" / "permissions"
CALLBACKS = ROOT / "tests" / "integration" / "callbacks"
HEADING = "IAM permissions"

#: Services whose prefix in IAM is not the name in their signatures.
PREFIXES = {"monitoring": "cloudwatch", "tagging": "tag", "email": "ses"}
#: Calls that anybody may make who has credentials at all.
FREE = {("sts", "GetCallerIdentity")}
#: Operations that IAM knows by another action.
RENAMED = {
    ("s3", "HeadBucket"): "s3:ListBucket",
    ("s3", "HeadObject"): "s3:GetObject",
}
_PUSH_AND_PULL = (
    *("BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer"),
    *("InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload", "PutImage"),
)
_SERVICE_LINKED_ROLE, _PASS_ROLE = "iam:CreateServiceLinkedRole", "iam:PassRole"
_ALARMS = ("cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms")
#: What a call needs beside its own action. All that is made carries tags, so making needs the action of tagging.
BESIDE: Mapping[str, tuple[str, ...]] = {
    "application-autoscaling:RegisterScalableTarget": (
        _SERVICE_LINKED_ROLE,
        "application-autoscaling:TagResource",
        "ecs:DescribeServices",
        "ecs:UpdateService",
    ),
    "application-autoscaling:PutScalingPolicy": _ALARMS,
    "application-autoscaling:DeleteScalingPolicy": ("cloudwatch:DeleteAlarms",),
    "autoscaling:CreateAutoScalingGroup": (
        _SERVICE_LINKED_ROLE,
        _PASS_ROLE,
        "ec2:RunInstances",
        "ec2:CreateTags",
        "autoscaling:CreateOrUpdateTags",
    ),
    "autoscaling:UpdateAutoScalingGroup": (_PASS_ROLE, "ec2:RunInstances"),
    "ec2:AllocateAddress": ("ec2:CreateTags",),
    "ec2:CreateInternetGateway": ("ec2:CreateTags",),
    "ec2:CreateLaunchTemplate": ("ec2:CreateTags",),
    "ec2:CreateNatGateway": ("ec2:CreateTags", _SERVICE_LINKED_ROLE),
    "ec2:CreateRouteTable": ("ec2:CreateTags",),
    "ec2:CreateSecurityGroup": ("ec2:CreateTags",),
    "ec2:CreateSubnet": ("ec2:CreateTags",),
    "ec2:CreateVpc": ("ec2:CreateTags",),
    "ec2:CreateVpcEndpoint": ("ec2:CreateTags",),
    "ecr:CreateRepository": ("ecr:TagResource",),
    # A token is fetched to push, and to pull what only lacks a tag; the registry's own protocol is none of the API.
    "ecr:GetAuthorizationToken": tuple(f"ecr:{name}" for name in _PUSH_AND_PULL),
    "ecs:CreateCapacityProvider": ("ecs:TagResource",),
    "ecs:CreateCluster": ("ecs:TagResource", _SERVICE_LINKED_ROLE),
    "ecs:CreateService": ("ecs:TagResource",),
    "ecs:RegisterTaskDefinition": ("ecs:TagResource", _PASS_ROLE),
    "ecs:RunTask": ("ecs:TagResource", _PASS_ROLE),
    "elasticloadbalancing:CreateLoadBalancer": ("elasticloadbalancing:AddTags", _SERVICE_LINKED_ROLE),
    "elasticloadbalancing:CreateListener": ("elasticloadbalancing:AddTags",),
    "elasticloadbalancing:CreateRule": ("elasticloadbalancing:AddTags",),
    "elasticloadbalancing:CreateTargetGroup": ("elasticloadbalancing:AddTags",),
    "iam:AddRoleToInstanceProfile": (_PASS_ROLE,),
    "iam:CreateInstanceProfile": ("iam:TagInstanceProfile",),
    "iam:CreateRole": ("iam:TagRole",),
    "logs:CreateLogGroup": ("logs:TagResource",),
    "scheduler:CreateSchedule": (_PASS_ROLE,),
    "scheduler:CreateScheduleGroup": ("scheduler:TagResource",),
    "scheduler:UpdateSchedule": (_PASS_ROLE,),
    "servicediscovery:CreateHttpNamespace": ("servicediscovery:TagResource",),
    "servicediscovery:CreatePrivateDnsNamespace": (
        "servicediscovery:TagResource",
        "ec2:DescribeRegions",
        "ec2:DescribeVpcs",
        "route53:CreateHostedZone",
    ),
    "ssm:PutParameter": ("ssm:AddTagsToResource",),
}


@dataclass(frozen=True)
class Call:
    """A call that a task of a role or playbook made."""

    owner: str
    task: str
    service: str
    operation: str


def actions(service: str, operation: str) -> tuple[str, ...]:
    """The IAM actions that a call needs."""
    if (service, operation) in FREE:
        return ()
    action = RENAMED.get((service, operation), f"{PREFIXES.get(service, service)}:{operation}")
    return (action, *BESIDE.get(action, ()))


def listed(text: str, heading: str = HEADING) -> set[str]:
    """The actions in backticks below the heading, up to the next one of its level."""
    found = re.search(rf"^(#+) {re.escape(heading)}\n(.*?)(?=^#{{1,2}} |\Z)", text, re.MULTILINE | re.DOTALL)
    return set(re.findall(r"`([a-z0-9-]+:[A-Z][A-Za-z0-9]+)`", found[2])) if found else set()


def recorded(folder: Path = RECORDS) -> list[Call]:
    lines = (line for file in sorted(folder.glob("*.jsonl")) for line in file.read_text(encoding="utf-8").splitlines())
    return [Call(**json.loads(line)) for line in lines]


def needed(calls: Iterable[Call]) -> dict[str, dict[str, str]]:
    """By owner, each action with a task that needs it."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for call in calls:
        for action in actions(call.service, call.operation):
            found[call.owner].setdefault(action, f"{call.operation} in '{call.task}'")
    return found


def pages() -> dict[str, set[str]]:
    """The actions that pages list, by who makes the calls; a playbook's page may speak of others, too."""
    found = {f"role {page.parent.name}": listed(page.read_text("utf-8")) for page in ROOT.glob("roles/*/README.md")}
    for page in ROOT.glob("docs/*.md"):
        text = page.read_text("utf-8")
        for name in (path.stem for path in ROOT.glob("playbooks/*.yml")):
            own = listed(text, HEADING if name == page.stem else f"{HEADING} of {name}")
            if own or name == page.stem:
                found[f"playbook {name}"] = own
    return found


def differences(calls: Iterable[Call], pages: Mapping[str, set[str]]) -> list[str]:
    """What is called and not listed, and what is listed and not called; nothing is demanded of unknown playbooks."""
    found, said = needed(calls), []
    for owner, told in sorted(pages.items()):
        wanted = found.get(owner, {})
        said += [f"{owner} does not list {action}: {wanted[action]}" for action in sorted(set(wanted) - told)]
        said += [f"{owner} lists {action}, and no call of its tests needs it" for action in sorted(told - set(wanted))]
    strangers = [owner for owner in found if owner.startswith("role ") and owner not in pages]
    return [*said, *(f"{owner} has no page that lists its actions" for owner in strangers)]


def clear() -> None:
    """Before the tests: what former ones called says nothing."""
    for file in RECORDS.glob("*.jsonl"):
        file.unlink()


def written(actions: Iterable[str]) -> str:
    """The list as a page has it: a line for each service."""
    by_service: dict[str, list[str]] = defaultdict(list)
    for action in sorted(actions):
        by_service[action.partition(":")[0]].append(f"`{action}`")
    lines = (f"- {', '.join(of_service)}" for of_service in by_service.values())
    return "\n".join(textwrap.fill(line, 120, subsequent_indent="  ", break_on_hyphens=False) for line in lines)


def main(owner: str) -> int:
    """Compare; or, with an owner such as "role ecs_app", write the list that belongs on its page."""
    calls = recorded()
    found = needed(calls)
    if owner:
        print(written(found[owner]))
        return 0
    said = differences(calls, pages())
    print("\n".join(said))
    known = {action for one in found.values() for action in one}
    print(f"{len(calls)} calls of {len(found)} roles and playbooks need {len(known)} actions: {len(said)} problems")
    return 1 if said or not calls else 0


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:])))
