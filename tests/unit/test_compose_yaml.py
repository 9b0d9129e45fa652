# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML as Compose reads it, with libyaml and with PyYAML's own parser.

cases/compose_yaml holds odd files: beside each lies what Docker Compose 2.40.3 printed of it (config.out), or its words
for what is wrong (error.out) and ours (finding.out). tests/integration/test_compose_yaml_cli.py asks Compose again.
"""

from __future__ import annotations

import math
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.document import ComposeError, Document
from ansible_collections.slipway.containers.plugins.module_utils._io.compose import yaml_text
from ansible_collections.slipway.containers.plugins.module_utils._io.compose.yaml_text import parse

from tools.prepare import ROOT

FOLDERS = sorted((ROOT / "tests/unit/cases/compose_yaml").iterdir())
ACCEPTED = [folder for folder in FOLDERS if (folder / "config.out").exists()]
REFUSED = [folder for folder in FOLDERS if folder not in ACCEPTED]


@pytest.fixture(params=["libyaml", "pure"], autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every test runs with both parsers of PyYAML."""
    assert yaml.__with_libyaml__
    if request.param == "pure":
        monkeypatch.delattr(yaml, "CBaseLoader")
    return str(request.param)


def only(text: str) -> Document:
    (document,) = parse(text, "compose.yaml")
    return document


def value(text: str) -> Any:
    return only(text).value


def findings(text: str) -> list[str]:
    with pytest.raises(ComposeError) as caught:
        parse(text, "compose.yaml")
    return [finding.as_text() for finding in caught.value.findings]


def extensions(text: str) -> dict[str, Any]:
    """The x-* keys of all documents, for those come through Compose unchanged."""
    values = [document.value for document in parse(text, "compose.yaml")]
    return {key: comparable(part) for whole in values for key, part in whole.items() if key.startswith("x-")}


def comparable(part: Any) -> Any:
    """With one kind of number, for Compose prints 1000.0 as 1000, and with booleans that equal none."""
    if isinstance(part, dict):
        return {key: comparable(inner) for key, inner in part.items()}
    if isinstance(part, list):
        return [comparable(inner) for inner in part]
    if isinstance(part, bool):
        return ("boolean", part)
    return float(part) if isinstance(part, int) else part


@pytest.mark.parametrize("folder", ACCEPTED, ids=lambda folder: folder.name)
def test_values_are_those_that_compose_prints(folder: Path) -> None:
    printed = extensions((folder / "config.out").read_text(encoding="utf-8"))
    assert extensions((folder / "compose.in").read_text(encoding="utf-8")) == printed


@pytest.mark.parametrize("folder", REFUSED, ids=lambda folder: folder.name)
def test_refusals(folder: Path, parser: str) -> None:
    expected = (folder / "finding.out").read_text(encoding="utf-8")
    said = "".join(f"- {finding}\n" for finding in findings((folder / "compose.in").read_text(encoding="utf-8")))
    if parser == "pure":  # the two do not always agree on the column
        said, expected = (re.sub(r"column \d+", "column", text) for text in (said, expected))
    assert said == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true", True),
        ("FALSE", False),
        ("on", "on"),
        ("yes", "yes"),
        ("n", "n"),
        ("", None),
        ("~", None),
        ("Null", None),
        ("none", "none"),
        ("0", 0),
        ("-5", -5),
        ("010", 8),
        ("08", 8.0),
        ("0o10", 8),
        ("0b101", 5),
        ("0xFF", 255),
        ("1_000", 1000),
        ("18446744073709551615", 2**64 - 1),
        ("18446744073709551616", float(2**64)),
        ("1" * 5000, "1" * 5000),
        ("22:22", "22:22"),
        ("1:30:00", "1:30:00"),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("1e400", "1e400"),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("inf", "inf"),
        ("1.2.3", "1.2.3"),
        ("'5'", "5"),
        ('"true"', "true"),
        ("!!str 5", "5"),
        ('!!int "5"', 5),
        ("!!float 5", 5.0),
        ("!!binary aGVsbG8=", "hello"),
        ("!foo 5", "5"),
        ("! 5", 5),
        (r'''"é😀 it\'s"''', "é😀 it's"),
        ("2001-1-2", "2001-01-02T00:00:00Z"),
        ("2001-01-01 1:2:3.50", "2001-01-01T01:02:03.5Z"),
        ("2001-02-30", "2001-02-30"),
        ("<<", "<<"),
    ],
)
def test_scalars(text: str, expected: Any) -> None:
    read = value(f"x-key: {text}\n")["x-key"]
    assert (type(read), read) == (type(expected), expected)


def test_not_a_number() -> None:
    assert math.isnan(value("x-key: .nan\n")["x-key"])


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "  \n# and blanks\n", "\ufeff"])
def test_an_empty_file_has_no_documents(text: str) -> None:
    assert parse(text, "compose.yaml") == []


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("- a\n- b\n", [["a", "b"]]),
        ("text\n", ["text"]),
        ("---\n", [None]),
        ("a: 1\n---\nb: 2\n", [{"a": 1}, {"b": 2}]),
        ("a: 1\n---\n", [{"a": 1}, None]),
        ("---\na: 1\n...\n---\n- 2\n", [{"a": 1}, [2]]),
    ],
)
def test_documents_are_whatever_they_are(text: str, values: list[Any]) -> None:
    assert [document.value for document in parse(text, "compose.yaml")] == values


def test_line_ends_and_a_byte_order_mark_are_as_good_as_none() -> None:
    text = "a: b\n  c\nd: |\n  e\n  f\n"
    assert value(text) == value(text.replace("\n", "\r\n")) == value(f"\ufeff{text}")


def test_a_quoted_merge_key_is_a_key() -> None:
    assert value('a: {"<<": {b: 1}}\n') == {"a": {"<<": {"b": 1}}}


def test_a_key_is_given_twice_also_where_one_is_reset() -> None:
    """Compose 2.40 refuses it, 2.26 did not."""
    assert findings("a: !reset 1\na: 2\n") == [
        "compose.yaml:2 a: the key 'a' stands here again, first on line 1 (keep one of the two) [compose]"
    ]


def test_a_key_is_given_twice_in_a_merged_mapping() -> None:
    assert findings("a:\n  <<: {b: 1, b: 2}\n") == [
        "compose.yaml:2 a.b: the key 'b' stands here again, first on line 2 (keep one of the two) [compose]"
    ]


class TestOverridden:
    """`!reset` and `!override`; every expectation is what both releases of Compose do."""

    @pytest.mark.parametrize(
        ("text", "expected", "overridden"),
        [
            ("a: !reset 5", {}, [("a",)]),
            ("a: !reset", {}, [("a",)]),
            ("a: {b: !reset [1], c: 1}", {"a": {"c": 1}}, [("a", "b")]),
            ("a: !override 5", {"a": "5"}, [("a",)]),
            ("a: !override {b: 5}", {"a": {"b": 5}}, [("a",)]),
            ("a: !override [5]", {"a": [5]}, [("a",)]),
            ("a: [1, !reset 2, 3]", {"a": [1, 3]}, [("a", 1)]),
            ("a: {x.y: !reset 1}", {"a": {}}, [("a", "x.y")]),
            # Within an !override the tags mean nothing.
            ("a: !override {b: !reset 1, c: !override 2}", {"a": {"b": "1", "c": "2"}}, [("a",)]),
            # The tag of an anchor holds for its aliases, too.
            ("a: &x !reset 1\nb: *x", {}, [("a",), ("b",)]),
            ("a: &x !override {c: 1}\nb: *x", {"a": {"c": 1}, "b": {"c": 1}}, [("a",), ("b",)]),
            # Compose drops a !reset where it first meets it, so an alias of what is around it has none left.
            ("a: &x {b: !reset 1, c: 2}\nd: *x", {"a": {"c": 2}, "d": {"c": 2}}, [("a", "b")]),
            (
                "a: &x {b: !override {c: 1}}\nd: *x",
                {"a": {"b": {"c": 1}}, "d": {"b": {"c": 1}}},
                [("a", "b"), ("d", "b")],
            ),
            # What is merged stands at the place of the mapping that merges it.
            ("a: {<<: {b: !reset 1, c: 2}}", {"a": {"c": 2}}, [("a", "b")]),
            ("a: {<<: !override {b: 1}}", {"a": {"b": 1}}, [("a",)]),
            ("a: {<<: !reset {b: 1}, c: 1}", {"a": {"c": 1}}, [("a",)]),
            # In a list of merged mappings Compose takes the position for a key, so the tag changes nothing.
            ("a: {<<: [{b: !override [1]}]}", {"a": {"b": [1]}}, [("a", 0, "b")]),
            # !reset is no way to get rid of what is merged.
            ("x: &x {b: 1}\na: {<<: *x, b: !reset 2}", {"x": {"b": 1}, "a": {"b": 1}}, [("a", "b")]),
            # A whole document overrides nothing.
            ("!override\na: 1", {"a": 1}, []),
        ],
    )
    def test_paths(self, text: str, expected: Any, overridden: list[Any]) -> None:
        document = only(text)
        assert document.value == expected
        assert list(document.overridden) == overridden

    def test_each_document_has_its_own(self) -> None:
        documents = parse("a: !reset 1\n---\nb: !reset 1\n---\nc: 1\n", "compose.yaml")
        assert [document.overridden for document in documents] == [(("a",),), (("b",),), ()]

    def test_a_whole_document_cannot_be_reset(self) -> None:
        assert findings("!reset\na: 1\n") == [
            "compose.yaml:1: the tag !reset stands at a whole document, expected it at a value within [compose]"
        ]


class TestLines:
    TEXT = (
        "x-common: &common\n"  # 1
        "  restart: always\n"  # 2
        "  environment:\n"  # 3
        "    A: 1\n"  # 4
        "services:\n"  # 5
        "  web:\n"  # 6
        "    <<: *common\n"  # 7
        "    ports:\n"  # 8
        "      - 80:80\n"  # 9
        "      - !reset 81:81\n"  # 10
        "      - target: 82\n"  # 11
        "        published: 83\n"  # 12
        "    command: |\n"  # 13
        "      a\n"  # 14
        "    image: !reset web\n"  # 15
    )

    @pytest.mark.parametrize(
        ("path", "line"),
        [
            ((), 1),
            (("services",), 5),
            (("services", "web"), 6),
            (("services", "web", "ports"), 8),
            (("services", "web", "ports", 0), 9),
            (("services", "web", "ports", 1), 11),
            (("services", "web", "ports", 1, "published"), 12),
            (("services", "web", "command"), 13),
            (("services", "web", "restart"), 2),
            (("services", "web", "environment", "A"), 4),
            # The nearest line above for what is not there.
            (("services", "web", "image"), 6),
            (("services", "web", "ports", 7), 8),
            (("services", "web", "ports", "a"), 8),
            (("services", "web", "command", "a", 0), 13),
            (("services", "db", "image"), 5),
            (("networks", 0), 1),
        ],
    )
    def test_lines(self, path: tuple[Any, ...], line: int) -> None:
        assert only(self.TEXT).line_of(path) == line

    def test_a_document_further_down(self) -> None:
        first, second = parse("a: 1\n---\n\nb:\n  c: 2\n", "compose.yaml")
        assert (first.line_of(("a",)), second.line_of(("b",)), second.line_of(("b", "c"))) == (1, 4, 5)
        assert second.place(("b", "c")) == "compose.yaml:5 b.c"

    def test_the_file_is_not_read_again_before_somebody_asks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        read: list[str] = []
        stream = yaml_text._stream
        monkeypatch.setattr(yaml_text, "_stream", lambda text, file: read.append(file) or stream(text, file))
        document = only("a: 1\nb: 2\n")
        assert read == ["compose.yaml"]
        assert [document.line_of(("a",)), document.line_of(("b",))] == [1, 2]
        assert read == ["compose.yaml"] * 2


class TestDates:
    """Compose fails on dates, or writes them out in full; only under x-* keys they do no harm."""

    def test_a_date_without_quotes_is_refused(self) -> None:
        assert findings("services:\n  web:\n    labels:\n      made: 2001-01-01\n") == [
            "compose.yaml:4 services.web.labels.made: '2001-01-01' is a date in YAML, expected text"
            " (put it in quotes) [compose]"
        ]

    def test_an_alias_in_an_extension_does_not_hide_it(self) -> None:
        assert findings("x-labels: &labels {made: 2001-01-01}\nservices: {web: {labels: [*labels]}}\n") == [
            "compose.yaml:1 services.web.labels[0].made: '2001-01-01' is a date in YAML, expected text"
            " (put it in quotes) [compose]"
        ]

    @pytest.mark.parametrize(
        "text",
        [
            "services: {web: {labels: {made: '2001-01-01'}}}",
            "services: {web: {x-made: 2001-01-01}}",
            "x-made: &made {at: 2001-01-01}\nservices: {web: {labels: {<<: *made, at: never}}}",
            "services: {web: {labels: !reset {made: 2001-01-01}}}",
        ],
    )
    def test_other_dates_are_taken(self, text: str) -> None:
        assert isinstance(value(text), dict)


class TestAliases:
    def test_values_are_shared(self) -> None:
        read = value("a: &a {b: [1]}\nc: *a\nd: [*a]\n")
        assert read["a"] is read["c"] is read["d"][0]

    def test_a_billion_laughs(self) -> None:
        levels = [f"x-{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 10)]
        text = "\n".join(["x-0: &a0 lol", *levels, "x-10: &a10 {<<: [{b: *a9 }]}", ""])
        (finding,) = findings(text)
        message = "up to here the aliases of this file stand for more than 400,000 values, more than any project needs"
        assert finding == f"compose.yaml:7: {message} [compose]"

    def test_a_billion_laughs_by_merging(self) -> None:
        keys = ", ".join(f"k{number}: 1" for number in range(1000))
        text = f"x-0: &a {{{keys}}}\n" + "".join(f"x-{number}: {{<<: *a}}\n" for number in range(1, 1000))
        (finding,) = findings(text)
        assert "stand for more than 400,000 values" in finding

    def test_a_thousand_services_may_share_much(self) -> None:
        common = "".join(f"  K{number}: text\n" for number in range(100))
        services = "".join(f"  s{number}: {{environment: {{<<: *common, N: {number}}}}}\n" for number in range(1000))
        read = value(f"x-common: &common\n{common}services:\n{services}")
        assert len(read["services"]["s999"]["environment"]) == 101

    def test_merging_along_a_chain_of_aliases(self) -> None:
        text = "x-0: &a0 {k0: 0}\n" + "".join(
            f"x-{number}: &a{number} {{<<: *a{number - 1} , k{number}: {number}}}\n" for number in range(1, 60)
        )
        assert value(text)["x-59"] == {f"k{number}": number for number in range(60)}


class TestDepth:
    MESSAGE = "values nest more than 100 deep here, more than any project needs [compose]"

    @pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}")])
    def test_as_deep_as_any_project(self, opening: str, closing: str) -> None:
        read = value(f"{opening * 100}{closing * 100}")
        for _level in range(99):
            (read,) = read.values() if isinstance(read, dict) else read
        assert not read or read == {"a": None}

    @pytest.mark.parametrize(
        "text",
        [
            "[" * 101 + "]" * 101,
            "[" * 1_000_000,
            "{a: " * 101 + "}" * 101,
            "{" * 100_000,
            "- " * 100_000,
            "? " * 100_000,
            "\n".join(" " * level + "a:" for level in range(102)),
        ],
        ids=["lists", "open lists", "mappings", "open mappings", "items", "keys", "indentation"],
    )
    def test_deeper_is_refused(self, text: str) -> None:
        (finding,) = findings(text)
        assert re.fullmatch(r"compose\.yaml:\d+: ", finding.removesuffix(self.MESSAGE))

    def test_aliases_count(self) -> None:
        links = "".join(f"x-{number}: &a{number} [*a{number - 1}]\n" for number in range(1, 101))
        (finding,) = findings(f"x-0: &a0 []\n{links}")
        assert finding == f"compose.yaml:100: {self.MESSAGE}"

    def test_a_deep_file_needs_little_of_the_stack(self) -> None:
        """Whoever reads a project may itself be deep in calls."""
        text = "&a {k: " * 99 + "!override 1" + "}" * 99
        deep = "x: " + text + "\ny: [*a]\n"

        def at(depth: int) -> Document:
            return at(depth - 1) if depth else only(deep)

        assert at(sys.getrecursionlimit() - 450).overridden


class TestBadInput:
    @pytest.mark.parametrize(
        ("character", "name"),
        [
            ("\0", "U+0000"),
            ("\x01", "U+0001"),
            ("\x1b", "U+001B"),
            ("\x7f", "U+007F"),
            ("\x80", "U+0080"),
            ("\ufffe", "U+FFFE"),
            ("\ud800", "U+D800"),
        ],
    )
    def test_characters_that_yaml_does_not_have(self, character: str, name: str) -> None:
        hint = r"an escape such as \x07 in double quotes may stand for it"
        assert findings(f"a: 1\nb: c{character}d\n") == [
            f"compose.yaml:2: column 5: the character {name}, which YAML does not allow ({hint}) [compose]"
        ]

    def test_all_problems_are_told_at_once_in_their_order(self) -> None:
        assert findings("x: *a\nb:\n  1: 2\n  c: !!int d\n---\ne: 1\ne: 2\n") == [
            "compose.yaml:1: the alias *a has no anchor &a above it [compose]",
            "compose.yaml:3 b: the key '1' is a number in YAML, expected text (put it in quotes) [compose]",
            "compose.yaml:4 b.c: found 'd', expected a number as the tag !!int says [compose]",
            "compose.yaml:7 e: the key 'e' stands here again, first on line 6 (keep one of the two) [compose]",
        ]

    @pytest.mark.parametrize(
        "text",
        [
            "- *a\n" * 5000,
            "a: 1\n" * 5000,
            "".join(f"{number}: a\n" for number in range(5000)),
            "- 2001-01-01\n" * 5000,
        ],
        ids=["aliases", "same keys", "numbers as keys", "dates"],
    )
    def test_not_all_of_thousands_of_problems_are_told(self, text: str) -> None:
        told = findings(text)
        assert len(told) == 101
        assert told[0] != told[99]
        assert told[100] == "compose.yaml: there are further problems, which are not told after 100 [compose]"

    def test_a_hundred_problems_are_all_told(self) -> None:
        assert len(findings("- !!int a\n" * 100)) == 100

    def test_thousands_of_documents(self) -> None:
        assert len(parse("---\n" * 1000, "compose.yaml")) == 1000
        message = "more than 1,000 documents stand in this file, more than any project needs"
        assert findings("---\n" * 100_000) == [f"compose.yaml:1001: {message} [compose]"]

    def test_binary_that_is_no_text(self) -> None:
        assert findings("x: !!binary gIE=\n") == [
            "compose.yaml:1 x: found something else, expected UTF-8 text in Base64 as the tag !!binary says [compose]"
        ]

    @pytest.mark.parametrize(
        "line",
        [
            'DB_PASSWORD: "hunter2" x',
            '- DB_PASSWORD=hunter2 "a": b: c',
            "'db_password': hunter2: a",
            "url: postgres://u:hunter2@db/: x",
        ],
    )
    def test_a_line_with_a_secret_is_not_shown(self, line: str) -> None:
        (finding,) = findings(f"{line}\n")
        assert "hunter2" not in finding
        assert finding.startswith("compose.yaml:1: column ")

    def test_a_long_line_is_not_shown(self) -> None:
        (finding,) = findings(f"a: b: {'c' * 100}\n")
        assert "ccc" not in finding

    @pytest.mark.parametrize(
        "text", ["a: [1, 2", "a: 'b", "a: {b", "? ", "a:\n - b\n c", "%", "!", "&", "*", "`", "\t"]
    )
    def test_a_file_that_ends_too_early(self, text: str) -> None:
        """No other exception escapes."""
        try:
            assert parse(text, "compose.yaml")
        except ComposeError as error:
            assert len(error.findings) == 1


def project(services: int) -> Iterator[str]:
    yield "x-env: &env {LOG: info, TZ: UTC}\nservices:\n"
    for number in range(services):
        yield (
            f"  service{number}:\n"
            f"    image: registry.example.com/team/service{number}:1.{number}\n"
            "    restart: unless-stopped\n"
            f'    command: ["python", "-m", "service{number}"]\n'
            "    environment:\n"
            "      <<: *env\n"
            f"      DB_HOST: db{number}\n"
            '      DEBUG: "false"\n'
            "    ports:\n"
            f'      - "{number + 1000}:80"\n'
            "    healthcheck:\n"
            '      test: ["CMD", "curl", "-f", "http://localhost/"]\n'
            "      interval: 10s\n"
            "    deploy:\n"
            "      resources:\n"
            "        limits: {cpus: '0.5', memory: 256M}\n"
        )


class TestLargeFiles:
    @pytest.fixture(autouse=True)
    def parser(self) -> None:
        """Not with PyYAML's own parser, which is fifty times slower."""

    def test_five_megabytes(self) -> None:
        text = "".join(project(12_500))
        assert len(text) > 5_000_000
        assert len(value(text)["services"]) == 12_500


class TestWithoutPyYaml:
    @pytest.fixture(autouse=True)
    def parser(self) -> None:
        """With neither parser."""

    def test_what_is_missing(self) -> None:
        """Ansible says what is missing, on which host, for which Python."""
        program = (
            f"import sys; sys.path[:0] = {sys.path!r}; sys.modules['yaml'] = None\n"
            f"from {yaml_text.__name__} import ComposeError, parse\n"
            "try: parse('a: 1', 'compose.yaml')\n"
            "except ComposeError as error: print(error)\n"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert "Failed to import the required Python library (PyYAML) on" in done.stdout
