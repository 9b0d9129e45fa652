# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters: what is asked for, whether AWS could take it, and what would change.

Only what is spoken of changes. Capacity providers and their strategy are sets to the API, so they have no order here;
a provider goes only where `purge_capacity_providers` says so. Sources: botocore, the texts of CreateCluster,
PutClusterCapacityProviders and CapacityProviderStrategyItem; where another one counts, it is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..aws import tag_rules, tags
from ..aws.compare import without_defaults
from ..aws.request import option_of, request
from ..aws.shape import ApiModel
from ..findings import ERROR, Finding, shown
from ..tree import differing
from . import capacity_providers

SHAPE = "CreateClusterRequest"
INSIGHTS = "containerInsights"
INSIGHTS_VALUES = ("disabled", "enabled", "enhanced")

_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}\Z")
_LONGEST_NAMESPACE = 1024
_UPDATED = ("settings", "configuration", "serviceConnectDefaults")
_PROVIDERS, _STRATEGY = "capacityProviders", "defaultCapacityProviderStrategy"
#: Members of the configuration that say no more than leaving them out.
_CONFIGURATION_DEFAULTS = {
    "logging": "DEFAULT",
    "cloudWatchEncryptionEnabled": False,
    "s3EncryptionEnabled": False,
}


@dataclass(frozen=True)
class Wish:
    """What the options ask for. `members` are the API's, and only those that are spoken of; no `tags` is None."""

    name: str
    members: Mapping[str, Any] = field(default_factory=dict)
    purge_providers: bool = False
    tags: Mapping[str, str] | None = None
    purge_tags: bool = True


def read(options: Mapping[str, Any], model: ApiModel) -> tuple[Wish, list[Finding]]:
    """The wish, and everything wrong with it that can be told without asking AWS."""
    named, twice = _without_shorthands(options)
    asked = request({**named, "tags": None}, model, SHAPE)
    tagged, wrong_tags = tag_rules.typed(options.get("tags"))
    wish = Wish(
        str(options["name"]),
        asked.values,
        bool(options.get("purge_capacity_providers")),
        tagged,
        bool(options.get("purge_tags", True)),
    )
    problems = (Finding(rule, ERROR, path, message, hint) for rule, path, message, hint in _problems(wish))
    providers, strategy = asked.values.get(_PROVIDERS, []), asked.values.get(_STRATEGY, [])
    findings = [*problems, *capacity_providers.names(providers, option_of(_PROVIDERS))]
    findings += capacity_providers.strategy(strategy, option_of(_STRATEGY))
    if wish.purge_providers and _PROVIDERS in asked.values:
        findings += _missing(strategy, providers, option_of(_STRATEGY), "add it to capacity_providers")
    return wish, [*check_name(wish.name), *twice, *asked.findings, *findings, *wrong_tags]


def _without_shorthands(options: Mapping[str, Any]) -> tuple[dict[str, Any], list[Finding]]:
    """The options in the API's own shape; who says a thing in both ways may contradict themselves."""
    given = dict(options)
    insights, namespace = given.pop("container_insights", None), given.pop("service_connect_namespace", None)
    longhands = {
        "settings": (insights, "container_insights", [{"name": INSIGHTS, "value": insights}]),
        "service_connect_defaults": (namespace, "service_connect_namespace", {"namespace": namespace}),
    }
    findings = []
    for longhand, (value, shorthand, written_out) in longhands.items():
        if value is not None and given.get(longhand) is not None:
            message = f"{shorthand} and {longhand} say the same thing"
            findings.append(Finding("said-twice", ERROR, shorthand, message, "give one of them"))
        elif value is not None:
            given[longhand] = written_out
    return given, findings


def check_name(name: str) -> list[Finding]:
    """A list of one finding if it is none that ECS takes."""
    if _NAME.match(name):
        return []
    expected = "expected 1 to 255 letters, digits, hyphens and underscores"
    return [Finding("cluster-name", ERROR, "name", f"{shown(name)} is no valid cluster name", expected)]


def _problems(wish: Wish) -> Iterator[tuple[str, str, str, str]]:
    for setting in wish.members.get("settings", []):
        if not setting.get("name") or not setting.get("value"):
            yield "setting", "settings", "a setting has no name or no value", "expected both"
        elif setting["name"] == INSIGHTS and setting["value"] not in INSIGHTS_VALUES:
            message = f"{shown(setting['value'])} is not one of {', '.join(INSIGHTS_VALUES)}"
            yield "container-insights", f"settings[{INSIGHTS}].value", message, ""
    yield from _configuration_problems(wish.members.get("configuration", {}))
    yield from _namespace_problems(wish.members.get("serviceConnectDefaults", {}).get("namespace", ""))


def _configuration_problems(configuration: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    execute = configuration.get("executeCommandConfiguration", {})
    path = "configuration.executeCommandConfiguration.logConfiguration"
    logging, logs = execute.get("logging"), execute.get("logConfiguration")
    if logging == "OVERRIDE" and not logs:
        message = "logging is OVERRIDE and there is no log configuration"
        yield "exec-logging", path, message, "name a log group or a bucket"
    elif logging in ("NONE", "DEFAULT") and logs:
        # In AWS's own words, as terraform-aws-ecs #84 quotes them.
        message = "You must set logging to 'OVERRIDE' when you supply a log configuration"
        yield "exec-logging", path, message, f"found {logging}"


def _namespace_problems(namespace: str) -> Iterator[tuple[str, str, str, str]]:
    path = "service_connect_namespace"
    if namespace.startswith("arn:"):
        if ":servicediscovery:" not in namespace or not namespace_id(namespace):
            yield "namespace", path, f"{shown(namespace)} is no ARN of a Cloud Map namespace", "expected .../ns-..."
        return
    if len(namespace) > _LONGEST_NAMESPACE:
        yield "namespace", path, f"the name has {len(namespace)} characters, expected at most {_LONGEST_NAMESPACE}", ""
    if re.search(r"[<>\"/]", namespace):
        yield "namespace", path, f'{shown(namespace)} has one of < > " /, which a namespace may not have', ""


@dataclass(frozen=True)
class Decision:
    """`create`, `update` and `providers` are the requests to send, None where there is none. `cluster` is what results.

    `before` and `after` are views for people, empty where nothing changes.
    """

    cluster: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]
    reasons: list[str]
    tags: tags.TagChange
    create: dict[str, Any] | None = None
    update: dict[str, Any] | None = None
    providers: dict[str, Any] | None = None

    @property
    def changed(self) -> bool:
        return self.before != self.after


def namespace_id(arn: str) -> str:
    """ns-... of a Cloud Map namespace's ARN; empty for a name."""
    last = arn.rpartition("/")[2]
    return last if arn.startswith("arn:") and last.startswith("ns-") else ""


def namespace_to_look_up(wish: Wish, present: Mapping[str, Any] | None) -> str:
    """The ARN whose name has to be known, since one side speaks of an ARN and the other of a name; else empty."""
    wanted = wish.members.get("serviceConnectDefaults", {}).get("namespace", "")
    there = ((present or {}).get("serviceConnectDefaults") or {}).get("namespace", "")
    arns = [text for text in (wanted, there) if namespace_id(text)]
    return arns[0] if wanted and there and len(arns) == 1 else ""


def decide(wish: Wish, present: Mapping[str, Any] | None, names: Mapping[str, str]) -> Decision:
    """Compare, and say what to send. `names` are those of namespaces by ARN, as `namespace_to_look_up` asked for."""
    there = present or {}
    tagged = tags.change(there.get("tags") or {}, wish.tags, wish.purge_tags)
    cluster = {**_overlaid(wish, there, names), "clusterName": wish.name, "tags": tagged.wanted}
    before, after = _view(there), _view(cluster)
    if present is None:
        listed = {"tags": tags.listed(tagged.wanted)} if tagged.wanted else {}
        create = {"clusterName": wish.name, **_sendable(wish.members), **listed}
        reasons = [f"cluster {wish.name} does not exist"]
        return Decision(cluster, {}, {"clusterName": wish.name, **after}, reasons, tagged, create)
    if before == after:
        return Decision(cluster, {}, {}, [], tagged)
    changed = [member for member in {**before, **after} if before.get(member) != after.get(member)]
    update = {member: cluster[member] for member in _UPDATED if member in changed}
    if "serviceConnectDefaults" in update:  # as the user named it, and the empty name, which removes it
        update["serviceConnectDefaults"] = wish.members["serviceConnectDefaults"]
    providers = {member: cluster.get(member) or [] for member in (_PROVIDERS, _STRATEGY)}
    return Decision(
        cluster,
        before,
        after,
        differing(before, after),
        tagged,
        update=update or None,
        providers=providers if any(member in changed for member in providers) else None,
    )


def conflicts(wish: Wish, decision: Decision) -> list[Finding]:
    """What AWS would refuse, now that it is known which capacity providers the cluster has."""
    if decision.create is None and decision.providers is None:
        return []
    path, hint = option_of(_STRATEGY), "add it to capacity_providers"
    if _STRATEGY not in wish.members:
        path, hint = (
            option_of(_PROVIDERS),
            "the default strategy uses it: give default_capacity_provider_strategy as well",
        )
    return _missing(decision.cluster.get(_STRATEGY) or [], decision.cluster.get(_PROVIDERS) or [], path, hint)


def _missing(strategy: list[dict[str, Any]], providers: list[str], path: str, hint: str) -> list[Finding]:
    return [
        Finding("strategy-provider", ERROR, path, f"{name} is not among the cluster's capacity providers", hint)
        for name in capacity_providers.not_associated(strategy, providers)
    ]


def _sendable(members: Mapping[str, Any]) -> dict[str, Any]:
    """For CreateCluster: where there is no namespace yet, none is to be removed."""
    empty = members.get("serviceConnectDefaults", {}).get("namespace") == ""
    return {member: value for member, value in members.items() if not (empty and member == "serviceConnectDefaults")}


def _overlaid(wish: Wish, present: Mapping[str, Any], namespaces: Mapping[str, str]) -> dict[str, Any]:
    """The cluster as it will be: what is there, and over it what was asked for."""
    after = dict(present)
    asked = wish.members
    if "settings" in asked:
        settings = {item["name"]: item for item in [*present.get("settings", []), *asked["settings"]]}
        after["settings"] = list(settings.values())
    if "configuration" in asked:
        after["configuration"] = _merged(present.get("configuration") or {}, asked["configuration"])
        execute = after["configuration"].get("executeCommandConfiguration", {})
        if execute.get("logging") in ("NONE", "DEFAULT"):
            execute.pop("logConfiguration", None)  # AWS takes it with OVERRIDE only
    if "serviceConnectDefaults" in asked:
        after["serviceConnectDefaults"] = _namespace(asked["serviceConnectDefaults"], present, namespaces)
    if _PROVIDERS in asked:
        kept = [] if wish.purge_providers else present.get(_PROVIDERS) or []
        after[_PROVIDERS] = list(dict.fromkeys([*kept, *asked[_PROVIDERS]]))
    if _STRATEGY in asked:
        after[_STRATEGY] = asked[_STRATEGY]
    return after


def _merged(present: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """New dictionaries all the way down."""
    merged = {key: _merged(value, {}) if isinstance(value, Mapping) else value for key, value in present.items()}
    for key, value in asked.items():
        merged[key] = _merged(merged.get(key) or {}, value) if isinstance(value, Mapping) else value
    return merged


def _namespace(asked: Mapping[str, Any], present: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """What is asked for, unless that is what is there under its other name."""
    there = present.get("serviceConnectDefaults") or {}
    wanted, known = asked.get("namespace", ""), there.get("namespace", "")
    return dict(there) if names.get(wanted, wanted) == names.get(known, known) else dict(asked)


def _view(cluster: Mapping[str, Any]) -> dict[str, Any]:
    """What a cluster means, in one form: sets without order, lists of named things as dictionaries, no defaults."""
    view = {
        "settings": {item["name"]: item["value"] for item in cluster.get("settings") or []},
        "configuration": _without_configuration_defaults(cluster.get("configuration") or {}),
        "serviceConnectDefaults": without_defaults(cluster.get("serviceConnectDefaults") or {}, {"namespace": ""}),
        _PROVIDERS: sorted(cluster.get(_PROVIDERS) or []),
        _STRATEGY: capacity_providers.by_name(cluster.get(_STRATEGY) or []),
        "tags": cluster.get("tags") or {},
    }
    return {member: value for member, value in view.items() if value}


def _without_configuration_defaults(configuration: Mapping[str, Any]) -> dict[str, Any]:
    plain = {
        key: _without_configuration_defaults(value) if isinstance(value, Mapping) else value
        for key, value in without_defaults(configuration, _CONFIGURATION_DEFAULTS).items()
    }
    return {key: value for key, value in plain.items() if value != {}}


def in_use(cluster: Mapping[str, Any]) -> list[str]:
    """What keeps DeleteCluster from working, in words."""
    counts = {
        "services": cluster.get("activeServicesCount", 0),
        "running tasks": cluster.get("runningTasksCount", 0),
        "pending tasks": cluster.get("pendingTasksCount", 0),
        "container instances": cluster.get("registeredContainerInstancesCount", 0),
    }
    return [f"{noun}: {count}" for noun, count in counts.items() if count]


def is_settled(cluster: Mapping[str, Any]) -> bool:
    """Whether the cluster takes changes, and services can use its capacity providers."""
    return cluster.get("status") != "PROVISIONING" and cluster.get("attachmentsStatus") != "UPDATE_IN_PROGRESS"


def failure(cluster: Mapping[str, Any]) -> str:
    """In one sentence, where the capacity providers could not be set up; else empty."""
    if cluster.get("status") != "FAILED" and cluster.get("attachmentsStatus") != "UPDATE_FAILED":
        return ""
    kinds = (f"{item.get('type')} is {item.get('status')}" for item in cluster.get("attachments") or [])
    details = ", ".join(kinds) or f"the cluster is {cluster.get('status')}"
    return f"AWS could not set up the capacity providers of {cluster.get('clusterName')}: {details}."
