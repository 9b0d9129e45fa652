# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what the user wrote and what ECS holds to what has to be done. Pure: nothing here reads or changes AWS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..aws.shape import MISSING_FIELD, UNSENDABLE, ApiModel, ShapeWalk
from ..aws.tags import TagChange
from ..aws.tags import change as change_of_tags
from ..findings import ERROR, Finding, blocking, shown, worst_first
from ..rule import findings as check_rules
from ..secrets import masked_pair, unmask
from ..tree import differing
from ..units import cpu_units, memory_mib
from .canonical import RESPONSE_ONLY, canonical
from .rules.registry import RULES
from .task import Task

#: The shape that `definition` follows.
SHAPE = "RegisterTaskDefinitionRequest"


@dataclass(frozen=True)
class Prepared:
    """A definition ready to be sent, its tags beside it (None: not spoken of), and all that was found wrong with it."""

    definition: dict[str, Any]
    tags: dict[str, str] | None
    findings: list[Finding]

    @property
    def subject(self) -> str:
        """What messages call it."""
        return f"task definition {str(self.definition.get('family', ''))[:64] or '(no family)'}"

    def blocking(self, fail_on: str) -> list[Finding]:
        """What stops a run. Where nothing could be sent, no value of `fail_on` lets it through."""
        stopping = blocking(self.findings, fail_on)
        return [finding for finding in self.findings if finding in stopping or finding.rule in UNSENDABLE]


@dataclass(frozen=True)
class Present:
    """A revision that ECS holds: the API's task definition, and its tags beside it."""

    definition: Mapping[str, Any]
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return str(self.definition["taskDefinitionArn"])

    @property
    def revision(self) -> int:
        return int(self.definition["revision"])


@dataclass(frozen=True)
class Decision:
    """`register` says that a new revision is needed; `reasons` are the paths that differ, or why there is none yet."""

    register: bool
    reasons: list[str]
    before: dict[str, Any]
    after: dict[str, Any]
    tags: TagChange

    @property
    def changed(self) -> bool:
        return bool(self.register or self.tags)


def prepare(
    definition: Mapping[str, Any],
    model: ApiModel,
    family: str | None = None,
    launch_type: str | None = None,
    tags: Mapping[str, Any] | None = None,
    earlier: Sequence[Finding] = (),
) -> Prepared:
    """Coerce, complete and check a definition; the output of DescribeTaskDefinition is valid input.

    `earlier` is what was found while the definition was made.
    """
    request = {key: value for key, value in definition.items() if key not in RESPONSE_ONLY}
    if family is not None and request.get("family") is None:
        request["family"] = family
    if tags is not None and isinstance(request.get("tags") or [], list):
        named = [{"key": key, "value": value} for key, value in tags.items()]
        request["tags"] = [*_unnamed(request.get("tags") or [], tags), *named]
    walk = ShapeWalk(model)
    typed = walk.read(request, SHAPE)
    refused = [*walk.findings, *_complete(typed, family, launch_type)]
    _plain_sizes(typed)
    found = list(check_rules(RULES, Task(typed)))
    listed = typed.pop("tags", None)
    plain_tags = None if listed is None else {tag.get("key", ""): tag.get("value", "") for tag in listed}
    return Prepared(typed, plain_tags, worst_first([*earlier, *_said_once(refused, found, walk.misspelt)]))


def check_family(family: str) -> list[Finding]:
    """What the rules say about a family's name alone, where there is no definition."""
    return [finding for finding in check_rules(RULES, Task({"family": family})) if finding.path == "family"]


def _said_once(refused: list[Finding], found: list[Finding], misspelt: set[str]) -> list[Finding]:
    """One mistake, one finding: what follows from another finding at the same place is left out.

    A value that was refused is missing for the rules, and so is one under a misspelt name, or the last item of a
    list. Where a rule says in its own words what is missing, the shape need not. An error needs no warning beside it.
    """
    noise = {finding.path for finding in refused if finding.rule != MISSING_FIELD} | misspelt
    noise |= {path.rpartition("[")[0] for path in noise if path.endswith("]")}
    found = [finding for finding in found if finding.path not in noise]
    said = {finding.path for finding in found if finding.severity == ERROR} | misspelt
    refused = [finding for finding in refused if finding.rule != MISSING_FIELD or finding.path not in said]
    wrong = {finding.path for finding in (*refused, *found) if finding.severity == ERROR}
    return [*refused, *(finding for finding in found if finding.severity == ERROR or finding.path not in wrong)]


def _unnamed(listed: list[Any], tags: Mapping[str, Any]) -> list[Any]:
    """The tags of the definition that the option `tags` does not name; anything odd is left for the walk to refuse."""
    return [entry for entry in listed if not isinstance(entry, Mapping) or entry.get("key") not in tags]


def _complete(definition: dict[str, Any], family: str | None, launch_type: str | None) -> list[Finding]:
    """Fill in what the option `launch_type` says, and report where the definition contradicts an option."""
    found = []
    if family is not None and definition.get("family", family) != family:
        message = f"the definition's family is {shown(definition['family'])}, the option's {shown(family)}"
        found.append(Finding("family-twice", ERROR, "family", message, "give it once"))
    if launch_type is not None:
        compatibilities = definition.get("requiresCompatibilities") or [launch_type]
        definition["requiresCompatibilities"] = compatibilities
        if launch_type not in compatibilities:
            message = f"found {', '.join(compatibilities)}, launch_type is {launch_type}"
            found.append(Finding("launch-type", ERROR, "requiresCompatibilities", message, "make them agree"))
        if launch_type == "FARGATE":
            definition.setdefault("networkMode", "awsvpc")  # the only mode there is
    return found


def _plain_sizes(definition: dict[str, Any]) -> None:
    """Sizes such as ".5 vCPU" and "1 GB" as the digits that ECS stores."""
    for name, read in (("cpu", cpu_units), ("memory", memory_mib)):
        size = read(definition[name]) if name in definition else None
        if size is not None:
            definition[name] = str(size)


def restore(definition: dict[str, Any], present: Present | None) -> tuple[dict[str, Any], list[Finding]]:
    """Put back what only the present revision knows: values that results show masked, and the ARNs of role names."""
    restored, unknown = unmask(definition, present.definition if present else {})
    for role in ("taskRoleArn", "executionRoleArn"):
        known = str(present.definition.get(role, "")) if present else ""
        wanted = restored.get(role, "")
        if wanted and not wanted.startswith("arn:") and known.rpartition("/")[2] == wanted:
            restored[role] = known
    message = "the value is a mask, as results show it instead of a secret, and the present revision has none for it"
    return restored, [Finding("masked-value", ERROR, path, message, "write the value") for path in unknown]


def decide(
    definition: Mapping[str, Any],
    present: Present | None,
    tags: Mapping[str, str] | None = None,
    purge_tags: bool = True,
) -> Decision:
    """Compare canonical forms, and tags beside them: tags change in place, anything else needs a new revision."""
    before = canonical(present.definition) if present else {}
    after = canonical(definition)
    reasons = differing(before, after) if present else [f"family {definition['family']} has no active revision"]
    present_tags = dict(present.tags) if present else {}
    tagged = change_of_tags(present_tags, tags, purge_tags)  # None leaves them as they are, on the next revision too
    shown_before, shown_after = masked_pair(before, after)
    if tagged:
        shown_after = {**shown_after, "tags": tagged.wanted}
        shown_before = {**shown_before, "tags": present_tags} if present else {}
    return Decision(before != after, reasons, shown_before, shown_after, tagged)
