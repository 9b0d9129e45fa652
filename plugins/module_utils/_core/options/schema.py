# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a mapping of options is described and read: an extension field of a service, a resource that is priced.

It is a frozen dataclass. Its attributes have their defaults, `KEYS` says for each of them what may stand there and
what the reference page tells of it, and `CHECKS` what has to hold between them. Reading finds all problems at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from ..compose.kinds import found
from ..findings import ERROR, Finding
from ..rule import Problem
from ..words import nearest

#: What findings are called until `read` knows whose options they are about.
_RULE = "option"

#: What it means that a key without a default is left out.
REQUIRED = "required"

#: What is left of a value that was refused.
REFUSED = object()

_Options = TypeVar("_Options")


class Kind(Protocol):
    """What may stand somewhere. `noun` says it in words."""

    @property
    def noun(self) -> str: ...

    def read(self, value: Any, path: str, findings: list[Finding]) -> Any:
        """What is made of the value, or REFUSED and something more in `findings`."""


@dataclass(frozen=True)
class Key:
    """A key of the mapping. `example` is a whole mapping that holds it; `left_out` says what no value means."""

    kind: Kind
    says: str
    example: Mapping[str, Any]
    left_out: str = ""


@dataclass(frozen=True)
class Check:
    """What has to hold between keys. It is asked only where none of `keys` was refused: one mistake, one finding.

    `broken` takes the options and yields problems, whose path is the key or nothing; the first line of its docstring
    is the rule in one sentence.
    """

    severity: str
    keys: tuple[str, ...]
    broken: Callable[[Any], Iterable[Problem]]

    @property
    def sentence(self) -> str:
        return (self.broken.__doc__ or "").strip().split("\n", 1)[0]


def keys_of(options: type[Any]) -> Mapping[str, Key]:
    """The keys that may be written, which are the attributes of the dataclass."""
    keys: Mapping[str, Key] = options.KEYS
    return keys


def required_of(options: type[Any]) -> set[str]:
    return Structure(options).required


def checks_of(options: type[Any]) -> tuple[Check, ...]:
    checks: tuple[Check, ...] = getattr(options, "CHECKS", ())
    return checks


@dataclass(frozen=True)
class Value:
    """A single value. `convert` raises ValueError: with a sentence, or without where the noun says it all.

    Where the value may be a secret, `secret` keeps it out of messages.
    """

    noun: str
    convert: Callable[[Any], Any]
    hint: str = ""
    secret: bool = False

    def read(self, value: Any, path: str, findings: list[Finding]) -> Any:
        try:
            return self.convert(value)
        except ValueError as error:
            message = str(error) or f"{described(value, self.secret)}, expected {self.noun}"
            return _refuse(findings, path, message, self.hint)


@dataclass(frozen=True)
class ListOf:
    """A list, read into a tuple; a single item may stand without it."""

    item: Kind
    noun: str

    def read(self, value: Any, path: str, findings: list[Finding]) -> Any:
        if isinstance(value, Mapping):
            return _refuse(findings, path, f"found a mapping, expected {self.noun}")
        if not isinstance(value, list):
            one = self.item.read(value, path, findings)
            return one if one is REFUSED else (one,)
        read = [self.item.read(item, f"{path}[{index}]", findings) for index, item in enumerate(value)]
        return REFUSED if any(item is REFUSED for item in read) else tuple(read)


@dataclass(frozen=True)
class MappingOf:
    """A mapping from names that the user chose."""

    name: Value
    item: Kind
    noun: str

    def read(self, value: Any, path: str, findings: list[Finding]) -> Any:
        if not isinstance(value, Mapping):
            return _refuse(findings, path, f"{described(value, True)}, expected {self.noun}")
        read = {}
        for name, child in value.items():
            place = f"{path}.{name}"
            pair = self.name.read(name, place, findings), self.item.read(child, place, findings)
            if REFUSED not in pair:
                read[pair[0]] = pair[1]
        return read


@dataclass(frozen=True)
class Structure:
    """A mapping with the keys of `options`. A plain text stands for the key `short`, where there is one.

    Where a secret may stand instead by mistake, `secret` keeps it out of messages. `table` and `checks` are for nouns
    that do not hold their keys and checks themselves.
    """

    options: type[Any]
    short: str = ""
    secret: bool = False
    table: Mapping[str, Key] | None = None
    checks: tuple[Check, ...] | None = None

    @property
    def keys(self) -> Mapping[str, Key]:
        return keys_of(self.options) if self.table is None else self.table

    @property
    def required(self) -> set[str]:
        return {name for name, entry in self.keys.items() if entry.left_out == REQUIRED}

    @property
    def noun(self) -> str:
        mapping = f"a mapping with {', '.join(self.keys)}"
        return f"{self.keys[self.short].kind.noun}, or {mapping}" if self.short else mapping

    def read(self, value: Any, path: str, findings: list[Finding]) -> Any:
        if self.short and isinstance(value, str):
            one = self.keys[self.short].kind.read(value, path, findings)
            return one if one is REFUSED else self.options(**{self.short: one})
        if not isinstance(value, Mapping):
            return _refuse(findings, path, f"{described(value, self.secret)}, expected {self.noun}")
        known = self.keys
        read = {
            name: known[name].kind.read(child, f"{path}.{name}", findings)
            for name, child in value.items()
            if name in known and child is not None  # null is as if the key were left out
        }
        refused = {name for name, child in read.items() if child is REFUSED}
        refused |= self._unknown(value, path, findings)
        required = self.required
        for name in sorted(required - read.keys() - refused):
            _refuse(findings, f"{path}.{name}", f"the key is missing, expected {known[name].kind.noun}")
        if required - (read.keys() - refused):
            return REFUSED
        options = self.options(**{name: child for name, child in read.items() if name not in refused})
        self._check(options, refused, path, findings)
        return options

    def _unknown(self, value: Mapping[str, Any], path: str, findings: list[Finding]) -> set[str]:
        """Report unknown keys. Those that were probably meant are returned: nobody needs to hear that they miss."""
        known = self.keys
        meant = set()
        for name in map(str, value):
            if name not in known:
                near = nearest(name, known)
                hint = f"did you mean '{near}'?" if near else f"known are {', '.join(known)}"
                _refuse(findings, f"{path}.{name}", "unknown key", hint)
                meant |= {near} if near and value.get(near) is None else set()
        return meant

    def _check(self, options: Any, refused: set[str], path: str, findings: list[Finding]) -> None:
        """The earlier check wins where two have something to say of one place."""
        said: list[str] = []
        for check in checks_of(self.options) if self.checks is None else self.checks:
            for name, message, hint in check.broken(options) if refused.isdisjoint(check.keys) else ():
                if not any(f"{name}.".startswith(f"{other}.") for other in said):
                    said.append(name)
                    findings.append(Finding(_RULE, check.severity, f"{path}.{name}".rstrip("."), message, hint))


def read(options: type[_Options], value: Any, path: str, rule: str) -> tuple[_Options | None, list[Finding]]:
    """What a mapping says, and everything that is wrong with it, as findings of `rule`.

    What is wrong keeps its default. Where the whole is refused, or misses what is required, there is nothing to give.
    """
    return read_structure(Structure(options), value, path, rule)


def read_structure(structure: Structure, value: Any, path: str, rule: str) -> tuple[Any, list[Finding]]:
    """The same for one whose noun does not hold its keys."""
    findings: list[Finding] = []
    made = structure.read({} if value is None else value, path, findings)
    return (None if made is REFUSED else made), [replace(finding, rule=rule) for finding in findings]


def described(value: Any, secret: bool = False) -> str:
    """What was found, in one line. A value that may be a secret is named by its kind alone."""
    if isinstance(value, str):
        return "found a text" if secret else found(" ".join(value.split()))
    if isinstance(value, (int, float)) and not isinstance(value, bool) and (secret or abs(value) >= 2**64):
        return "found a number"
    return found(value)


def _refuse(findings: list[Finding], path: str, message: str, hint: str = "") -> Any:
    findings.append(Finding(_RULE, ERROR, path, message, hint))
    return REFUSED
