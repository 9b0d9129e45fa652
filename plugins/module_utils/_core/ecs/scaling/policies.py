# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scaling policies: read from options, in the API's shape, and in a form that can be compared.

A policy that is named is given as a whole: what it leaves out has the API's default. Sources: botocore,
PutScalingPolicy; the user guide of Application Auto Scaling (cooldowns of 300 seconds for ECS services).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ...aws.compare import unordered
from ...aws.request import option_of, request
from ...aws.shape import ApiModel
from ...findings import ERROR, Finding, shown
from .metrics import CPU, MEMORY, REQUESTS, metric_of, predictive_problems, tracking_problems
from .steps import Problem, in_order
from .steps import problems as step_problems

SHAPE = "PutScalingPolicyRequest"
TRACKING, STEP, PREDICTIVE = "TargetTrackingScaling", "StepScaling", "PredictiveScaling"
KINDS = (TRACKING, STEP, PREDICTIVE)
#: Options that say in one number what target tracking says in a configuration.
SHORTHANDS = {"cpu": CPU, "memory": MEMORY, "requests_per_target": REQUESTS}

_PROBLEMS: Mapping[str, Callable[[Mapping[str, Any]], Iterator[Problem]]] = {
    TRACKING: tracking_problems,
    STEP: step_problems,
    PREDICTIVE: predictive_problems,
}
#: What goes into a target tracking configuration beside the metric, by option.
_BESIDES = {
    "scale_in_cooldown": "ScaleInCooldown",
    "scale_out_cooldown": "ScaleOutCooldown",
    "disable_scale_in": "DisableScaleIn",
}
_LABEL_PARTS = ("resource_label", "load_balancer_arn", "target_group_arn")
_DEFAULTS = {
    "DisableScaleIn": False,
    "ScaleInCooldown": 300,
    "ScaleOutCooldown": 300,
    "Cooldown": 300,
    "MetricAggregationType": "Average",
    "ReturnData": True,
    "Mode": "ForecastOnly",
    "SchedulingBufferTime": 300,
    "MaxCapacityBreachBehavior": "HonorMaxCapacity",
}
_LONGEST_NAME = 256


@dataclass(frozen=True)
class Policy:
    """`configuration` is the API's, of the `kind`."""

    name: str
    kind: str
    configuration: Mapping[str, Any] = field(default_factory=dict)

    def as_request(self) -> dict[str, Any]:
        return {"PolicyName": self.name, "PolicyType": self.kind, member_of(self.kind): dict(self.configuration)}

    def as_options(self) -> dict[str, Any]:
        """As the module takes it."""
        return {"name": self.name, "type": self.kind, option_of(member_of(self.kind)): dict(self.configuration)}

    def canonical(self) -> dict[str, Any]:
        """Two policies with the same of it do the same."""
        return {"PolicyType": self.kind, member_of(self.kind): _canonical(self.configuration)}

    @property
    def metric(self) -> Any:
        """What target tracking looks at; None for the other kinds."""
        return _canonical(metric_of(self.configuration)) if self.kind == TRACKING else None


def member_of(kind: str) -> str:
    return f"{kind}PolicyConfiguration"


def described(policy: Mapping[str, Any]) -> Policy:
    """From DescribeScalingPolicies."""
    kind = str(policy["PolicyType"])
    return Policy(str(policy["PolicyName"]), kind, policy.get(member_of(kind)) or {})


def read(items: Sequence[Mapping[str, Any]], model: ApiModel) -> tuple[list[Policy], list[Finding]]:
    """From the option, with everything that is wrong with it."""
    policies, findings = [], []
    for item in items:
        policy, wrong = _read_one(item, model)
        policies.append(policy)
        findings += [replace(finding, path=f"policies[{policy.name}].{finding.path}") for finding in wrong]
    for name, times in Counter(policy.name for policy in policies).items():
        if times > 1:
            findings.append(_finding("policy-name", f"policies[{name}]", f"the name is used {times} times"))
    if not findings:
        findings += same_metric(policies, policies)
    return policies, findings


def same_metric(policies: Sequence[Policy], others: Sequence[Policy]) -> list[Finding]:
    """Policies that track a metric which another one of the target tracks: AWS takes one for each metric."""
    findings = []
    for policy in policies:
        twins = [other.name for other in others if other.metric == policy.metric and other.name != policy.name]
        if policy.metric is not None and twins:
            message = f"the metric is tracked by {twins[0]} as well, expected one policy for each metric"
            findings.append(_finding("same-metric", f"policies[{policy.name}]", message))
    return findings


def _finding(rule: str, path: str, message: str, hint: str = "") -> Finding:
    return Finding(rule, ERROR, path, message, hint)


def _read_one(item: Mapping[str, Any], model: ApiModel) -> tuple[Policy, list[Finding]]:
    name, findings = str(item["name"]), []
    if not 1 <= len(name) <= _LONGEST_NAME or not name.isprintable():
        expected = f"expected 1 to {_LONGEST_NAME} characters that can be printed"
        findings.append(_finding("policy-name", "name", f"{shown(name)} is no valid name of a policy", expected))
    ways = [option for option in (*SHORTHANDS, *(option_of(member_of(kind)) for kind in KINDS)) if _has(item, option)]
    if len(ways) != 1:
        found = " and ".join(ways) or "nothing that it could do"
        hint = f"expected one of {', '.join(SHORTHANDS)} or the configuration of one type"
        return Policy(name, item.get("type") or ""), [
            *findings,
            _finding("policy-type", "type", f"found {found}", hint),
        ]
    kind = TRACKING if ways[0] in SHORTHANDS else next(kind for kind in KINDS if ways[0] == option_of(member_of(kind)))
    if item.get("type") not in (None, kind):
        findings.append(_finding("policy-type", "type", f"found {item['type']} and {ways[0]}", f"expected {kind}"))
    if ways[0] in SHORTHANDS:
        return Policy(name, kind, _written_out(item, ways[0])), [*findings, *_shorthand_findings(item, ways[0])]
    return _with_configuration(item, Policy(name, kind), findings, model)


def _with_configuration(
    item: Mapping[str, Any], policy: Policy, findings: list[Finding], model: ApiModel
) -> tuple[Policy, list[Finding]]:
    """The policy whose configuration is given in the API's shape."""
    option = option_of(member_of(policy.kind))
    for beside in (*_BESIDES, *_LABEL_PARTS):
        if _has(item, beside):
            message = f"it is for {', '.join(SHORTHANDS)}"
            findings.append(_finding("policy-type", beside, message, f"write it into {option}"))
    asked = request({option: item[option]}, model, SHAPE)
    configuration = asked.values.get(member_of(policy.kind), {})
    findings += [finding for finding in asked.findings if finding.path.startswith(option)]
    if not asked.findings:
        problems = _PROBLEMS[policy.kind](configuration)
        findings += [_finding("policy", f"{option}.{place}", message, hint) for place, message, hint in problems]
    return replace(policy, configuration=configuration), findings


def _has(item: Mapping[str, Any], option: str) -> bool:
    return item.get(option) is not None


def _written_out(item: Mapping[str, Any], shorthand: str) -> dict[str, Any]:
    """The configuration that a shorthand stands for."""
    label = {"ResourceLabel": _label(item)} if _label(item) else {}
    metric = {"PredefinedMetricType": SHORTHANDS[shorthand], **label}
    besides = {member: item[option] for option, member in _BESIDES.items() if _has(item, option)}
    return {"TargetValue": item[shorthand], "PredefinedMetricSpecification": metric, **besides}


def _label(item: Mapping[str, Any]) -> str | None:
    """As given, or made of the last parts of the two ARNs."""
    if _has(item, "load_balancer_arn") and _has(item, "target_group_arn"):
        balancer = str(item["load_balancer_arn"]).rpartition(":loadbalancer/")[2]
        return f"{balancer}/{str(item['target_group_arn']).rpartition(':')[2]}"
    return item.get("resource_label")


def _shorthand_findings(item: Mapping[str, Any], shorthand: str) -> Iterator[Finding]:
    number, percent = item[shorthand], shorthand != "requests_per_target"
    if number <= 0 or (percent and number > 100):
        expected = "expected more than 0 and at most 100 percent" if percent else "expected more than 0"
        yield _finding("target-value", shorthand, f"found {number:g}, {expected}")
    arns = [_has(item, option) for option in _LABEL_PARTS[1:]]
    if _has(item, "resource_label") and any(arns):
        hint = "expected the label, or both ARNs"
        yield _finding("resource-label", "resource_label", "found a label and an ARN", hint)
    elif any(arns) and not all(arns):
        message = "found one of load_balancer_arn and target_group_arn, expected both"
        yield _finding("resource-label", _LABEL_PARTS[1 + arns.index(False)], message)
    else:
        for place, message, hint in tracking_problems(_written_out(item, shorthand)):
            yield _finding("policy", option_of(place.rpartition(".")[2]), message, hint)


def _canonical(value: Any) -> Any:
    """Without defaults and nulls; whole numbers as such; every list in a configuration is a set."""
    if isinstance(value, Mapping):
        members = {key: _canonical(child) for key, child in value.items() if child is not None}
        if "StepAdjustments" in members:
            members["StepAdjustments"] = in_order(members["StepAdjustments"])
        return {key: child for key, child in members.items() if child != [] and not _is_default(key, child)}
    if isinstance(value, list):
        return unordered([_canonical(item) for item in value])
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _is_default(key: str, value: Any) -> bool:
    return key in _DEFAULTS and _DEFAULTS[key] == value
