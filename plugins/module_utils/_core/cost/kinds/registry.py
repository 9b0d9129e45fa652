# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All kinds by their word, and how a list of resources is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...findings import ERROR, Finding
from ...options.schema import described, read
from ...options.values import text
from ...words import did_you_mean
from ..scenario import Part, Resource
from .balancers import Alb, Nlb
from .clusters import EksCluster
from .custom import Custom
from .ec2 import Ec2Instance
from .fargate import FargateTask
from .logs import Logs
from .network import CrossAz, Egress, NatGateway, PublicIpv4, Route53Zone, VpcEndpoint
from .secrets import Secret
from .storage import EbsGp3, EcrStorage, Efs, S3Standard

#: What findings about resources are called.
RULE = "resource"
#: More resources than this are no scenario but a mistake of a template.
MOST_RESOURCES = 10_000
_LONGEST_NAME = 100

_ALL: tuple[type[Resource], ...] = (
    *(FargateTask, Ec2Instance, EbsGp3, Alb, Nlb, NatGateway, PublicIpv4, EksCluster, S3Standard, Efs, EcrStorage),
    *(Logs, Secret, Route53Zone, VpcEndpoint, Egress, CrossAz, Custom),
)
#: The word that stands for a kind in `{kind: ...}` -> what is made of it.
KINDS: Mapping[str, type[Resource]] = {kind.KIND: kind for kind in _ALL}


def read_resource(value: Any, path: str) -> tuple[Resource | None, list[Finding]]:
    """What `{kind: ..., ...}` says, and everything that is wrong with it. Where an error is, there is no resource.

    `name` is left to `read_parts`.
    """
    if not isinstance(value, Mapping):
        return None, [_error(path, f"{described(value)}, expected a mapping with kind", "such as {kind: alb}")]
    word = value.get("kind")
    kind = KINDS.get(word) if isinstance(word, str) else None
    if kind is None:
        return None, [_unknown_kind(word, f"{path}.kind")]
    options = {name: child for name, child in value.items() if name not in ("kind", "name")}
    made, findings = read(kind, options, path, RULE)
    return (None if any(finding.severity == ERROR for finding in findings) else made), findings


def read_parts(value: Any, path: str) -> tuple[tuple[Part, ...], list[Finding]]:
    """A list of resources, labelled by their names, else by their kinds. No two labels are the same.

    An empty list has no parts and nothing wrong with it: whether something else is priced is not known here.
    """
    if not isinstance(value, list):
        return (), [_error(path, f"{described(value)}, expected a list of resources", "such as [{kind: alb}]")]
    if len(value) > MOST_RESOURCES:
        found = f"found {len(value)} resources, expected at most {MOST_RESOURCES}"
        return (), [_error(path, found, "count says how many there are of the same")]
    parts, findings, labels = [], [], _Labels()
    for index, item in enumerate(value):
        name, problems = _name(item, f"{path}[{index}]")
        label = labels.unique(name or _kind_word(item) or str(index))
        resource, more = read_resource(item, f"{path}[{label}]")
        findings += problems + more
        if resource is not None:
            parts.append(Part(label, resource))
    return tuple(parts), findings


class _Labels:
    """web, web 2, web 3."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def unique(self, wanted: str) -> str:
        label = wanted
        while label in self._seen:
            self._seen[wanted] += 1
            label = f"{wanted} {self._seen[wanted]}"
        self._seen[label] = 1
        return label


def _name(item: Any, path: str) -> tuple[str, list[Finding]]:
    """The name that the user gave, if any."""
    given = item.get("name") if isinstance(item, Mapping) else None
    if given is None:
        return "", []
    try:
        name = text(given).strip()
    except ValueError:
        name = ""
    if 0 < len(name) <= _LONGEST_NAME and name.isprintable():
        return name, []
    expected = f"expected a name of 1 to {_LONGEST_NAME} characters on one line"
    return "", [_error(f"{path}.name", f"{described(given)}, {expected}")]


def _kind_word(item: Any) -> str:
    word = item.get("kind") if isinstance(item, Mapping) else None
    return word if isinstance(word, str) and word in KINDS else ""


def _unknown_kind(word: Any, path: str) -> Finding:
    known = f"known are {', '.join(KINDS)}"
    if word is None:
        return _error(path, "the key is missing, expected the kind of the resource", known)
    near = did_you_mean(word, KINDS, known) if isinstance(word, str) else known
    return _error(path, f"{described(word)}, expected a kind of resource", near)


def _error(path: str, message: str, hint: str = "") -> Finding:
    return Finding(RULE, ERROR, path, message, hint)
