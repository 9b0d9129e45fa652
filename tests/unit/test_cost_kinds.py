# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of resources: cases/cost_kinds/<situation>/resources.yaml, the lines that it makes, and what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.amounts import (
    SHARE,
    amount,
    digits,
    positive,
    to_decimal,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.catalogue import known
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.estimate import HOURS, Estimator
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.instances import INSTANCES
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.kinds.counts import counts_of
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.kinds.custom import Custom
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.kinds.ec2 import Ec2Instance
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.kinds.fargate import FargateTask
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.kinds.left_out import left_out
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.kinds.network import PublicIpv4
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.kinds.registry import (
    KINDS,
    MOST_RESOURCES,
    RULE,
    read_parts,
    read_resource,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.price import Book
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.scenario import (
    OWN_PRICE,
    Part,
    Scenario,
    Usage,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.span import Span
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.fargate_sizes import LINUX
from ansible_collections.slipway.containers.plugins.module_utils._core.findings import ERROR
from ansible_collections.slipway.containers.plugins.module_utils._core.options.schema import (
    Value,
    checks_of,
    keys_of,
    required_of,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.docs_cost_kinds import cost_kinds_page, lines_of

CASES = Path(__file__).parent / "cases" / "cost_kinds"
FOLDERS = sorted(CASES.iterdir()) if CASES.is_dir() else []
KEYS = [(word, name) for word, kind in KINDS.items() for name in keys_of(kind)]
COUNTED = ("fargate_task", "ec2_instance", "ebs_gp3", "public_ipv4")
#: Keys that take words.
WORDS = {("fargate_task", "architecture"), ("fargate_task", "os"), ("ec2_instance", "type")}
FLAGS = {("eks_cluster", "extended_support")}
NUMBERS = [key for key in KEYS if key not in WORDS | FLAGS]

DERANDOMIZED = settings(derandomize=True, deadline=None, database=None, max_examples=200)


def found(resources: Any) -> dict[str, Any]:
    """All that comes of a list of resources, as plain data."""
    parts, findings = read_parts(resources, "resources")
    lines = [told(part, usage) for part in parts for usage in part.resource.usages(HOURS)]
    return {"lines": lines, "findings": [finding.as_text() for finding in findings]}


def told(part: Part, usage: Usage) -> dict[str, Any]:
    line: dict[str, Any] = {"part": part.label, "item": usage.item, "key": usage.key}
    line["quantity"] = " ".join(digits(number) for number in usage.quantity)
    line["formula"] = usage.formula
    if not usage.fixed:
        line["fixed"] = False
    if usage.assumption:
        line["assumption"] = usage.assumption
    if usage.cost is not None:
        line["cost"] = " ".join(digits(number) for number in usage.cost)
    return line


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_cases(folder: Path) -> None:
    resources = yaml.safe_load((folder / "resources.yaml").read_text(encoding="utf-8"))
    assert found(resources) == yaml.safe_load((folder / "expected.yml").read_text(encoding="utf-8"))


def product(formula: str) -> Decimal:
    """What the numbers of a formula make; what stands in brackets only explains one of them."""
    made = Decimal(1)
    for operator, factor in re.findall(r"(^| x | / )([0-9.]+(?: %)?)", re.sub(r" \(.*?\)", "", formula)):
        number = Decimal(factor.removesuffix(" %")) / (100 if factor.endswith("%") else 1)
        made = made / number if operator == " / " else made * number
    return made


def expected_of(usage: Usage) -> Decimal:
    return usage.quantity.expected if usage.cost is None else usage.cost.expected


def usages_of_cases() -> Iterable[Usage]:
    for folder in FOLDERS:
        resources = yaml.safe_load((folder / "resources.yaml").read_text(encoding="utf-8"))
        for part in read_parts(resources, "resources")[0]:
            yield from part.resource.usages(HOURS)


def test_the_numbers_of_a_formula_make_the_quantity() -> None:
    usages = [*usages_of_cases(), *(usage for kind in KINDS.values() for usage in lines_of(kind))]
    assert len(usages) > 100
    for usage in usages:
        assert product(usage.formula) == expected_of(usage), usage


def test_formulas_count_in_words() -> None:
    task = FargateTask(vcpu=Decimal("0.5"), memory_gib=Decimal(1), count=3)
    assert [usage.formula for usage in task.usages(HOURS)] == ["3 tasks x 0.5 vCPU x 730 h", "3 tasks x 1 GB x 730 h"]
    (one,) = PublicIpv4().usages(Decimal("0.5"))
    assert one.formula == "1 address x 0.5 h"


@pytest.mark.parametrize("word", KINDS)
def test_lines_have_keys_of_the_catalogue(word: str) -> None:
    keys = [usage.key for usage in lines_of(KINDS[word])]
    assert keys
    assert all(known(key) or (key == OWN_PRICE and word == "custom") for key in keys)


@pytest.mark.parametrize(("word", "name"), KEYS)
def test_examples_hold_their_key_and_are_sound(word: str, name: str) -> None:
    example = keys_of(KINDS[word])[name].example
    assert name in example
    made, findings = read_resource({"kind": word, **example}, "x")
    assert made is not None and findings == []
    assert list(made.usages(HOURS))


@pytest.mark.parametrize("word", KINDS)
def test_a_kind_is_a_frozen_mapping_of_its_keys(word: str) -> None:
    kind = KINDS[word]
    assert word == kind.KIND
    assert {field for field in kind.__annotations__ if field not in ("KIND", "KEYS", "CHECKS")} == {*keys_of(kind)}
    assert all(entry.says.endswith(".") for entry in keys_of(kind).values())


@pytest.mark.parametrize(
    "bad", ["text", "", [1], {"a": 1}, True, False, float("nan"), float("inf"), -1, "1e999", 1e300]
)
@pytest.mark.parametrize(("word", "name"), NUMBERS)
def test_numbers_refuse_all_else(word: str, name: str, bad: Any) -> None:
    example = keys_of(KINDS[word])[name].example
    made, findings = read_resource({"kind": word, **example, name: bad}, "x")
    assert made is None
    assert [(finding.rule, finding.severity, finding.path) for finding in findings] == [(RULE, ERROR, f"x.{name}")]
    assert re.match(r"found .*, expected (a |one|0\.25)", findings[0].message)


@pytest.mark.parametrize(("word", "name"), [key for key in KEYS if key[1] in required_of(KINDS[key[0]])])
def test_required_numbers_are_missed(word: str, name: str) -> None:
    example = {**keys_of(KINDS[word])[name].example, name: None}
    made, findings = read_resource({"kind": word, **example}, "x")
    assert made is None
    assert [finding.path for finding in findings] == [f"x.{name}"]
    assert findings[0].message.startswith("the key is missing, expected ")


@pytest.mark.parametrize("word", KINDS)
@pytest.mark.parametrize("slip", [str.upper, lambda word: word.replace("_", "-"), lambda word: f"{word}s"])
def test_misspelt_kinds_are_understood(word: str, slip: Any) -> None:
    if slip(word) != word:
        (finding,) = read_resource({"kind": slip(word)}, "x")[1]
        assert finding.path == "x.kind" and finding.hint == f"did you mean '{word}'?"


def test_ten_thousand_resources_are_read_and_one_more_is_refused_once() -> None:
    parts, findings = read_parts([{"kind": "alb"}] * MOST_RESOURCES, "resources")
    assert len(parts) == len({part.label for part in parts}) == 10_000 and findings == []
    parts, findings = read_parts([{"kind": "alp"}] * (MOST_RESOURCES + 1), "resources")
    assert parts == ()
    (finding,) = findings
    assert (finding.path, finding.message) == ("resources", "found 10001 resources, expected at most 10000")


@pytest.mark.parametrize("value", [None, "alb", 3, True, {"kind": "alb"}], ids=str)
def test_resources_are_a_list(value: Any) -> None:
    parts, findings = read_parts(value, "scenarios[a].resources")
    assert parts == ()
    assert [finding.path for finding in findings] == ["scenarios[a].resources"]
    assert findings[0].message.endswith(", expected a list of resources")


@pytest.mark.parametrize("word", COUNTED)
@given(least=st.integers(0, 50), more=st.integers(0, 50), mean=st.none() | st.integers(0, 120))
@DERANDOMIZED
def test_ranges(word: str, least: int, more: int, mean: int | None) -> None:
    most = least + more
    example = keys_of(KINDS[word])["count"].example
    written = {**example, "kind": word, "count": None, "count_min": least, "count_max": most, "count_expected": mean}
    made, findings = read_resource(written, "x")
    sound = most > 0 and (mean is None or (mean > 0 and least <= mean <= most))
    assert (made is not None) is sound is (findings == [])
    if isinstance(made, (FargateTask, PublicIpv4)):
        middle = Decimal(least + most) / 2 if mean is None else Decimal(mean)
        assert counts_of(made)[0] == Span(Decimal(least), middle, Decimal(most))
        assert bool(counts_of(made)[1]) is (mean is None and more > 0)


_SIZES = [(Decimal(units) / 1024, Decimal(mib) / 1024) for units, memories in LINUX.items() for mib in memories]


@given(
    size=st.sampled_from(_SIZES),
    ends=st.tuples(st.integers(0, 20), st.integers(0, 20)),
    share=st.integers(0, 100),
    disk=st.integers(20, 200),
    updates=st.integers(0, 40),
)
@DERANDOMIZED
def test_tasks_on_spot_and_on_demand_are_all_tasks(
    size: tuple[Decimal, Decimal], ends: tuple[int, int], share: int, disk: int, updates: int
) -> None:
    least, most = ends[0], ends[0] + ends[1] + 1
    written = {"vcpu": str(size[0]), "memory_gib": str(size[1]), "count_min": least, "count_max": most}
    more = {"spot_share": share / 100, "ephemeral_gib": disk, "deployments_per_month": updates}
    made, findings = read_resource({"kind": "fargate_task", **written, **more}, "x")
    assert made is not None and findings == []
    usages = {usage.key: usage for usage in made.usages(HOURS)}
    assert ("fargate_spot.x86.vcpu_hour" in usages) is (share > 0)
    assert ("fargate.ephemeral_gb_hour" in usages) is (disk > 20)
    both = Span(Decimal(0), Decimal(0), Decimal(0))
    for name in ("fargate", "fargate_spot"):
        if f"{name}.x86.vcpu_hour" in usages:
            both = both.plus(usages[f"{name}.x86.vcpu_hour"].quantity)
    hours = Span(least * HOURS, Decimal(least + most) / 2 * HOURS, most * HOURS + Decimal(updates * 10 * most) / 60)
    assert both == hours.times(size[0])
    for usage in usages.values():
        assert product(usage.formula) == usage.quantity.expected
        assert usage.quantity.low <= usage.quantity.expected
        assert usage.quantity.expected <= usage.quantity.high or "spot" in usage.key


def test_an_unknown_type_has_no_price_and_is_not_free() -> None:
    estimate = Estimator(Book()).estimate(Scenario("a", "us-east-1", (Part("node", Ec2Instance("x9.mega")),)))
    (line,) = estimate.lines
    assert line.cost is None and line.price is None
    assert not estimate.complete


def test_an_own_price_without_a_figure_is_not_free() -> None:
    """Whoever makes one without reading it gets no zero."""
    estimate = Estimator(Book()).estimate(Scenario("a", "us-east-1", (Part("vm", Custom(low=Decimal(3))),)))
    assert estimate.lines[0].cost is None
    assert not estimate.complete


INSTANCE_FACTS = [
    ("t3.nano", 2, "0.5", "x86", "0.05"),
    ("t3.small", 2, "2", "x86", "0.2"),
    ("t3.medium", 2, "4", "x86", "0.2"),
    ("t4g.large", 2, "8", "arm", "0.3"),
    ("t3a.xlarge", 4, "16", "x86", "0.4"),
    ("m5.large", 2, "8", "x86", None),
    ("m7g.medium", 1, "4", "arm", None),
    ("c5.large", 2, "4", "x86", None),
    ("c7g.4xlarge", 16, "32", "arm", None),
    ("r6i.2xlarge", 8, "64", "x86", None),
]


@pytest.mark.parametrize(("name", "vcpu", "gib", "architecture", "baseline"), INSTANCE_FACTS)
def test_instances(name: str, vcpu: int, gib: str, architecture: str, baseline: str | None) -> None:
    instance = INSTANCES[name]
    assert (instance.type, instance.vcpu, instance.memory_gib) == (name, vcpu, Decimal(gib))
    assert instance.architecture == architecture
    assert instance.baseline == (None if baseline is None else Decimal(baseline))


def test_only_graviton_has_medium_sizes_of_fixed_performance() -> None:
    medium = {name for name, instance in INSTANCES.items() if name.endswith(".medium") and instance.baseline is None}
    assert medium == {f"{family}.medium" for family in ("c6g", "c7g", "m6g", "m7g", "r6g", "r7g")}
    assert all(known(f"ec2.linux.{name}") for name in INSTANCES)


NUMBERS_READ = [
    (3, "3"),
    (0.1, "0.1"),
    (1e-07, "0.0000001"),
    (0.01 / 3, "0.0033333333333333335"),
    ("0.50", "0.5"),
    (" 7 ", "7"),
    (".5", "0.5"),
    ("5.", "5"),
    ("1e3", "1000"),
    ("+2", "2"),
    ("-2", "-2"),
    (Decimal("0.3"), "0.3"),
    (10**12, "1000000000000"),
]


@pytest.mark.parametrize(("written", "shown"), NUMBERS_READ, ids=repr)
def test_numbers_are_what_is_written(written: Any, shown: str) -> None:
    assert to_decimal(written) == Decimal(shown)
    assert digits(to_decimal(written)) == shown


NO_NUMBERS = [
    *(True, None, "", " ", "x", "1,5", "1_0", "0x10", "1e100", "NaN", "Infinity", "--1", "1e", "٣", "9" * 41, b"1"),
    *([1], {}),
]
#: And what is said of them.
ABSURD_NUMBERS = [
    *((number, "found no finite number, expected one") for number in (float("nan"), float("-inf"), Decimal("NaN"))),
    *(
        (number, "found a number beyond 1000000000000, expected a smaller one")
        for number in (1e13, 10**400, Decimal("-1e999999"), "1e99", -(10**13))
    ),
    *((number, "found a number with more than 30 decimals, expected fewer") for number in ("1e-31", 1e-300)),
]


@pytest.mark.parametrize("written", NO_NUMBERS, ids=lambda value: repr(value)[:20])
def test_what_is_no_number(written: Any) -> None:
    with pytest.raises(ValueError, match=r"^$"):
        to_decimal(written)


@pytest.mark.parametrize(("written", "message"), ABSURD_NUMBERS, ids=lambda value: repr(value)[:20])
def test_absurd_numbers(written: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        to_decimal(written)


BOUNDS: list[tuple[Value, list[Any], list[Any], str]] = [
    (amount(0, "GiB"), [0, 1, "2.5"], [-1, "-0.1"], "a number of GiB, 0 or more"),
    (amount(1, "percent", 100), [1, 100], [0, 100.5], "a number of percent from 1 to 100"),
    (positive("GiB"), ["0.001", 5], [0, -1], "a number of GiB above 0"),
    (positive("hours", 744), [1, 744], [0, 745], "a number of hours above 0, 744 at most"),
    (SHARE, [0, 1, "0.7"], [-0.1, 1.5, 70], "a share from 0 to 1, such as 0.7 for 70 %"),
]


@pytest.mark.parametrize(("value", "good", "bad", "noun"), BOUNDS, ids=lambda each: getattr(each, "noun", None))
def test_bounds(value: Value, good: list[Any], bad: list[Any], noun: str) -> None:
    assert value.noun == noun
    assert [value.convert(written) for written in good] == [to_decimal(written) for written in good]
    for written in bad:
        with pytest.raises(ValueError, match=r"^$"):
            value.convert(written)


TASKS = "{kind: fargate_task, vcpu: 0.5, memory_gib: 1, count: 3}"
NODES = "{kind: ec2_instance, type: t3.medium, count: 3}"
#: What is listed, and how the sentences about what is not begin and end.
LEFT_OUT = {
    "nothing": ("", []),
    "own prices": ("{kind: custom, usd_per_month: 40}", []),
    "tasks alone": (
        TASKS,
        [
            ("Fargate tasks: they have no way out", "(public_ipv4, nat_gateway or vpc_endpoint)."),
            ("Fargate tasks: no load balancer", "(alb or nlb)."),
            ("Fargate tasks: they write logs", "(logs)."),
        ],
    ),
    "tasks with all they need": (
        f"{TASKS}, {{kind: alb, lcu: 1}}, {{kind: public_ipv4, count: 3}}, {{kind: nat_gateway, gib: 1}},"
        " {kind: logs, gib_ingested: 5}, {kind: egress, gib: 1}",
        [],
    ),
    "tasks with addresses of their own": (
        f"{TASKS}, {{kind: nlb, nlcu: 1}}, {{kind: public_ipv4, count: 5}}, {{kind: logs, gib_ingested: 5}},"
        " {kind: egress, gib: 1}",
        [],
    ),
    "tasks whose addresses are those of the balancer": (
        f"{TASKS}, {{kind: alb, lcu: 1}}, {{kind: public_ipv4, count: 2}}, {{kind: logs, gib_ingested: 5}},"
        " {kind: egress, gib: 1}",
        [("Fargate tasks: they have no way out", "")],
    ),
    "tasks behind endpoints": (
        f"{TASKS}, {{kind: alb, lcu: 1}}, {{kind: public_ipv4, count: 2}}, {{kind: logs, gib_ingested: 5}},"
        " {kind: egress, gib: 1}, {kind: vpc_endpoint, count: 3}",
        [],
    ),
    "nodes alone": (
        NODES,
        [
            ("EC2: 3 instances and 0 volumes", "(ebs_gp3)."),
            ("EC2 instances: they have no way out", ""),
            ("EC2 instances: no load balancer", "(alb or nlb)."),
        ],
    ),
    "one host": (
        "{kind: ec2_instance, type: t3.medium}, {kind: ebs_gp3, gib: 20}, {kind: public_ipv4}, {kind: egress, gib: 9}",
        [],
    ),
    "fewer disks than nodes": (
        f"{NODES}, {{kind: ebs_gp3, gib: 20}}, {{kind: public_ipv4, count: 9}}, {{kind: egress, gib: 9}},"
        " {kind: alb, lcu: 1}",
        [("EC2: 3 instances and 1 volume;", "")],
    ),
    "balancers without addresses and traffic": (
        "{kind: alb}, {kind: nlb}",
        [("Load balancer:", "(public_ipv4)."), ("ALB:", "(lcu)."), ("NLB:", "(nlcu)."), ("Internet:", "(egress).")],
    ),
    "a gateway without address and traffic": (
        "{kind: nat_gateway}",
        [("NAT gateway: it has a public IPv4", "(public_ipv4)."), ("NAT gateway: what passes", "(gib).")],
    ),
    "a control plane without nodes": ("{kind: eks_cluster}", [("EKS:", "(ec2_instance or fargate_task).")]),
}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_left_out(name: str) -> None:
    written, sentences = LEFT_OUT[name]
    parts, findings = read_parts(yaml.safe_load(f"[{written}]"), "resources")
    assert findings == []
    said = left_out(part.resource for part in parts)
    assert len(said) == len(sentences), said
    for sentence, (start, end) in zip(said, sentences):
        assert sentence.startswith(start) and sentence.endswith(end)


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
_TREES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
_NAMES = st.sampled_from([*sorted({name for _word, name in KEYS}), "name", "kynd"]) | st.text(max_size=5)


@settings(DERANDOMIZED, max_examples=300)
@given(kind=st.sampled_from([*KINDS]), keys=st.dictionaries(_NAMES, _TREES, max_size=5), other=_TREES)
def test_no_value_breaks_the_reader(kind: str, keys: dict[str, Any], other: Any) -> None:
    parts, findings = read_parts([{**keys, "kind": kind}, other], "resources")
    for finding in findings:
        assert finding.path.startswith("resources[")
        assert finding.message and "\n" not in finding.message
    for part in parts:
        assert all(expected_of(usage).is_finite() for usage in part.resource.usages(HOURS))


def test_the_page_names_every_key_and_every_line() -> None:
    page = cost_kinds_page()
    for word, kind in KINDS.items():
        assert f"\n## `{word}`\n" in page
        for name, key in keys_of(kind).items():
            assert f"\n| `{name}` | {key.kind.noun} |" in page
            assert key.says in page
        for check in checks_of(kind):
            assert f"- {check.sentence} ({check.severity})" in page
        for usage in lines_of(kind):
            assert f"\n| {usage.item} | " in page and usage.formula in page
    assert "| Fargate vCPU | `fargate.x86.vcpu_hour` | vCPU-hour | no | 1 task x 0.5 vCPU x 730 h |" in page
