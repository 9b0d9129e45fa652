# SPDX-License-Identifier: GPL-3.0-or-later
"""The reference page of the module `ecs_service`: what changing each setting means, and what is refused."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import botocore.session
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.services.members import (
    EFFECTS,
    OTHERWISE_GIVEN,
    REPLACEMENT,
    option,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.services.rules import RULES
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.services.wanted import SHAPE

_HEAD = """\
# Changing a service

Generated from the code by `make generate`; do not edit.

The module `ecs_service` says in `plan` what each change means, before it makes it. These are the effects:

- *deployment*: the change starts one.
- *needs-force*: tasks that run keep what they have until a deployment replaces them. One that this run starts for
  another change brings it along; `force_new_deployment` starts one for it.
- *in-place*: no task needs replacing.
- *replacement*: AWS cannot change it. The service has to be deleted and created again, which `replace: true` allows.

Where CodeDeploy or an external controller deploys the service, AWS lets UpdateService change its scheduling and little
else. Such a change is refused as *elsewhere*, with who can make it.
"""

_TAGS = "| `tags` | in-place | the tags of the service change, those of its tasks do not |"
_ONCE = {
    "clientToken": "| `client_token` | none | it counts when the service is created |",
    "launchType": "| `launch_type` | replacement | from and to capacity providers it is *needs-force*: {} |",
}


def ecs_service_page() -> str:
    rules = [f"| `{rule.name}` | {inspect.cleandoc(rule.sentence)} | {rule.source} |" for rule in RULES]
    refused = [
        "## What is refused",
        "",
        "All of it is said at once, before any call to AWS where the options alone show it. Strategies of capacity",
        "providers are checked as those of clusters and tasks are.",
        "What is only unwise is a warning, by the [rules for services](service_rules.md).",
        "",
        *("| rule | says | source |", "| --- | --- | --- |"),
    ]
    return "\n".join(
        [_HEAD, "| option | effect | what happens |", "| --- | --- | --- |", *_members(), "", *refused, *rules, ""]
    )


def _members() -> Iterator[str]:
    ecs = botocore.session.get_session().get_service_model("ecs")
    updatable = ecs.shape_for("UpdateServiceRequest").members
    for member in ecs.shape_for(SHAPE).members:
        if member in OTHERWISE_GIVEN:
            continue
        if member in _ONCE:
            yield _ONCE[member].format(EFFECTS.get(member, ("", ""))[1])
            continue
        again = (REPLACEMENT, "UpdateService cannot change it")
        effect, sentence = EFFECTS[member] if member in updatable else again
        yield f"| `{option(member)}` | {effect} | {sentence} |"
    yield _TAGS
