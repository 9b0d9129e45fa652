# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user wants nodes to carry: labels, taints and annotations, read and checked, all mistakes at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..findings import ERROR, Finding, shown

#: The annotation of a node that remembers what of it is ours.
MANAGED = "slipway.containers/managed"
EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")

_RULE = "node-meta"
_WORD = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_DOMAIN = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*")
_DOMAIN_LENGTH = 253
_KEY_NOUN = "a name of at most 63 letters, digits, '-', '_' and '.', with a domain and '/' before it or not"
_VALUE_NOUN = "at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit, or nothing"
_TAINT_KEYS = ("key", "value", "effect", "state")

_NOUNS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (Mapping, "a mapping"),
    ((list, tuple), "a list"),
    (str, "a text"),
    (bool, "true or false"),
    (type(None), "null"),
)

#: What tells one taint of a node from another: its key and its effect.
Identity = tuple[str, str]


@dataclass(frozen=True)
class Wish:
    """Of one node. A value of None, and a taint of None, is to be away, whoever put it there."""

    name: str
    labels: Mapping[str, str | None] = field(default_factory=dict)
    taints: Mapping[Identity, str | None] = field(default_factory=dict)
    annotations: Mapping[str, str | None] = field(default_factory=dict)


def wishes(nodes: Iterable[Mapping[str, Any]]) -> tuple[list[Wish], list[Finding]]:
    """Of the option `nodes`. What is wrong is not in the wish."""
    found: list[Wish] = []
    findings: list[Finding] = []
    for node in nodes:
        name = str(node["name"])
        path = f"nodes[{name}]"
        if any(wish.name == name for wish in found):
            findings.append(_wrong(path, "found twice, expected each node once"))
        found.append(read(name, node, path, findings))
    return found, findings


def read(name: str, node: Mapping[str, Any], path: str, findings: list[Finding]) -> Wish:
    """Of one node, or of a group of them. `path` is where the user wrote it."""
    labels = _texts(node.get("labels"), f"{path}.labels", findings)
    annotations = _texts(node.get("annotations"), f"{path}.annotations", findings)
    findings += [
        _wrong(f"{path}.labels[{key}]", f"found the value {shown(value)}, expected {_VALUE_NOUN}")
        for key, value in labels.items()
        if value and not _WORD.fullmatch(value)
    ]
    if MANAGED in annotations:
        findings.append(_wrong(f"{path}.annotations[{MANAGED}]", "found the record of what is ours, which is no wish"))
    return Wish(name, labels, _taints(node.get("taints"), f"{path}.taints", findings), annotations)


def _texts(given: Any, path: str, findings: list[Finding]) -> dict[str, str | None]:
    """Keys and texts of a mapping; YAML's true and 8 are the texts that they look like."""
    if given is not None and not isinstance(given, Mapping):
        findings.append(_wrong(path, f"found {_noun(given)}, expected a mapping"))
        return {}
    texts: dict[str, str | None] = {}
    for key, value in (given or {}).items():
        at = f"{path}[{key}]"
        if not is_key(str(key)):
            findings.append(_wrong(at, f"found the key {shown(str(key))}, expected {_KEY_NOUN}"))
        elif value is None:
            texts[str(key)] = None
        else:
            texts[str(key)] = _text(value, at, findings)
    return texts


def _text(value: Any, path: str, findings: list[Finding]) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int)):
        return str(value)
    hint = "put it in quotes" if isinstance(value, float) else ""
    findings.append(_wrong(path, f"found {_noun(value)}, expected a text", hint))
    return ""


def _taints(given: Any, path: str, findings: list[Finding]) -> dict[Identity, str | None]:
    if given is not None and not isinstance(given, (list, tuple)):
        findings.append(_wrong(path, f"found {_noun(given)}, expected a list"))
        return {}
    taints: dict[Identity, str | None] = {}
    for place, taint in enumerate(given or []):
        at = f"{path}[{taint['key'] if isinstance(taint, Mapping) and taint.get('key') else place}]"
        problems = list(_taint_problems(taint, at))
        findings += problems
        if problems:
            continue
        identity = (str(taint["key"]), str(taint["effect"]))
        value = None if taint.get("state") == "absent" else _text(_or_empty(taint.get("value")), at, findings)
        if taints.get(identity, value) != value:
            findings.append(_wrong(at, f"found twice with the effect {identity[1]}, expected each once"))
        taints[identity] = value
    return taints


def _taint_problems(taint: Any, path: str) -> Iterable[Finding]:
    if not isinstance(taint, Mapping):
        yield _wrong(path, f"found {_noun(taint)}, expected a mapping with key, effect and, if it has one, value")
        return
    for name in taint:
        if name not in _TAINT_KEYS:
            yield _wrong(f"{path}.{name}", f"found an unknown key, expected one of {', '.join(_TAINT_KEYS)}")
    if not is_key(str(_or_empty(taint.get("key")))):
        yield _wrong(f"{path}.key", f"found {shown(str(_or_empty(taint.get('key'))))}, expected {_KEY_NOUN}")
    if taint.get("effect") not in EFFECTS:
        found = shown(str(_or_empty(taint.get("effect"))))
        yield _wrong(f"{path}.effect", f"found {found}, expected one of {', '.join(EFFECTS)}")
    if taint.get("state") not in (None, "present", "absent"):
        yield _wrong(f"{path}.state", f"found {shown(str(taint['state']))}, expected present or absent")
    value = _or_empty(taint.get("value"))
    if isinstance(value, str) and value and not _WORD.fullmatch(value):
        yield _wrong(f"{path}.value", f"found {shown(value)}, expected {_VALUE_NOUN}")


def is_key(key: str) -> bool:
    """Whether the API takes it as the key of a label, a taint or an annotation."""
    domain, slash, name = key.rpartition("/")
    if slash and (len(domain) > _DOMAIN_LENGTH or not _DOMAIN.fullmatch(domain)):
        return False
    return bool(_WORD.fullmatch(name))


def _or_empty(value: Any) -> Any:
    return "" if value is None else value


def _noun(value: Any) -> str:
    """What it is, in words. Ansible gives values of its own kinds, which are subclasses."""
    for kind, noun in _NOUNS:
        if isinstance(value, kind):
            return noun
    return f"the number {value}"


def _wrong(path: str, message: str, hint: str = "") -> Finding:
    return Finding(_RULE, ERROR, path, message, hint)
