# SPDX-License-Identifier: GPL-3.0-or-later
"""The generator of Compose projects: the same for a seed, all keys, YAML that says what was drawn, and shrinking."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
import yaml
from ansible_collections.slipway.containers.plugins.module_utils._core.compose import schema
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.generate_compose import drawn, generate, many, shrunk, texts
from tools.generate_compose.draw import Alias, Marked, Raw
from tools.generate_compose.recipes import NEWER_SERVICE, SERVICE
from tools.generate_compose.text import dress, write

DERANDOMIZED = settings(derandomize=True, deadline=None, database=None, max_examples=150)
#: libyaml where it is there.
READER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
SOME = range(100)
TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=20)
VALUES = st.recursive(
    TEXTS | st.sampled_from(["a b", "two\nlines", " x", "", "null", "a: b", "- a", "it's", "a b c d", "\n\n", "x\n"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)


def test_a_seed_gives_the_same_project_again() -> None:
    assert generate(7) == generate(7)
    assert len({json.dumps(generate(seed)) for seed in SOME}) == len(SOME)


def test_number_of_services() -> None:
    (document, *_overrides) = yaml.compose_all(generate(3, services=25)["compose.yaml"])
    services = {key.value: value for key, value in document.value}["services"]
    assert len(services.value) >= 25


def keys(files: dict[str, str]) -> set[str]:
    """The names of all mappings' entries in the YAML files."""
    found: set[str] = set()
    waiting = [
        node for name, text in files.items() if name.endswith(".yaml") for node in yaml.compose_all(text, READER)
    ]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.MappingNode):
            found |= {key.value for key, _value in node.value}
            waiting += [value for _key, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value
    return found


def test_every_key_of_a_service_comes_up() -> None:
    old = set().union(*(keys(generate(seed)) for seed in SOME))
    new = set().union(*(keys(generate(seed, release="2.40")) for seed in SOME))
    assert {*SERVICE} <= old and not {*NEWER_SERVICE} & old
    assert {*SERVICE, *NEWER_SERVICE} <= new


def test_no_key_of_a_service_is_forgotten() -> None:
    """The tables know what our model knows."""
    elsewhere = {"image", "profiles", "extends"}
    assert {*schema.SERVICE.fields} == {*SERVICE, *NEWER_SERVICE} - {"x-custom"} | elsewhere


def test_projects_have_what_makes_reading_hard() -> None:
    everything = "\n".join(text for seed in SOME for text in generate(seed).values())
    wanted = (
        "<<: *",
        "!reset",
        "!override",
        "extends:",
        "include:",
        "|-\n",
        ">-\n",
        "${UNSET:-${SET}}",
        "# ",
        "\n---\n",
    )
    assert [each for each in wanted if each not in everything] == []
    names = {name for seed in SOME for name in generate(seed)}
    assert {".env", "compose.override.yaml", "common/base.yaml", "part/compose.yaml", "more.env"} <= names


@DERANDOMIZED
@given(VALUES, st.integers(0, 1000))
def test_text_says_what_was_drawn(value: Any, seed: int) -> None:
    """In whatever style, a reader that takes every scalar for text gets the same texts back."""
    text = write(dress(Random(seed), {"key": value}))
    assert yaml.load(text, Loader=yaml.BaseLoader) == {"key": value}


@pytest.mark.parametrize("seed", range(20))
def test_marks_and_bare_scalars(seed: int) -> None:
    value = {"a": Marked("&x", {"n": Raw("0x1F")}), "b": {"<<": Alias("x"), "m": None}, "c": Marked("!reset", None)}
    text = write(dress(Random(seed), value))
    assert "&x" in text and "<<: *x" in text and "!reset" in text
    assert yaml.load(text.replace("!reset", ""), Loader=yaml.SafeLoader)["b"] == {"n": 31, "m": None}


def test_wild_projects_differ_in_a_yaml_file() -> None:
    changed = 0
    for seed in SOME:
        tame, wild = generate(seed), texts(drawn(seed, wild=True))
        different = [name for name in tame if tame[name] != wild.get(name)]
        assert {*wild} <= {*tame} and all(name.endswith(".yaml") for name in different)
        changed += bool(different)
    assert changed > 0.8 * len(SOME)


def test_shrinking_leaves_what_is_needed() -> None:
    def fails(files: Any) -> bool:
        return "privileged" in texts(files).get("compose.yaml", "")

    seed = next(seed for seed in SOME if fails(drawn(seed)))
    left = texts(shrunk(drawn(seed), fails))
    assert [*left] == ["compose.yaml"]
    assert left["compose.yaml"].count(": ") + left["compose.yaml"].count(":\n") <= 4


def test_shrinking_stops_where_nothing_may_go() -> None:
    files = drawn(1)
    assert shrunk(files, lambda smaller: False) == files


@pytest.mark.parametrize("services", [1, 2, 30, 200])
def test_large_files(services: int) -> None:
    project = yaml.load(many(services), READER)
    assert len(project["services"]) == services
    published = [port.rpartition(":")[0] for each in project["services"].values() for port in each["ports"]]
    assert len({*published}) == len(published)
    needed = {other for each in project["services"].values() for other in each.get("depends_on", {})}
    assert needed <= {*project["services"]}
