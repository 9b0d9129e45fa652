# SPDX-License-Identifier: GPL-3.0-or-later
"""Recipes: how a random value is drawn, and what plain values of Python cannot say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any


@dataclass(frozen=True)
class Raw:
    """A scalar as it stands in the file, such as `0x1F` or `on`: what it means is for the reader to say."""

    text: str


@dataclass(frozen=True)
class Marked:
    """A value with an anchor or a tag before it."""

    mark: str
    value: Any


@dataclass(frozen=True)
class Alias:
    """A value that stands elsewhere."""

    name: str


@dataclass
class Draw:
    """What a recipe draws from: chance, the release, and what the project has so far."""

    random: Random
    #: What may be declared at the top, by kind.
    resources: Mapping[str, Any]
    newest: bool = False
    #: Services that a later one may name, so that no two need each other.
    earlier: list[str] = field(default_factory=list)
    #: Services that may be off: they are behind a profile.
    optional: list[str] = field(default_factory=list)
    top: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    #: What stands before the names of resources, where two files must not declare the same.
    prefix: str = ""
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def chance(self, part: float) -> bool:
        return self.random.random() < part

    def of(self, recipe: Any) -> Any:
        """The value of a recipe: a function is asked, anything else stands for itself."""
        return recipe(self) if callable(recipe) else recipe

    def some(self, choices: Iterable[Any], most: int = 3) -> list[Any]:
        """One to `most` different choices, in any order."""
        known = list(choices)
        return self.random.sample(known, self.random.randint(1, min(most, len(known))))

    def uses(self, kind: str, name: str) -> str:
        """The name of a network, volume, secret and so on, declared at the top if it is new."""
        declared = self.top.setdefault(kind, {})
        name = self.prefix + name
        if name not in declared:
            declared[name] = self.of(self.resources[kind])
        return name


Recipe = Callable[[Draw], Any]


def words(text: str) -> list[str]:
    return text.split()


def of(*choices: Any) -> Recipe:
    return lambda draw: draw.of(draw.random.choice(choices))


def several(*choices: Any, most: int = 3) -> Recipe:
    return lambda draw: [draw.of(choice) for choice in draw.some(choices, most)]


def listed(recipe: Any, most: int = 3) -> Recipe:
    """A list of any length up to `most`; what stands in it may be equal."""
    return lambda draw: [draw.of(recipe) for turn in range(draw.random.randint(1, most))]


def one_or_more(*choices: Any) -> Recipe:
    """The short form that is a single value, or the list."""
    return of(of(*choices), several(*choices))


def fields(optional: Mapping[str, Any], **needed: Any) -> Recipe:
    """A mapping with all that is needed and some of the rest."""
    recipes = {**optional, **needed}

    def mapping(draw: Draw) -> dict[str, Any]:
        rest = draw.some(optional, len(optional)) if optional and (not needed or draw.chance(0.8)) else []
        return {name: draw.of(recipes[name]) for name in [*needed, *rest]}

    return mapping


def newer(recipe: Any, older: Any) -> Recipe:
    """What only the newest release knows, and what stands there for the others."""
    return lambda draw: draw.of(recipe if draw.newest else older)


def declared(kind: str, *names: str) -> Recipe:
    """The name of a resource, which is then declared at the top."""
    return lambda draw: draw.uses(kind, draw.random.choice(names))


def another(prefix: str, *others: str) -> Recipe:
    """An earlier service behind a prefix, or one of the other words."""
    return lambda draw: draw.random.choice([*others, *(prefix + name for name in draw.earlier)])
