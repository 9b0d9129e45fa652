# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables and env files against the real Compose: the tables of the unit tests, and thousands made at random.

What Compose accepts goes into one project; what it refuses ends a run, and so takes one each.
"""

from __future__ import annotations

import json
import math
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.dotenv import parse_env
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.interpolation import (
    substitute,
    to_boolean,
    to_float,
    to_int,
)

from tests.integration.compose import program
from tools.compose_cli import RELEASES

from ..unit import test_compose_dotenv as dotenv
from ..unit import test_compose_interpolation as interpolation

OLDEST, *_between, NEWEST = RELEASES
#: Env files in both releases, and in the raw format where that is known.
FORMATS = pytest.mark.parametrize(
    ("release", "raw"), [*((release, False) for release in RELEASES), (NEWEST, True)], indirect=["release"]
)
WARNING = re.compile(r'The \\"(.*?)\\" variable is not set')
#: Of what is made at random, how much goes into a project, and how much is refused one by one.
ACCEPTED, REFUSED = 1000, 25
SEED = 3


@dataclass(frozen=True)
class Run:
    """What a run of `config` printed: the services, and the variables it warned of; else what it failed with."""

    services: dict[str, Any]
    not_set: Counter[str]
    problem: str

    def environments(self) -> list[dict[str, str]]:
        assert not self.problem
        return [service.get("environment", {}) for service in self.services.values()]


Config = Callable[..., Run]


@pytest.fixture(params=RELEASES)
def release(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def config(release: str, tmp_path: Path) -> Config:
    """Run `config` on services, with the files beside them, in nothing but the environment given."""
    docker_compose = program(release)

    def run(
        services: Sequence[Mapping[str, Any]],
        environment: Mapping[str, str],
        files: Mapping[str, str] | None = None,
        arguments: Sequence[str] = (),
    ) -> Run:
        for name, text in (files or {}).items():
            (tmp_path / name).write_bytes(text.encode())
        names = [f"s{number:04}" for number in range(len(services))]
        document = {"services": dict(zip(names, ({"image": "i", **service} for service in services)))}
        (tmp_path / "compose.yaml").write_text(json.dumps(document), encoding="utf-8")
        command = [docker_compose, *arguments, "config", "--format", "json"]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
        said = done.stderr.decode()
        if done.returncode != 0:
            return Run({}, Counter(), said or "it said nothing")
        printed = json.loads(done.stdout.decode().replace("$$", "$"))["services"]
        assert list(printed) == names
        return Run(printed, Counter(WARNING.findall(said)), "")

    return run


def generated(make: Callable[[Random], str], amount: int) -> list[str]:
    random = Random(SEED)
    return [make(random) for turn in range(amount)]


def some(random: Random, parts: Sequence[str], most: int) -> str:
    return "".join(random.choices(parts, k=random.randint(0, most)))


@dataclass(frozen=True)
class Tried:
    """What our function makes of texts: those it accepts with the results, the variables not set, those it refuses."""

    results: dict[str, Any]
    not_set: Counter[str]
    refused: list[str]


def tried(function: Callable[[str, Callable[[str], None]], Any], texts: Sequence[str]) -> Tried:
    results: dict[str, Any] = {}
    refused: list[str] = []
    not_set: Counter[str] = Counter()
    for text in dict.fromkeys(texts):
        told: list[str] = []
        try:
            result = function(text, told.append)
        except ValueError:
            refused.append(text)
        else:
            if len(results) < ACCEPTED:
                results[text] = result
                not_set.update(told)
    return Tried(results, not_set, refused)


def differing(results: Mapping[str, Any], compose_results: Sequence[Any]) -> list[Any]:
    return [(text, ours, its) for (text, ours), its in zip(results.items(), compose_results) if ours != its]


# Variables in texts


def with_template(template: str) -> dict[str, Any]:
    return {"environment": {"T": template}}


def through(config: Config, templates: Sequence[str]) -> tuple[list[str], Counter[str]]:
    run = config([with_template(template) for template in templates], interpolation.VARIABLES)
    return [environment["T"] for environment in run.environments()], run.not_set


def test_the_table_of_templates_holds(config: Config) -> None:
    templates, expected = zip(*interpolation.FILLED_IN)
    assert through(config, templates)[0] == list(expected)


@pytest.mark.parametrize(("template", "names"), interpolation.NOT_SET)
def test_the_table_of_warnings_holds(config: Config, template: str, names: list[str]) -> None:
    assert through(config, [template])[1] == Counter(names)


@pytest.mark.parametrize("template", [row[0] for row in (*interpolation.MALFORMED, *interpolation.MISSING)])
def test_compose_refuses_what_we_refuse(config: Config, template: str) -> None:
    problem = config([with_template(template)], interpolation.VARIABLES).problem
    assert "invalid interpolation format" in problem or "is missing a value" in problem


def test_compose_nests_as_deep_as_we_do(config: Config) -> None:
    assert through(config, [interpolation.nested(50)])[0] == ["x"]


TEMPLATE_PARTS = [
    *("$", "{", "}", "}", "N1", "SET", "EMPTY", "NONE", ":", "-", "?", "+", ":-", ":+", "$$", "1", "{}", "x", " ", "é"),
    *("${", "${NONE:-", "${EMPTY:-", "${NONE-", "${N1:+", "${N1?", "${NONE}", "${N1}", "\n", "\\", '"', "'", "#"),
]


def test_templates_made_at_random(config: Config) -> None:
    ours = tried(
        lambda template, told: substitute(template, interpolation.VARIABLES.get, told),
        generated(lambda random: some(random, TEMPLATE_PARTS, 14), 4000),
    )
    assert len(ours.results) == ACCEPTED and len(ours.refused) > REFUSED and ours.not_set
    results, not_set = through(config, list(ours.results))
    assert differing(ours.results, results) == []
    assert not_set == ours.not_set
    for template in ours.refused[:REFUSED]:
        assert config([with_template(template)], interpolation.VARIABLES).problem, template


# Casts: the function, a key that Compose casts so and leaves out where it is zero, what we accept, what we refuse

CASTS = pytest.mark.parametrize(
    ("cast", "key", "accepted", "refused"),
    [
        (to_int, "pids_limit", interpolation.INTEGERS, interpolation.NO_INTEGERS),
        (to_float, "cpus", interpolation.FLOATS, interpolation.NO_FLOATS),
        (to_boolean, "tty", interpolation.BOOLEANS, interpolation.NO_BOOLEANS),
    ],
)


@CASTS
def test_casts(
    config: Config, cast: Callable[[str], Any], key: str, accepted: list[tuple[str, Any]], refused: list[str]
) -> None:
    finite = {text: value for text, value in accepted if not math.isinf(value)}
    variables = {f"X{number}": text for number, text in enumerate(finite)}
    run = config([{key: f"${{{name}}}"} for name in variables], variables)
    assert [service.get(key, 0) for service in run.services.values()] == list(finite.values())
    assert [cast(text) for text in finite] == list(finite.values())
    infinite = [text for text, value in accepted if math.isinf(value)]
    for text in infinite:  # is cast, and then refused for what it is or cannot be printed as JSON
        assert "failed to cast" not in config([{key: "${X}"}], {"X": text}).problem
    for text in refused:
        assert "failed to cast" in config([{key: "${X}"}], {"X": text}).problem, text


# Env files


def env_files_through(config: Config, texts: Sequence[str], environment: Mapping[str, str], raw: bool) -> Run:
    files = {f"{number}.env": text for number, text in enumerate(texts)}
    form = {"format": "raw"} if raw else {}
    return config([{"env_file": [{"path": name, **form}]} for name in files], environment, files)


@pytest.mark.parametrize(
    ("release", "folder"),
    [
        (release, folder)
        for release in RELEASES
        for folder in dotenv.FOLDERS
        if release == NEWEST or not folder.startswith("raw")
    ],
    indirect=["release"],
)
def test_the_cases_hold(config: Config, folder: str) -> None:
    text = (dotenv.CASES / folder / "file.env").read_text(encoding="utf-8")
    environment = dotenv.case(folder, "environment.json")
    run = env_files_through(config, [text], environment, folder.startswith("raw"))
    expected = dotenv.case(folder, "expected.json")
    assert run.environments() == [expected["values"]]
    assert run.not_set == Counter(expected["not_set"])


@FORMATS
def test_the_tables_of_env_files_hold(config: Config, raw: bool) -> None:
    texts, expected = zip(*(dotenv.HIDDEN_RAW if raw else dotenv.HIDDEN))
    assert env_files_through(config, texts, dotenv.ENVIRONMENT, raw).environments() == list(expected)
    for text, *_said in dotenv.REFUSED_RAW if raw else dotenv.REFUSED:
        assert env_files_through(config, [text], dotenv.ENVIRONMENT, raw).problem, text


NAMES = [
    "A",
    "B",
    "C1",
    "HOST",
    "x.y",
    "a-b",
    "k[0]",
    "é",
    "1",
    "export",
    "export B",
    "export\tC",
    "B ",
    " A",
    "#A",
    "",
]
SIGNS = ["=", "=", "=", "=", ":", ": ", "= ", "=\t", " = ", ""]
QUOTES = ["", "", "'", '"', '"']
VALUES = [
    *("a", "b c", "1", " ", "#", " #", "=", "{}", "}", "é", "\u00a0", "\x1c", "\t", "\r", "\n", "'", '"', "\\", "\\\\"),
    *(
        "\\n",
        "\\$",
        '\\"',
        "\\'",
        "\\0123",
        "\\01",
        "\\0777",
        "\\c",
        "$",
        "$$",
        "$A",
        "$1",
        "${B}",
        "${HOST}",
        "${NONE}",
    ),
    *("${NONE:-d}", "${"),
]
ENDS = ["\n", "\n", "\n", "\r\n", "\n\n", " \n", " # c\n", "\n# c\n", " ", ""]


def env_text(random: Random) -> str:
    def assignment() -> str:
        quote = random.choice(QUOTES)
        value = quote + some(random, VALUES, 5) + quote
        return random.choice(NAMES) + random.choice(SIGNS) + value + random.choice(ENDS)

    return random.choice(["", "", "\ufeff"]) + "".join(assignment() for turn in range(random.randint(1, 4)))


@FORMATS
def test_env_files_made_at_random(config: Config, raw: bool) -> None:
    ours = tried(
        lambda text, told: parse_env(text, dotenv.ENVIRONMENT.get, raw=raw, on_unset=told),
        generated(env_text, 6000),
    )
    assert len(ours.results) == ACCEPTED and len(ours.refused) > REFUSED and bool(ours.not_set) is not raw
    run = env_files_through(config, list(ours.results), dotenv.ENVIRONMENT, raw)
    assert differing(ours.results, run.environments()) == []
    assert run.not_set == ours.not_set
    for text in ours.refused[:REFUSED]:
        assert env_files_through(config, [text], dotenv.ENVIRONMENT, raw).problem, text


# Several files, where the releases differ

PROJECT, SERVICE = {"PROJECT": "environment"}, {"SERVICE": "service"}
FILES = {
    "1.env": "FILE=first\nPROJECT=first\nSERVICE=first\nFIRST=first\n",
    "2.env": "FILE=second\nSEEN=$FILE $PROJECT $SERVICE $FIRST\n",
}


def read_one_after_the_other(lookup: Callable[[str], str | None]) -> dict[str, str]:
    read: dict[str, str] = {}
    for name, text in FILES.items():
        read.update(parse_env(text, lookup, name, earlier=read))
    return read


@pytest.mark.parametrize(
    ("release", "seen"),
    [(OLDEST, "first first first first"), (NEWEST, "second environment service first")],
    indirect=["release"],
)
def test_several_files_of_a_service(config: Config, release: str, seen: str) -> None:
    service = {"env_file": list(FILES), "environment": SERVICE}
    environment = config([service], PROJECT, FILES).environments()[0]
    assert environment["SEEN"] == seen
    ours = {**read_one_after_the_other({**SERVICE, **PROJECT}.get), **SERVICE}
    assert (ours == environment) is (release == NEWEST)


@pytest.mark.parametrize(
    ("release", "seen"),
    [(OLDEST, "first environment first first"), (NEWEST, "second environment first first")],
    indirect=["release"],
)
def test_several_files_of_a_project(config: Config, release: str, seen: str) -> None:
    arguments = [word for name in FILES for word in ("--env-file", name)]
    run = config([with_template("$SEEN")], PROJECT, FILES, arguments)
    assert run.environments() == [{"T": seen}]
    assert (read_one_after_the_other(PROJECT.get)["SEEN"] == seen) is (release == NEWEST)


@pytest.mark.parametrize("release", [OLDEST], indirect=True)
def test_the_oldest_release_knows_no_raw_format(config: Config) -> None:
    assert "unsupported env_file format" in env_files_through(config, ["A=1"], {}, raw=True).problem
