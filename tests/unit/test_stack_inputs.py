# SPDX-License-Identifier: GPL-3.0-or-later
"""The inputs of a run: which files a Compose file names, and what makes the fingerprint another one."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.slipway.containers.plugins.module_utils._core.stack import inputs
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.inputs import Asked, digest, used
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.named_files import named
from ansible_collections.slipway.containers.plugins.module_utils._io.stack.inputs import dotenv_values, gather

KEYS = ("include", "extends", "env_file", "label_file")


# Which files a text names


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("services:\n  web:\n    env_file: a.env\n    image: b\n", ["a.env"]),
        (
            "services:\n  web:\n    env_file:\n      - a.env\n      - ./b/c.env # why\n\n      - 'd.env'\n",
            ["a.env", "./b/c.env", "d.env"],
        ),
        ("services:\n  web:\n    env_file:\n    - a.env\n    - b.env\n    image: c\n", ["a.env", "b.env"]),
        ("services:\n  web:\n    env_file:\n      - path: a.env\n        required: false\n", ["a.env", "false"]),
        ("services: {web: {image: a, env_file: [b.env, {path: c.env}], init: true}}\n", ["b.env", "c.env"]),
        ("services:\n  web: {env_file: b.env, image: a}\n", ["b.env"]),
        ("services:\n  web: {command: don't, user: 'a # b', env_file: b.env}\n", ["b.env"]),
        ("services:\n  web:\n    extends:\n      file: ../a.yaml\n      service: b\n", ["../a.yaml", "b"]),
        ("services:\n  web:\n    extends: {file: a.yaml, service: b}\n", ["a.yaml", "b"]),
        (
            "include:\n- a.yaml\n- path: [b.yaml, c.yaml]\n  project_directory: d\n  env_file: e.env\nx: y\n",
            ["a.yaml", "b.yaml", "c.yaml", "d", "e.env"],
        ),
        ("include: [\n  a.yaml,\n  b.yaml,\n]\nx: y\n", ["a.yaml", "b.yaml"]),
        ("x-a: &a\n  env_file: a.env\nservices:\n  web:\n    <<: *a\n", ["a.env"]),
        ("services:\n  web:\n    env_file: &files\n      - a.env\n", ["a.env"]),
        ("services:\n  web:\n    env_file: !override [a.env]\n", ["a.env"]),
        ('services:\n  web:\n    "label_file": "a b.txt"\n', ["a b.txt"]),
        ('{"services": {"web": {"env_file": ["a\\u002eenv"]}}}', ["a.env"]),
        ("services:\r\n  web:\r\n    env_file: a.env\r\n    image: b\r\n", ["a.env"]),
        ("services:\n  web:\n    env_file:\n    image: b\n", []),
        ("# env_file: a.env\nservices:\n  web:\n    image: b # include: c\n", []),
        ("services:\n  web:\n    environment: {A: include, my_env_file: ${B}}\n", []),
    ],
    ids=range(20),
)
def test_named(text: str, values: list[str]) -> None:
    found = named(text)
    assert (list(found.values), found.reason) == (values, "")


@pytest.mark.parametrize(
    "text",
    [
        "services:\n  web:\n    env_file: ${A}.env\n",
        "services:\n  web:\n    env_file: [a.env, $A]\n",
        'services:\n  web:\n    env_file: "a\\tb.env"\n',
        'services:\n  web:\n    env_file: "${A}"\n',
        "services:\n  web:\n    env_file: *files\n",
        "services:\n  web:\n    extends:\n      <<: *base\n      service: a\n",
        "services:\n  web:\n    env_file: >-\n      a\n      b.env\n",
        "services:\n  web:\n    env_file: |-\n      a.env\n",
        "services:\n  web:\n    env_file: a\n      b.env\n",
        "services:\n  web:\n    env_file:\n      - a\n        - b.env\n",
        "services:\n  web:\n    env_file: a b.env\n",
        "services:\n  web:\n    env_file: it's.env\n",
        "services:\n  web:\n    ? env_file\n    : a.env\n",
        "x-k: &k env_file\nservices:\n  web:\n    *k : a.env\n",
        'services:\n  web:\n    "env\\u005ffile": a.env\n',
        "services:\n  web: {\n  env_file: a.env,\n  image: b}\n",
        "services:\n  web: {image: b, env_file:\n  a.env}\n",
        "services:\n  web: {image: b, env_file: [a.env,\n  b.env]}\n",
        "services:\n  web: {image: b,\n  env_file: a\n  b.env}\n",
        "include:\n>\n  a.yaml\n",
        "include: https://example.org/a.yaml\n",
        "include:\n  - oci://example.org/a\n",
        "include:\n  - git@example.org:a.git\n",
        "include:\n  - github.com/a/b\n",
        'include: ["https://example.org/a.yaml"]\n',
        '{"include": ["${A}"]}',
        '{"include": [a.yaml]}',
        "include:\n  - a.yaml\0\n",
        "services:\u2028  include: a\n",
    ],
    ids=range(29),
)
def test_what_cannot_be_told_has_a_reason(text: str) -> None:
    assert named(text).reason
    assert inputs.may_name_files(text)


def test_texts_without_such_keys_need_no_look() -> None:
    assert not inputs.may_name_files("services: {web: {image: a, environment: {A: ${B}}}}\n")


class AnyTag(yaml.SafeLoader):
    """Takes `!reset` and the like as what they stand before."""


AnyTag.add_multi_constructor("!", lambda loader, _suffix, node: _plain(loader, node))


def _plain(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    return loader.construct_sequence(node, deep=True) if isinstance(node, yaml.SequenceNode) else node.value


def below_keys(value: Any, wanted: bool = False) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from below_keys(item, wanted or key in KEYS)
    elif isinstance(value, list):
        for item in value:
            yield from below_keys(item, wanted)
    elif wanted and isinstance(value, str) and value:
        yield value


SEEDS = (
    "services:\n  web:\n    image: x\n    env_file: a.env\n    extends:\n      file: base.yaml\n      service: web\n",
    "include:\n  - a/c.yaml\n  - path: b.yaml\n    env_file: [c.env, d.env]\n    project_directory: sub\nname: x\n",
    "x-a: &a\n  env_file:\n  - one.env\n  - two.env\nservices:\n  w:\n    <<: *a\n    command: |\n      a\n",
    'services:\n  w:\n    env_file:\n      - path: "q.env"\n        required: true\n      - path: z.env # c\n',
    "services:\n    w: {\n      env_file: x.env,\n      image: z\n    }\n    v: { extends: { file: 'e.yaml' } }\n",
    '{"services": {"w": {"env_file": "a.env", "extends": {"file": "f.yaml"}}}}\n',
)
FRAGMENTS = (
    *("\n", " ", "  ", "- ", ": ", "#", " # ", '"', "'", "[", "]", "{", "}", ",", "&x ", "*x", "!t ", "|\n", ">\n"),
    *("env_file: ", '"env_file": ', "include:", "\\", "$X", "? ", "\t", "a.env", "\n      ", "\n    - ", "<<: ", "~"),
)


def mutated(text: str, chance: random.Random) -> str:
    for _time in range(chance.randrange(1, 5)):
        place = chance.randrange(len(text) + 1)
        if chance.random() < 0.6:
            text = text[:place] + chance.choice(FRAGMENTS) + text[place:]
        else:
            text = text[:place] + text[place + chance.randrange(1, 6) :]
    return text


@pytest.mark.parametrize("seed", range(4))
def test_no_path_is_missed_that_a_yaml_parser_finds(seed: int) -> None:
    chance = random.Random(seed)
    told = 0
    for _time in range(600):
        text = mutated(chance.choice(SEEDS), chance)
        try:
            wanted = {path for document in yaml.load_all(text, AnyTag) for path in below_keys(document)}
        except (yaml.YAMLError, RecursionError, ValueError, TypeError):
            continue
        found = named(text)
        if not found.reason:
            assert wanted <= {*found.values}, text
            told += bool(wanted)
    assert told > 60


# Variables and hashes


def test_used_variables() -> None:
    environment = {
        **{"TAG": "1", "OTHER": "2", "HOME": "/root", "COMPOSE_PROFILES": "a", "DOCKER_HOST": "b", "_": "c"},
        **{"SPLIT": "3", "MY.NAME": "4", "UNUSED.NAME": "5"},
    }
    found = used(environment, ["image: a:${TAG:-x}\n", 'command: "${SP\\\n  LIT}"\n', "environment: [MY.NAME]\n"])
    assert found == {
        key: environment[key] for key in ("COMPOSE_PROFILES", "DOCKER_HOST", "HOME", "MY.NAME", "SPLIT", "TAG")
    }


def test_no_part_passes_for_two() -> None:
    assert len({digest(parts) for parts in (["ab"], ["a", "b"], ["a", "", "b"], ["1:a", "b"], [b"ab", ""])}) == 5
    assert digest(["a"]) == digest([b"a"])


# The fingerprint


class Project:
    """A folder, and the fingerprint of what is in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked = Asked(str(folder))
        self.environment = {"HOME": str(folder / "home"), "PWD": str(folder)}
        self.write("compose.yaml", "services: {web: {image: 'a:${TAG:-1}'}}\n")

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def now(self) -> inputs.Inputs:
        return gather(self.asked, self.environment)

    @property
    def fingerprint(self) -> str:
        found = self.now()
        assert found.texts, found.reason
        return found.texts

    def differs(self, change: Callable[[], object]) -> bool:
        before = self.fingerprint
        change()
        return self.fingerprint != before


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = tmp_path / "shop"
    folder.mkdir()
    return Project(folder)


def test_the_same_again(project: Project) -> None:
    assert project.fingerprint == project.fingerprint
    assert not project.differs(lambda: os.utime(project.folder / "compose.yaml", (1, 1)))
    assert not project.differs(lambda: project.write("unrelated.txt", "a"))
    assert not project.differs(lambda: project.environment.update(UNUSED="1"))


def test_what_the_run_was_asked_for_counts(project: Project) -> None:
    for change in ({"program": "/usr/bin/docker-compose 1 2"}, {"parameters": {"profiles": ["a"]}}):
        before = project.fingerprint
        project.asked = replace(project.asked, **change)
        assert project.fingerprint != before


def test_variables_count(project: Project) -> None:
    for name in ("TAG", "COMPOSE_PROFILES", "DOCKER_DEFAULT_PLATFORM", "HOME"):
        assert project.differs(lambda name=name: project.environment.update({name: "new"})), name


@pytest.mark.parametrize(
    "name", ["compose.yml", "docker-compose.yaml", "compose.override.yaml", "docker-compose.override.yml", ".env"]
)
def test_a_usual_file_that_appears_counts(project: Project, name: str) -> None:
    assert project.differs(lambda: project.write(name, "A=1\n"))
    assert project.differs(lambda: project.write(name, "A=2\n"))
    assert project.differs((project.folder / name).unlink)


def test_compose_looks_in_the_folders_above(project: Project) -> None:
    project.asked = replace(project.asked, project_src=str(project.folder / "deep" / "deeper"))
    project.write("deep/deeper/other.txt", "")
    assert str(project.folder / "compose.yaml") in project.now().files
    assert project.differs(lambda: project.write("compose.yaml", "services: {}\n"))
    assert project.differs(lambda: project.write("deep/compose.yaml", "services: {}\n"))
    assert not project.differs(lambda: project.write("compose.yaml", "services: {a: }\n"))


def test_given_files_count_and_no_others(project: Project) -> None:
    project.asked = replace(project.asked, files=("a.yaml", str(project.folder / "b.yaml")))
    project.write("a.yaml", "services: {}\n")
    assert project.differs(lambda: project.write("b.yaml", "services: {}\n"))
    assert not project.differs(lambda: project.write("compose.yaml", "services: {}\n"))


def test_a_definition_counts_and_its_files(project: Project) -> None:
    project.asked = Asked(
        str(project.folder), files=("d.json",), definition='{"services": {"web": {"env_file": "a.env"}}}'
    )
    assert project.differs(lambda: project.write("a.env", "A=1\n"))
    assert not project.differs(lambda: project.write("compose.yaml", "services: {}\n"))
    assert not project.differs(lambda: project.write("d.json", "{}"))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("services: {web: {env_file: a.env}}\n", "a.env"),
        ("services: {web: {env_file: [{path: a.env, required: false}]}}\n", "a.env"),
        ("services:\n  web:\n    env_file: ~/a.env\n", "home/a.env"),
        ("services:\n  web:\n    label_file: [labels/a]\n", "labels/a"),
        ("services:\n  web:\n    extends: {file: other/base.yaml, service: base}\n", "other/base.yaml"),
        ("include:\n  - sub/compose.yaml\n", "sub/.env"),
        ("include:\n  - path: sub/compose.yaml\n    project_directory: home\n", "home/.env"),
        ("include:\n  - path: sub/compose.yaml\n    env_file: a.env\n", "a.env"),
        ("include:\n  - sub/compose.yaml\n", "sub/s.env"),
        ("include:\n  - path: sub/compose.yaml\n    project_directory: home\n", "home/s.env"),
        ("include:\n  - path: [other/first.yaml, sub/compose.yaml]\n", "other/s.env"),
        ("include:\n  - sub/compose.yaml\n", "sub/nested/n.env"),
        ("x-later: {file: sub/some.file}\n", "sub/some.file"),
        ("x-later: [some.file]\n", "some.file"),
    ],
    ids=range(14),
)
def test_a_named_file_counts_when_it_appears_changes_and_goes(project: Project, text: str, name: str) -> None:
    project.write("home/unrelated", "")
    project.write("other/first.yaml", "services: {}\n")
    project.write("sub/compose.yaml", "include: [nested/compose.yaml]\nservices: {s: {env_file: s.env}}\n")
    project.write("sub/nested/compose.yaml", "services: {n: {env_file: n.env}}\n")
    project.write("compose.yaml", text)
    assert project.differs(lambda: project.write(name, "A=1\n"))
    assert project.differs(lambda: project.write(name, "A=2\n"))
    assert project.differs((project.folder / name).unlink)


def test_a_chain_of_files_is_followed(project: Project) -> None:
    project.write("compose.yaml", "services: {a: {extends: {file: one/a.yaml, service: a}}}\n")
    project.write("one/a.yaml", "services: {a: {extends: {file: ../two/b.yaml, service: a}}}\n")
    project.write("two/b.yaml", "services: {a: {env_file: c.env, image: '${DEEP}'}}\n")
    assert project.differs(lambda: project.write("two/c.env", "PASSED\n"))
    assert project.differs(lambda: project.environment.update(PASSED="1"))
    assert project.differs(lambda: project.environment.update(DEEP="1"))


def test_files_that_name_each_other_end(project: Project) -> None:
    project.write("compose.yaml", "include: [a.yaml]\n")
    project.write("a.yaml", "include: [compose.yaml]\n")
    assert len(project.now().files) == 2


@pytest.mark.parametrize("where", ["environment", ".env"])
def test_compose_file_counts(project: Project, where: str) -> None:
    if where == ".env":
        project.write(".env", 'COMPOSE_FILE="compose.yaml:x.yaml"\n')
    else:
        project.environment["COMPOSE_FILE"] = "compose.yaml:x.yaml"
    assert project.differs(lambda: project.write("x.yaml", "services: {}\n"))
    assert project.differs(lambda: project.write("x.yaml", "services: {a: }\n"))


def test_the_separator_of_compose_file_counts(project: Project) -> None:
    project.environment.update(COMPOSE_FILE="compose.yaml|a:b.yaml", COMPOSE_PATH_SEPARATOR="|")
    assert project.differs(lambda: project.write("a:b.yaml", "services: {}\n"))


def test_env_files_count(project: Project) -> None:
    project.asked = replace(project.asked, env_files=("one.env",))
    assert project.differs(lambda: project.write("one.env", "TAG=1\n"))
    project.asked = replace(project.asked, env_files=())
    project.environment["COMPOSE_ENV_FILES"] = "two.env,three.env"
    assert project.differs(lambda: project.write("three.env", "TAG=1\n"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("compose.yaml", "services: {web: {env_file: '${A}.env'}}\n"),
        (".env", "COMPOSE_FILE=${A}.yaml\n"),
        (".env", "COMPOSE_FILE=a|b\nCOMPOSE_PATH_SEPARATOR=|\n"),
        ("compose.yaml", "services: {}\n#" + "x" * inputs.MOST_BYTES),
        ("compose.yaml", "include:\n" + "".join(f"  - f{number}.yaml\n" for number in range(inputs.MOST_FILES))),
        ("compose.yaml", "services: {web: {env_file: loop}}\n"),
    ],
    ids=["interpolated", "interpolated-compose-file", "separator-in-dotenv", "large", "many", "loop"],
)
def test_what_has_no_fingerprint(project: Project, name: str, text: str) -> None:
    for number in range(inputs.MOST_FILES):
        project.write(f"f{number}.yaml", "services: {}\n")
    (project.folder / "loop").symlink_to("loop")
    project.write(name, text)
    found = project.now()
    assert found.texts == ""
    assert str(project.folder) in found.reason or "more than" in found.reason


def test_values_of_env_files(project: Project) -> None:
    project.write(".env", "A=1\nB=${A}2\nC=${OUTER}\n")
    assert dotenv_values(project.asked, {"OUTER": "o"}) == {"A": "1", "B": "12", "C": "o"}
    project.write("later.env", "A=5\n")
    several = replace(project.asked, env_files=(".env", "later.env", "absent.env"))
    assert dotenv_values(several, {}) == {"A": "5", "B": "12", "C": ""}
    project.write(".env", "'")
    assert dotenv_values(project.asked, {}) == {}
