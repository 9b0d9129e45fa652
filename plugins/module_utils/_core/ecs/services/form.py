# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One form for settings of a service that mean the same: AWS fills in what was left out, and keeps no order of sets.

Only what was asked for is compared. A dictionary is compared member by member, so what AWS holds beside it is no
matter; a list is one thing, but for the order and for what its items say no more than by default. The facts are from
botocore's text; what it does not say (whether a default is returned) is no matter to this form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...aws.compare import asked_of, unordered
from .defaults import DEFAULTS, DEPLOYMENT, FILLED, FREE, OF_STRATEGY, ORDERED, default_of
from .names import revision_name

_EMPTY: tuple[Any, ...] = ([], {}, None)


def settled(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What is asked for, in the form."""
    return {member: _form(_normal(member, value), member) for member, value in wanted.items()}


def held(present: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What AWS holds of what is asked for, in the same form, defaults said; what it holds nothing of is left out."""
    daemon = present.get("schedulingStrategy") == "DAEMON"
    found = {}
    for member, value in wanted.items():
        normal = _normal(member, value)
        holding = _without_filled(member, _normal(member, present.get(member)), normal)
        found[member] = _held(holding, normal, member, daemon)
    return {member: value for member, value in found.items() if value is not None}


def merged(present: Any, wanted: Any, path: str) -> Any:
    """What is not asked for stays as it is: it is sent again, for UpdateService replaces whole members."""
    if not isinstance(wanted, Mapping) or not isinstance(present, Mapping) or path in FREE:
        return wanted
    return {**present, **{key: merged(present.get(key), value, f"{path}.{key}") for key, value in wanted.items()}}


def after(present: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """All settings that the service will have: those it has, with what is asked for laid over them."""
    kept = dict(present)
    if wanted.get("capacityProviderStrategy"):
        kept.pop("launchType", None)
    if wanted.get("launchType"):
        kept.pop("capacityProviderStrategy", None)
    if wanted.get("launchType", "FARGATE") != "FARGATE":
        kept.pop("platformVersion", None)
    if (wanted.get("serviceConnectConfiguration") or {}).get("enabled") is False:
        kept.pop("serviceConnectConfiguration", None)
    outdated = _of_others(present, wanted)
    if isinstance(kept.get(DEPLOYMENT), Mapping):
        kept[DEPLOYMENT] = {key: value for key, value in kept[DEPLOYMENT].items() if key not in outdated}
    return {**kept, **{member: merged(kept.get(member), value, member) for member, value in wanted.items()}}


def _of_others(present: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """What counts with another strategy of deployment or of scheduling than the one that is asked for."""
    chosen = (wanted.get(DEPLOYMENT) or {}).get("strategy")
    outdated = [key for owner, key in OF_STRATEGY.items() if chosen not in (None, owner)]
    scheduled = [settings.get("schedulingStrategy", "REPLICA") for settings in (present, {**present, **wanted})]
    return outdated if scheduled[0] == scheduled[1] else [*outdated, "minimumHealthyPercent", "maximumPercent"]


def completed(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The same with the defaults said that rules read, where all settings are known."""
    daemon = settings.get("schedulingStrategy") == "DAEMON"
    keys = ("strategy", "minimumHealthyPercent", "maximumPercent")
    implied = {key: default_of(f"{DEPLOYMENT}.{key}", daemon) for key in keys}
    return {**settings, DEPLOYMENT: {**implied, **(settings.get(DEPLOYMENT) or {})}}


def telling(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Without the members that say no more than nothing: some are refused where they do not apply."""
    return {
        member: value for member, value in settings.items() if value not in _EMPTY and value != DEFAULTS.get(member)
    }


def same_but_for_groups(present: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Each deployment of CodeDeploy leaves the service with the other of its two target groups."""
    member, group = "loadBalancers", "targetGroupArn"
    sides = [
        [{key: value for key, value in balancer.items() if key != group} for balancer in settings.get(member) or []]
        for settings in (present, wanted)
    ]
    return member in wanted and _form(sides[0], member) == _form(sides[1], member)


def _held(present: Any, wanted: Any, path: str, daemon: bool) -> Any:
    if isinstance(wanted, Mapping):
        holding = present if isinstance(present, Mapping) else {}
        if path in FREE:
            return holding
        found = {key: _held(holding.get(key), value, f"{path}.{key}", daemon) for key, value in wanted.items()}
        return {key: value for key, value in found.items() if value is not None}
    if isinstance(wanted, list):
        return _form(present or [], path)
    return default_of(path, daemon) if present is None else present


def _form(value: Any, path: str) -> Any:
    """Lists without what says no more than nothing, in one order where they have none."""
    if isinstance(value, Mapping) and path not in FREE:
        within = {key: _form(child, f"{path}.{key}") for key, child in value.items()}
        return _telling_item(within, path) if "[]" in path else within
    if isinstance(value, list):
        items = [item for item in (_form(item, f"{path}[]") for item in value) if item not in _EMPTY]
        return items if path in ORDERED else unordered(items)
    return value


def _telling_item(item: Mapping[str, Any], path: str) -> dict[str, Any]:
    return {key: child for key, child in item.items() if child not in _EMPTY and child != DEFAULTS.get(f"{path}.{key}")}


def _normal(member: str, value: Any) -> Any:
    """Spellings of one thing: names for ARNs, names that follow from others, lists that can be cut in other ways."""
    if value is None:
        return None
    if member == "taskDefinition":
        return revision_name(value)
    if member == "role":
        return value.rpartition("/")[2]
    if member == "serviceConnectConfiguration" and isinstance(value.get("services"), list):
        return {**value, "services": [_named_port(service, value.get("namespace")) for service in value["services"]]}
    if member == "monitoring":
        return {"metricConfigurations": _one_metric_each(value.get("metricConfigurations") or [])}
    return value


def _named_port(service: Mapping[str, Any], namespace: str | None) -> dict[str, Any]:
    """A port is discovered by its name, and called by that name and the namespace, unless another is given."""
    discovery = service.get("discoveryName") or service["portName"]
    implied = f"{discovery}.{namespace}"
    aliases = [
        {key: text for key, text in alias.items() if (key, text) != ("dnsName", implied)}
        for alias in service.get("clientAliases") or []
    ]
    kept = {key: value for key, value in service.items() if key != "discoveryName"}
    named = {"discoveryName": discovery} if discovery != service["portName"] else {}
    return {**kept, **named, "clientAliases": aliases}


def _one_metric_each(configurations: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A metric at the usual resolution says nothing."""
    return [
        {"metricNames": [name], "resolutionSeconds": configuration["resolutionSeconds"]}
        for configuration in configurations
        for name in configuration["metricNames"]
        if configuration["resolutionSeconds"] != DEFAULTS["monitoring.metricConfigurations[].resolutionSeconds"]
    ]


def _without_filled(member: str, present: Any, wanted: Any) -> Any:
    """The items of a list without what AWS filled in and nobody asked for; items are paired by name."""
    if member not in FILLED or not present:
        return present
    asked = {_name(item): item for item in wanted}
    return [_only_asked(item, asked.get(_name(item)), FILLED[member]) for item in present]


def _name(item: Mapping[str, Any]) -> Any:
    return item.get("name") or item.get("portName")


def _only_asked(item: Mapping[str, Any], asked: Any, filled: tuple[str, ...]) -> dict[str, Any]:
    """Also one level deeper: the members of a volume stand in its `managedEBSVolume`."""
    naming = asked if isinstance(asked, Mapping) else {}
    kept = {}
    for key, value in item.items():
        if key in filled and key not in naming:
            continue
        if key in filled:
            kept[key] = asked_of(value, naming[key])
        else:
            kept[key] = _only_asked(value, naming.get(key), filled) if isinstance(value, Mapping) else value
    return kept
