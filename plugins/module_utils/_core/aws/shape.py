# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Walk user input along the shapes of the AWS API: coerce what YAML and Jinja blur, refuse the rest.

The shapes come in as plain data: read from the installed botocore by `_io`, or from the snapshot beside this file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..findings import ERROR, Finding, shown
from ..tree import labelled
from ..words import nearest, plain

#: Structures whose `value` is free text: YAML's true and 1 are meant as the words they are written as.
FREE_TEXT = ("KeyValuePair", "SystemControl", "Tag")

UNKNOWN_FIELD, WRONG_TYPE, UNKNOWN_VALUE = "unknown-field", "wrong-type", "unknown-value"
MISSING_FIELD = "missing-field"
#: Findings that leave nothing to send: not even `fail_on: never` gets past them.
UNSENDABLE = (UNKNOWN_FIELD, WRONG_TYPE, MISSING_FIELD)

_NOTHING = object()  # what is left of a value that was refused


@dataclass(frozen=True)
class ApiModel:
    """Shapes by name: `type`, and with it `members` (name to shape) and `required`, `member`, `value` or `enum`."""

    botocore_version: str
    shapes: Mapping[str, Mapping[str, Any]]


class ShapeWalk:
    """One walk over one value; `findings` holds everything that was wrong with it."""

    def __init__(self, model: ApiModel) -> None:
        self.model = model
        self.findings: list[Finding] = []
        self.misspelt: set[str] = set()  # where the fields stand that unknown ones were probably meant for
        self._readers: Mapping[str, Callable[[Any, Mapping[str, Any], str], Any]] = {
            "structure": self._structure,
            "list": self._list,
            "map": self._map,
            "string": self._string,
            "integer": self._integer,
            "long": self._integer,
            "double": self._number,
            "float": self._number,
            "boolean": self._boolean,
        }

    def read(self, value: Any, shape_name: str, path: str = "") -> Any:
        shape = self.model.shapes[shape_name]
        return self._readers[shape["type"]](value, {**shape, "name": shape_name}, path)

    def _refuse(self, path: str, found: Any, expected: str, hint: str = "", show: bool = True) -> Any:
        self.findings.append(Finding(WRONG_TYPE, ERROR, path, f"found {_kind(found, show)}, expected {expected}", hint))
        return _NOTHING

    def _structure(self, value: Any, shape: Mapping[str, Any], path: str) -> Any:
        if not isinstance(value, Mapping):
            return self._refuse(path, value, f"a dictionary with {_some(shape['members'])}")
        result = {}
        for key, child in value.items():
            known, meant = key in shape["members"], str(key)
            place = _under(path, meant)
            if not known:
                meant = self._unknown_field(meant, value, shape, path)
            read = self._member(child, meant, shape, place) if meant else _NOTHING
            if read is not _NOTHING:
                result[meant] = read
        self._require(value, shape, path)
        return result

    def _member(self, value: Any, member: str, shape: Mapping[str, Any], path: str) -> Any:
        """Null means absent, as everywhere in the API; in free text alone it could mean the empty word as well."""
        free = member == "value" and shape["name"] in FREE_TEXT
        if value is None:
            return self._refuse(path, value, "a string", "write '' for an empty value") if free else _NOTHING
        return self._free_text(value, path) if free else self.read(value, shape["members"][member], path)

    def _unknown_field(self, key: str, value: Mapping[str, Any], shape: Mapping[str, Any], path: str) -> str:
        """Report it. The member's name if only case or separators differ: what stands under it is then read, too."""
        near = nearest(key, shape["members"])
        hint = f"did you mean '{near}'?" if near else f"known are {_some(shape['members'], 12)}"
        known = f"botocore {self.model.botocore_version}"
        message = f"unknown field '{key}': {known} has no such member in {shape['name']}"
        self.findings.append(Finding(UNKNOWN_FIELD, ERROR, _under(path, key), message, hint))
        if near is None or value.get(near) is not None:
            return ""
        self.misspelt.add(_under(path, near))
        return near if plain(key) == plain(near) else ""

    def _require(self, value: Mapping[str, Any], shape: Mapping[str, Any], path: str) -> None:
        for member in shape.get("required", ()):
            if value.get(member) is None:
                message = f"the field is missing: botocore {self.model.botocore_version} requires it in {shape['name']}"
                self.findings.append(Finding(MISSING_FIELD, ERROR, _under(path, member), message))

    def _list(self, value: Any, shape: Mapping[str, Any], path: str) -> Any:
        if not isinstance(value, list):
            return self._refuse(path, value, self._described(shape))
        read = [self.read(item, shape["member"], place) for place, item in labelled(path, value)]
        return [item for item in read if item is not _NOTHING]

    def _described(self, shape: Mapping[str, Any]) -> str:
        """What a list holds, so that nobody has to look it up."""
        member = self.model.shapes[shape["member"]]
        if member["type"] == "structure":
            return f"a list of dictionaries with {_some(member['members'])}"
        return f"a list of {'whole numbers' if member['type'] == 'integer' else 'strings'}"

    def _map(self, value: Any, shape: Mapping[str, Any], path: str) -> Any:
        if not isinstance(value, Mapping):
            return self._refuse(path, value, "a dictionary of strings")
        read = {str(key): self._free_text(child, f"{path}.{key}") for key, child in value.items()}
        return {key: child for key, child in read.items() if child is not _NOTHING}

    def _free_text(self, value: Any, path: str) -> Any:
        if isinstance(value, bool):
            return "true" if value else "false"
        return self._text(value, path)

    def _string(self, value: Any, shape: Mapping[str, Any], path: str) -> Any:
        if isinstance(value, bool):
            return self._refuse(path, value, "a string", "quote it: YAML reads on, off, yes and no as booleans")
        text = self._text(value, path)
        choices = shape.get("enum")
        if choices and text is not _NOTHING and text not in choices:
            near = nearest(text, choices)
            hint = f"did you mean '{near}'?" if near else ""
            message = f"{shown(text)} is not one of {', '.join(choices)} (botocore {self.model.botocore_version})"
            self.findings.append(Finding(UNKNOWN_VALUE, ERROR, path, message, hint))
        return text

    def _text(self, value: Any, path: str) -> Any:
        if isinstance(value, str):
            return str(value)  # a plain str: Ansible's tagged strings stay outside
        if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= 64:
            return str(value)
        hint = "quote it, so that 1.10 does not become 1.1" if isinstance(value, float) else ""
        return self._refuse(path, value, "a string", hint, show=False)

    def _integer(self, value: Any, shape: Mapping[str, Any], path: str) -> Any:
        if isinstance(value, str) and re.fullmatch(r"\s*[+-]?\d{1,18}\s*", value):
            return int(value)
        if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= 64:
            return int(value)
        return self._refuse(path, value, "a whole number")

    def _number(self, value: Any, shape: Mapping[str, Any], path: str) -> Any:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return value
        return self._refuse(path, value, "a number")

    def _boolean(self, value: Any, shape: Mapping[str, Any], path: str) -> Any:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.strip().lower() in ("true", "false"):
            return value.strip().lower() == "true"
        return self._refuse(path, value, "true or false")


def _under(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _some(words: Iterable[str], most: int = 5) -> str:
    names = list(words)
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")


def _kind(value: Any, show: bool) -> str:
    """What was found, in YAML's words. Text, and a number that stands for text, may be a secret and is not shown."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, int) and value.bit_length() > 64:
        return "a number of more than 64 bits"
    if isinstance(value, (int, float)):
        return f"the number {value}" if show else "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list) else "a dictionary"
