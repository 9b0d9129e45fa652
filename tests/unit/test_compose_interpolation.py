# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables in texts, and texts cast to other types. The tables hold what the real Compose makes of them.

tests/integration/test_compose_interpolation_cli.py runs the same tables through it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.interpolation import (
    LONGEST,
    MissingVariableError,
    substitute,
    to_boolean,
    to_float,
    to_int,
)
from hypothesis import given, settings
from hypothesis import strategies as st

REFUSED = r"expected|required"
DERANDOMIZED = settings(derandomize=True, deadline=None, database=None, max_examples=300)

#: SET has a value with a reference in it, which stays as it is; EMPTY has an empty one; all else is not set.
VARIABLES = {"SET": "a ${SET} $", "EMPTY": "", "_": "underscore", "N1": "digit", "set": "lower"}

FILLED_IN = [
    ("", ""),
    ("plain", "plain"),
    ("$SET", "a ${SET} $"),
    ("${SET}", "a ${SET} $"),
    ("<$N1-${N1}>", "<digit-digit>"),
    ("$N1$N1${N1}$_", "digitdigitdigitunderscore"),
    ("$set ${set}", "lower lower"),
    ("$NOT_SET|${NOT_SET}", "|"),
    ("$EMPTY|${EMPTY}", "|"),
    ("${NOT_SET-default}", "default"),
    ("${NOT_SET:-default}", "default"),
    ("${EMPTY-default}", ""),
    ("${EMPTY:-default}", "default"),
    ("${N1-default}", "digit"),
    ("${N1:-default}", "digit"),
    ("${NOT_SET-}${NOT_SET:-}", ""),
    ("${NOT_SET+word}", ""),
    ("${NOT_SET:+word}", ""),
    ("${EMPTY+word}", "word"),
    ("${EMPTY:+word}", ""),
    ("${N1+word}", "word"),
    ("${N1:+word}", "word"),
    ("${N1+}", ""),
    ("${N1?message}", "digit"),
    ("${N1:?message}", "digit"),
    ("${N1:?}", "digit"),
    ("${EMPTY?message}", ""),
    # nested
    ("${NOT_SET:-$N1}", "digit"),
    ("${NOT_SET:-${N1}}", "digit"),
    ("${NOT_SET:-${EMPTY:-${NOT_SET_EITHER-c}}}", "c"),
    ("${N1:+${EMPTY:-x}y${N1}}", "xydigit"),
    ("${NOT_SET:-a${EMPTY:-b}c}d${N1}e", "abcddigite"),
    ("${N1:?say ${EMPTY:-it}}", "digit"),
    # the operator is what comes first
    ("${NOT_SET:--}", "-"),
    ("${NOT_SET-:-x}", ":-x"),
    ("${NOT_SET:-?:+}", "?:+"),
    ("${N1+:-x}", ":-x"),
    ("${NOT_SET:-http://localhost:80/?a=b+c}", "http://localhost:80/?a=b+c"),
    # dollars
    ("$$", "$"),
    ("$$$$", "$$"),
    ("$$N1", "$N1"),
    ("$$$N1", "$digit"),
    ("$${N1}", "${N1}"),
    ("${NOT_SET:-$$}", "$"),
    ("${NOT_SET:-$${N1}}", "${N1}"),
    # what is no reference is text
    ("$", "$"),
    ("100$", "100$"),
    ("$1", "$1"),
    ("$1.50 $2", "$1.50 $2"),
    ("$ N1 $-N1 $.N1 $(N1) $", "$ N1 $-N1 $.N1 $(N1) $"),
    ("${NOT_SET:-$1}", "$1"),
    ("{N1} }{", "{N1} }{"),
    ("%s \\$N1", "%s \\digit"),
    # defaults with braces
    ("${NOT_SET:-{}}", "{}"),
    ('${NOT_SET:-{"a":{"b":1}}}', '{"a":{"b":1}}'),
    ("${NOT_SET:-a}b}", "ab}"),
    ("${NOT_SET:-{a}", "{a"),
    ("${NOT_SET:-{}} ${NOT_SET:-{}}", "{}} {"),
    ("${NOT_SET:-{a}} ${NOT_SET:-{b}}", "{a} {b}"),
    ("${NOT_SET:-é{é}}", "é{é}"),
    ("{${N1:+x}}", "{x}"),
    # lines
    ("a\n${NOT_SET:-b}\n${N1}\n", "a\nb\ndigit\n"),
    ("${NOT_SET:-a}\n}", "a\n}"),
    ("${NOT_SET:-{a}\n}", "{a\n}"),
    ("${NOT_SET:-\t x \r}", "\t x \r"),
    # letters as Go folds them: the long s and the Kelvin sign count, the dotless i does not
    ("$N1é", "digité"),
    ("$\u017f", ""),
    ("$N1\u212a", ""),
    ("$\u0131", "$\u0131"),
    ("${NOT_SET:-größe}", "größe"),
]

#: The template, what it shows of itself, and what it expects.
NAME, CLOSING, OPERATOR = "a name of", "a closing } of its own", "} or one of :- - :? ? :+ + after"
MALFORMED = [
    ("${}", "'${}'", NAME),
    ("${", "'${'", NAME),
    ("${1}", "'${1}'", NAME),
    ("${ N1}", "'${ ...'", NAME),
    ("${-x}", "'${-...'", NAME),
    ("${é}", "'${é}'", NAME),
    ("${\nN1}", "'${'", NAME),
    ("a ${!N1} b", "'${!...'", NAME),
    ("${N1", "'${N1'", CLOSING),
    ("${N1\n}", "'${N1'", CLOSING),
    ("a ${N1:-b", "'${N1:-...'", CLOSING),
    ("${N1:-b\n}", "'${N1:-...'", CLOSING),
    ("${NOT_SET:-${N1}", "'${N1'", CLOSING),
    ("${NOT_SET:-${N1:-b}", "'${N1:-...'", CLOSING),
    ("${NOT_SET:-{}} ${N1}", "'${N1'", CLOSING),
    ("${N1!}", "'${N1!}'", OPERATOR),
    ("${N1 }", "'${N1 }'", OPERATOR),
    ("${N1:}", "'${N1:}'", OPERATOR),
    ("${N1:=b}", "'${N1:...'", OPERATOR),
    ("${N1.b}", "'${N1....'", OPERATOR),
    ("${N1}${N1[0]}", "'${N1[...'", OPERATOR),
    ("${N1:+${N1!}}", "'${N1!}'", OPERATOR),
]

#: The template, the variable, and what is said of it.
MISSING = [
    ("${NOT_SET?}", "NOT_SET", "is not set, expected a value"),
    ("${NOT_SET:?}", "NOT_SET", "is not set, expected a value"),
    ("${EMPTY:?}", "EMPTY", "is empty, expected a value"),
    ("a ${NOT_SET?set it in .env: see README} b", "NOT_SET", "is not set: set it in .env: see README"),
    ("${EMPTY:?cannot be empty}", "EMPTY", "is empty: cannot be empty"),
    ("${NOT_SET:?set ${N1} or $SET}", "NOT_SET", "is not set: set ${N1} or $SET"),
    ("${N1:-${NOT_SET:?even where it is not used}}", "NOT_SET", "is not set: even where it is not used"),
    ("${NOT_SET:?${EMPTY:?inner}}", "EMPTY", "is empty: inner"),
]

#: The template and the variables that Compose warns of.
NOT_SET = [
    ("$NOT_SET ${NOT_SET} $OTHER", ["NOT_SET", "NOT_SET", "OTHER"]),
    ("$SET ${EMPTY} $_", []),
    ("${NOT_SET-} ${NOT_SET:-} ${NOT_SET+} ${NOT_SET:+}", []),
    ("${N1:-$NOT_SET}", ["NOT_SET"]),
    ("${NOT_SET:+${OTHER}}", ["OTHER"]),
    ("$$NOT_SET $1", []),
]


@pytest.mark.parametrize(("template", "expected"), FILLED_IN)
def test_filled_in(template: str, expected: str) -> None:
    assert substitute(template, VARIABLES.get) == expected


@pytest.mark.parametrize(("template", "shown", "expected"), MALFORMED)
def test_malformed(template: str, shown: str, expected: str) -> None:
    with pytest.raises(ValueError, match="is no valid reference") as caught:
        substitute(template, VARIABLES.get)
    message = str(caught.value)
    assert message.startswith(f"{shown} is no valid reference, expected {expected}")
    assert message.endswith("; a literal $ is written $$")


@pytest.mark.parametrize(("template", "name", "said"), MISSING)
def test_missing(template: str, name: str, said: str) -> None:
    with pytest.raises(MissingVariableError) as caught:
        substitute(template, VARIABLES.get)
    assert str(caught.value) == f"the required variable '{name}' {said}"
    assert caught.value.name == name


@pytest.mark.parametrize(("template", "names"), NOT_SET)
def test_what_is_not_set_is_told(template: str, names: list[str]) -> None:
    told: list[str] = []
    substitute(template, VARIABLES.get, told.append)
    assert told == names


@pytest.mark.parametrize(
    "template",
    [
        *(template.replace("b", "s3cret") for template, _shown, _expected in MALFORMED),  # b is what defaults say
        *(template for template, _name, _said in MISSING),
    ],
)
def test_no_message_holds_a_value_or_a_default(template: str) -> None:
    secrets = {"SET": "s3cret", "N1": "s3cret", "EMPTY": ""}
    with pytest.raises(ValueError, match=REFUSED) as caught:
        substitute(f"$SET {template}", secrets.get)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("text", ["nginx:1.25", "", "{}", "x" * 10_000])
def test_a_text_without_a_dollar_is_the_same_text(text: str) -> None:
    assert substitute(text, VARIABLES.get) is text


def nested(times: int) -> str:
    return "${NOT_SET:-" * times + "x" + "}" * times


def test_nesting_has_an_end() -> None:
    assert substitute(nested(50), VARIABLES.get) == "x"
    for times in (51, 100_000):
        with pytest.raises(ValueError, match="nested more than 50 deep"):
            substitute(nested(times), VARIABLES.get)


@pytest.mark.parametrize("unbalanced", ["${NOT_SET:-{}} ", "${NOT_SET:-{} "])
def test_braces_that_do_not_add_up_nest_as_well(unbalanced: str) -> None:
    with pytest.raises(ValueError, match="nested more than 50 deep"):
        substitute(unbalanced * 10_000 + "}" * 10_000, VARIABLES.get)


@pytest.mark.parametrize("part", ["${NOT_SET:-x}", "${NOT_SET:-x}\n", "${N1}", nested(3), "$$", "$1"])
def test_a_long_text_takes_its_length(part: str) -> None:
    """Were the time its square, this would take minutes."""
    once = substitute(part, VARIABLES.get)
    assert substitute(part * 20_000 + "y" * 1_000_000, VARIABLES.get) == once * 20_000 + "y" * 1_000_000


def test_a_result_that_nobody_can_hold_is_refused() -> None:
    megabyte = {"N1": "x" * 2**20}
    assert len(substitute("$N1" * 16, megabyte.get)) == LONGEST
    for bomb in ("$N1" * 100_000, "${NOT_SET-$N1}" * 100_000, nested(2).replace("x", "$N1" * 8) * 100):
        with pytest.raises(ValueError, match="too long, expected at most 16777216 characters"):
            substitute(bomb, megabyte.get)


def test_a_long_name_or_message_is_cut() -> None:
    for template in ("${" + "N" * 10_000, "${" + "N" * 10_000 + "?}", "${NOT_SET?" + "m" * 10_000 + "}"):
        with pytest.raises(ValueError, match=REFUSED) as caught:
            substitute(template, VARIABLES.get)
        assert len(str(caught.value)) < 500


@DERANDOMIZED
@given(st.text())
def test_two_dollars_are_one(text: str) -> None:
    assert substitute(text.replace("$", "$$"), VARIABLES.get) == text


@DERANDOMIZED
@given(st.lists(st.sampled_from(["$", "{", "}", "N1", "NOT_SET", ":", "-", "?", "+", "${", "x", "\n", "{}"])))
def test_any_text_is_filled_in_or_refused_in_words(parts: list[str]) -> None:
    try:
        assert len(substitute("".join(parts), VARIABLES.get)) <= LONGEST
    except ValueError as problem:
        assert re.search(REFUSED, str(problem))


# Casts

INTEGERS = [
    ("3", 3),
    ("+3", 3),
    ("0", 0),
    ("-0", 0),
    ("007", 7),
    ("0" * 5000 + "7", 7),
    ("9223372036854775807", 2**63 - 1),
    ("-3", -3),
    ("-9223372036854775808", -(2**63)),
]
NO_INTEGERS = [
    *("", " 3", "3 ", "3\n", "+", "-", "--1", "+-1", "1_0", "0x10", "0b1", "1e3", "3.0", "three", "٣", "²"),
    *("9223372036854775808", "-9223372036854775809", "9" * 5000, "-" + "9" * 5000),
]

FLOATS = [
    ("1", 1.0),
    ("0.5", 0.5),
    (".5", 0.5),
    ("5.", 5.0),
    ("+.5e-3", 0.0005),
    ("1e3", 1000.0),
    ("1E3", 1000.0),
    ("1e+03", 1000.0),
    ("1_000", 1000.0),
    ("1_0.5", 10.5),
    ("0_1", 1.0),
    ("1e0_2", 100.0),
    ("0x1p-2", 0.25),
    ("0X1P+2", 4.0),
    ("0x.8p1", 1.0),
    ("0x8.p1", 16.0),
    ("0x_1p4", 16.0),
    ("0x1_0p0", 16.0),
    ("1e-400", 0.0),
    ("0x1p-5000", 0.0),
    ("inf", math.inf),
    ("-INF", -math.inf),
    ("+Infinity", math.inf),
]
NO_FLOATS = [
    *(
        "",
        " 1",
        "1 ",
        "1\n",
        ".",
        "+",
        "1e",
        "1e+",
        "--1",
        "1,5",
        "1f",
        "0x1",
        "0x",
        "0xp1",
        "0b1",
        "0o7",
        "half",
        "１",
    ),
    *("_1", "1_", "1__0", "1_.5", "1._5", "1e_5", "1_e5", "0x1_p0", "0x_.8p0", "0x1p_0"),
    *("infin", "infinity_", "\u0131nf", "+nan", "-nan", "nano"),
    *("1e400", "-1e400", "0x1p5000", "1.7976931348623159e308"),
]

BOOLEANS = [
    *(("true", True), ("TRUE", True), ("tRuE", True), ("y", True), ("Y", True), ("yes", True), ("on", True)),
    *(("false", False), ("False", False), ("n", False), ("No", False), ("off", False)),
]
NO_BOOLEANS = ["", "1", "0", "t", "f", "true ", " true", "ja", "enabled", "ye\u017f", "null"]


@pytest.mark.parametrize(("text", "number"), INTEGERS)
def test_to_int(text: str, number: int) -> None:
    assert to_int(text) == number


@pytest.mark.parametrize(("text", "number"), FLOATS)
def test_to_float(text: str, number: float) -> None:
    assert to_float(text) == number


@pytest.mark.parametrize("text", ["nan", "NaN", "NAN"])
def test_to_float_of_no_number(text: str) -> None:
    assert math.isnan(to_float(text))


@pytest.mark.parametrize(("text", "boolean"), BOOLEANS)
def test_to_boolean(text: str, boolean: bool) -> None:
    assert to_boolean(text) is boolean


@pytest.mark.parametrize(
    ("cast", "text"),
    [
        *((to_int, text) for text in NO_INTEGERS),
        *((to_float, text) for text in NO_FLOATS),
        *((to_boolean, text) for text in NO_BOOLEANS),
    ],
)
def test_no_cast_is_guessed(cast: Callable[[str], object], text: str) -> None:
    with pytest.raises(ValueError, match=r"\Afound .+, expected "):
        cast(text)


@pytest.mark.parametrize("cast", [to_int, to_float, to_boolean])
def test_no_message_holds_what_is_cast(cast: Callable[[str], object]) -> None:
    with pytest.raises(ValueError, match="found another text") as caught:
        cast("s3cret")
    assert "s3cret" not in str(caught.value)


@DERANDOMIZED
@given(st.integers(-(2**63), 2**63 - 1))
def test_to_int_reads_what_it_is_written_as(number: int) -> None:
    assert to_int(str(number)) == number


@DERANDOMIZED
@given(st.floats(allow_nan=False))
def test_to_float_reads_what_it_is_written_as(number: float) -> None:
    assert to_float(str(number)) == number
    assert to_float(number.hex().replace("0x0.0p+0", "0x0p0")) == number


@pytest.mark.parametrize("text", ["0" * 300_000 + "x", "1_" * 300_000, "1" * 300_000 + "x"])
def test_a_long_text_is_no_number_at_once(text: str) -> None:
    for cast in (to_int, to_float):
        with pytest.raises(ValueError, match="found another text"):
            cast(text)
