# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked for: the module's options as the API wants them, and all that is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...aws import tag_rules
from ...aws.request import option_of, request
from ...aws.shape import MISSING_FIELD, UNKNOWN_FIELD, ApiModel
from ...findings import ERROR, Finding, shown, worst_first
from .form import after, completed
from .members import OTHERWISE_GIVEN, option
from .rules import check

#: The shape whose members are the options.
SHAPE = "CreateServiceRequest"
#: A document of any shape, which botocore therefore describes no members of.
_DOCUMENT = "hookDetails"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")


@dataclass(frozen=True)
class Wanted:
    """`settings`: members of CreateService that were asked for. `tags`: None leaves them as they are."""

    cluster: str
    name: str
    settings: dict[str, Any]
    tags: dict[str, str] | None
    findings: tuple[Finding, ...] = ()
    force: bool = False

    @property
    def subject(self) -> str:
        return f"service {self.name[:64]}"

    def with_settings(self, settings: dict[str, Any]) -> Wanted:
        return replace(self, settings=settings)


def options_of(members: Iterable[str]) -> dict[str, str]:
    """Option to member, of the members that are given by an option of their own name."""
    return {option_of(member): member for member in members if member not in OTHERWISE_GIVEN}


def prepare(params: Mapping[str, Any], options: Iterable[str], model: ApiModel) -> Wanted:
    """Types mended, names checked against the API, rules over what is said. `options` are the module's API options.

    What these rules cannot see is what the service already has: `check_with` looks again once that was read.
    """
    given = {name: params[name] for name in options if params.get(name) is not None}
    known = options_of(model.shapes[SHAPE]["members"])
    found = [_not_in_botocore(name, model) for name in given if name not in known]
    details, given = _without_documents(given)
    made = request({name: value for name, value in given.items() if name in known}, model, SHAPE)
    settings = _with_documents(made.values, details)
    found.extend(_said_once(made.findings))
    found.extend(_name(params["name"]))
    found.extend(_patience(params["wait_timeout"]))
    tags, about_tags = tag_rules.typed(params["tags"])
    found.extend(about_tags)
    noise = {finding.path for finding in found if finding.rule != MISSING_FIELD}
    found.extend(finding for finding in check(settings) if finding.path not in noise and finding.severity == ERROR)
    force = bool(params["force_new_deployment"])
    return Wanted(params["cluster"], params["name"], settings, tags, tuple(worst_first(found)), force)


def check_with(wanted: Wanted, present: Mapping[str, Any] | None) -> list[Finding]:
    """The rules over the service as it will be. What AWS already lets the service have is no error of this run."""
    before = [] if present is None else check(completed(present))
    accepted = [finding for finding in before if finding.severity == ERROR]
    will_be = after(present or {}, wanted.settings)
    found = [*_daemon_count(wanted.settings, will_be), *check(completed(will_be), creating=present is None)]
    return worst_first(finding for finding in found if finding not in accepted)


def _daemon_count(asked: Mapping[str, Any], settings: Mapping[str, Any]) -> Iterable[Finding]:
    if settings.get("schedulingStrategy") == "DAEMON" and "desiredCount" in asked:
        message = "a DAEMON runs one task on each instance, and takes no number"
        yield Finding("scheduling-strategy", ERROR, option("desiredCount"), message, "leave it out")


def _said_once(findings: Iterable[Finding]) -> list[Finding]:
    """A member that is missing because its name was misspelt beside it is one mistake."""
    listed = list(findings)
    meant = {(one.path.rpartition(".")[0], one.hint) for one in listed if one.rule == UNKNOWN_FIELD}
    return [one for one in listed if one.rule != MISSING_FIELD or _as_meant(one.path) not in meant]


def _as_meant(path: str) -> tuple[str, str]:
    parent, _dot, name = path.rpartition(".")
    return parent, f"did you mean '{name}'?"


def _not_in_botocore(name: str, model: ApiModel) -> Finding:
    message = f"botocore {model.botocore_version} does not know this member of CreateService"
    return Finding(UNKNOWN_FIELD, ERROR, name, message, "install a newer botocore")


def _name(name: str) -> Iterable[Finding]:
    if not _NAME.fullmatch(name):
        message = f"found {shown(name)}, expected 1 to 255 letters, digits, hyphens and underscores"
        yield Finding("service-name", ERROR, option("serviceName"), message)


def _patience(seconds: int) -> Iterable[Finding]:
    if seconds < 1:
        yield Finding("wait-timeout", ERROR, "wait_timeout", f"found {seconds}, expected 1 second or more")


def _without_documents(given: dict[str, Any]) -> tuple[dict[int, Any], dict[str, Any]]:
    """`hookDetails` may hold anything; it is set aside, by its hook's position, while the rest is read by shape."""
    configuration = given.get("deployment_configuration")
    hooks = configuration.get("lifecycleHooks") if isinstance(configuration, Mapping) else None
    if not isinstance(hooks, list) or not isinstance(configuration, Mapping):
        return {}, given
    details = {at: hook[_DOCUMENT] for at, hook in enumerate(hooks) if isinstance(hook, Mapping) and _DOCUMENT in hook}
    plain = [
        {key: value for key, value in hook.items() if key != _DOCUMENT} if isinstance(hook, Mapping) else hook
        for hook in hooks
    ]
    return details, {**given, "deployment_configuration": {**configuration, "lifecycleHooks": plain}}


def _with_documents(values: dict[str, Any], details: Mapping[int, Any]) -> dict[str, Any]:
    if not details or "deploymentConfiguration" not in values:
        return values
    configuration = values["deploymentConfiguration"]
    hooks = [
        {**hook, _DOCUMENT: details[at]} if at in details else hook
        for at, hook in enumerate(configuration["lifecycleHooks"])
    ]
    return {**values, "deploymentConfiguration": {**configuration, "lifecycleHooks": hooks}}
