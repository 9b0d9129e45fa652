# SPDX-License-Identifier: GPL-3.0-or-later
"""From AWS's price list to a book: what is chosen, what is refused, and what is written."""

from __future__ import annotations

import fnmatch
import http.server
import json
import re
import runpy
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from ansible_collections.slipway.containers.plugins.module_utils._core.cost import price_book_data
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.book import shipped
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.catalogue import ITEMS, known
from botocore.stub import Stubber

from tools import refresh_price_book
from tools.prepare import ROOT
from tools.price_list.api import ENDPOINT_REGION, Api
from tools.price_list.fetch import Download, download
from tools.price_list.files import Folder
from tools.price_list.offers import OfferError, Rate
from tools.price_list.select import SelectionError, choose
from tools.price_list.skus import INSTANCE_TYPES, PREFIXES, REGIONS, SAVINGS_PLAN, Sku, instance, savings_plans, wanted
from tools.price_list.write import from_python, plain

CASES = ROOT / "tests/unit/cases/price_list"
OFFERS = CASES / "offers"
SKUS = {sku.key: sku for region in ("global", "us-east-1") for sku in wanted(region, INSTANCE_TYPES, True)}


def refresh(*words: str | Path) -> int:
    return refresh_price_book.main([str(word) for word in words])


def regions_of(path: Path) -> dict[str, dict[str, dict[str, str]]]:
    regions: dict[str, dict[str, dict[str, str]]] = json.loads(path.read_text(encoding="utf-8"))["regions"]
    return regions


def rates(key: str, region: str, folder: Path = OFFERS) -> list[Rate]:
    return Folder(folder).rates(SKUS[key].service, region, [SKUS[key]])


@pytest.fixture(scope="module")
def virginia(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, dict[str, str]]]:
    output = tmp_path_factory.mktemp("virginia") / "prices.json"
    assert refresh("--offers", OFFERS, "--region", "us-east-1", "--output", output) == 0
    return regions_of(output)


# What is looked for


def test_every_key_but_spot_is_looked_for() -> None:
    assert {key for key in ITEMS if not key.startswith("fargate_spot.")} <= set(SKUS)
    assert all(known(key) for key in SKUS)
    assert {sku.service == ITEMS[key].service for key, sku in SKUS.items() if key in ITEMS} == {True}


def test_ten_regions_are_covered_where_nobody_names_any() -> None:
    assert len(REGIONS) >= 10 and set(REGIONS) <= set(PREFIXES)


def test_prefixes_tell_regions_apart() -> None:
    prefixes = [prefix for region, of_region in PREFIXES.items() if region != "global" for prefix in of_region]
    assert len(prefixes) == len(set(prefixes))


# What is chosen


def test_all_of_virginia_is_what_the_shipped_book_has(virginia: dict[str, dict[str, dict[str, str]]]) -> None:
    """The figures of the offers are AWS's, and so are those of the book."""
    found = {
        (region, key): Decimal(price["usd"]) for region, prices in virginia.items() for key, price in prices.items()
    }
    for region, key in found:
        price = shipped().price(region, key)
        if key != "t4g.surplus_vcpu_hour":  # which the book does not have
            assert price and found[region, key] == price.usd, key
    assert len(found) == 48


def test_each_price_says_where_it_is_from(virginia: dict[str, dict[str, dict[str, str]]]) -> None:
    assert virginia["us-east-1"]["nat.hour"] == {
        "usd": "0.045",
        "unit": "hour",
        "source": "AWS Price List, AmazonEC2",
        "date": "2026-09-25",
        "confidence": "A",
        "sku": rates("nat.hour", "us-east-1")[0].sku,
        "rate_code": rates("nat.hour", "us-east-1")[0].rate_code,
        "offer_version": "20260925174521",
        "effective_date": "2026-08-01",
    }
    assert all(len(price) == 9 for prices in virginia.values() for price in prices.values())


def test_seoul_comes_from_json_and_csv() -> None:
    for key in ("nat.hour", "ec2.linux.t3.medium", "alb.hour", "logs.ingest_gb", "fargate.x86.vcpu_hour", "nat.gb"):
        price = shipped().price("ap-northeast-2", key)
        assert price and choose(SKUS[key], "ap-northeast-2", rates(key, "ap-northeast-2")).usd == price.usd, key


@pytest.mark.parametrize(
    ("key", "sku"),
    [
        ("fargate.x86.vcpu_hour", "K4EXFQ5YFQCP98EN"),
        ("fargate.x86.gb_hour", "UP5ETC3QSW2QZGEY"),
        ("fargate.arm.vcpu_hour", "KXC9CEUQGJQPNZPY"),
        ("fargate.arm.gb_hour", "MGJ5EB5GSHR8QZDF"),
    ],
)
def test_fargate_in_ireland_is_the_sku_that_aws_lists(key: str, sku: str) -> None:
    assert choose(SKUS[key], "eu-west-1", rates(key, "eu-west-1")).sku == sku


@pytest.mark.parametrize(
    ("key", "region", "usd"),
    [
        ("s3.standard_gb_month", "us-east-1", "0.023"),
        ("egress.gb_first_10tb", "ap-northeast-2", "0.126"),
        ("vpc_endpoint.gb", "us-east-1", "0.01"),
        ("route53.zone_month", "global", "0.5"),
    ],
)
def test_of_tiers_the_first_counts_wherever_it_stands(key: str, region: str, usd: str) -> None:
    assert len(rates(key, region)) > 1
    assert choose(SKUS[key], region, rates(key, region)).usd == Decimal(usd)


@pytest.mark.parametrize(("key", "usd"), [("s3.put_1k", "0.005"), ("secret.calls_10k", "0.05")])
def test_units_of_ours_may_be_many_of_aws(key: str, usd: str, virginia: Any) -> None:
    assert virginia["us-east-1"][key]["usd"] == usd


# What is refused

#: Of each key, rows that are easily taken for it: in the offers by usage type, and what only filters tell apart.
DECOYS = {
    "fargate.x86.vcpu_hour": {
        "Fargate-ARM-vCPU-Hours:perCPU",
        "Fargate-Windows-vCPU-Hours:perCPU",
        "ECS-EC2-vCPU-Hours:perCPU",
    },
    "fargate.x86.gb_hour": {"Fargate-ARM-GB-Hours", "Fargate-EphemeralStorage-GB-Hours", "ECS-EC2-GB-Hours"},
    "fargate.windows.vcpu_hour": {"Fargate-Windows-OS-Hours:perCPU", "ECS-Anywhere-Instance-hours"},
    "alb.hour": {"TS-LoadBalancerUsage", "Outposts-LoadBalancerUsage", "LoadBalancerUsage"},
    "alb.lcu_hour": {"ReservedLCUUsage", "IdleProvisionedLBCapacity", "LCUUsage"},
    "nlb.hour": {"TS-LoadBalancerUsage", "LoadBalancerUsage"},
    "ec2.linux.t3.medium": {"UnusedBox:t3.medium", "DedicatedUsage:t3.medium", "BoxUsage:t3.medium"},
    "nat.hour": {"RegionalNatGateway-Hours", "NatGateway-Prvd-Hours"},
    "nat.gb": {"RegionalNatGateway-Bytes", "NatGateway-Prvd-Bytes"},
    "ebs.gp3_gb_month": {"EBS:VolumeUsage.gp2", "EBS:VolumeP-IOPS.gp3", "EBS:VolumeP-Throughput.gp3"},
    "ipv4.hour": {"PublicIPv4:IdleAddress", "PublicIPv4:ContiguousBlock"},
    "vpc_endpoint.hour": {"VpcEndpoint-GWLBE-Hours"},
    "eks.cluster_hour": {"AmazonEKS-Hours:extendedSupport", "EKS-Auto:t3.medium", "Fargate-vCPU-Hours:perCPU"},
    "logs.ingest_gb": {"DataProcessingIA-Bytes", "VendedLog-Bytes"},
    "s3.standard_gb_month": {"TimedStorage-SIA-ByteHrs", "TimedStorage-ByteHrs"},
    "s3.put_1k": {"Requests-SIA-Tier1", "Requests-Tier1"},
    "efs.standard_gb_month": {"IATimedStorage-ByteHrs", "TimedStorage-Z-ByteHrs"},
    "ecr.gb_month": {"PublicTimedStorage-ByteHrs"},
    "t3.surplus_vcpu_hour": {"CPUCredits:t3", "CPUCredits:t4g"},
    "egress.gb_first_10tb": {"EUW2-AWS-Out-Bytes", "DataTransfer-Out-Bytes"},
    "route53.zone_month": {"DNS-Queries"},
}
FREE = {
    "ipv4.hour": "Global-PublicIPv4:InUseAddress",
    "logs.ingest_gb": "Global-DataProcessing-Bytes",
    "logs.store_gb_month": "Global-TimedStorage-ByteHrs",
    "egress.gb_first_10tb": "Global-DataTransfer-Out-Bytes",
}


def everything(service: str, region: str = "us-east-1") -> list[Rate]:
    """All on-demand rates of an offer, decoys among them."""
    place = OFFERS / service / ("" if region == "global" else region) / "index.json"
    document = json.loads(place.read_text(encoding="utf-8"))
    types = {product["attributes"]["usagetype"] for product in document["products"].values()}
    every = Sku("all", service, tuple(types))
    return Folder(OFFERS).rates(service, region, [every])


def bare(usagetype: str) -> str:
    return usagetype.removeprefix("USE1-")


@pytest.mark.parametrize("key", DECOYS)
def test_decoys_are_there_and_refused(key: str) -> None:
    region = "global" if key == "route53.zone_month" else "us-east-1"
    sku, rows = SKUS[key], everything(SKUS[key].service, region)
    refused = {bare(rate.attributes["usagetype"]) for rate in rows if not sku.matches(rate.attributes, region)}
    assert DECOYS[key] <= refused
    matching = {rate.sku for rate in rows if sku.matches(rate.attributes, region)}
    assert matching == {choose(sku, region, rows).sku}


@pytest.mark.parametrize("key", FREE)
def test_rows_of_the_free_tier_are_refused(key: str) -> None:
    rows = [rate for rate in everything(SKUS[key].service) if rate.attributes["usagetype"] == FREE[key]]
    assert [rate.usd for rate in rows] == [0]
    assert not any(SKUS[key].matches(rate.attributes, region) for rate in rows for region in PREFIXES)


def test_a_classic_load_balancer_is_told_by_its_family_alone() -> None:
    same = [rate for rate in everything("AWSELB") if rate.attributes["usagetype"] == "LoadBalancerUsage"]
    families = {rate.attributes["productFamily"]: rate.usd for rate in same}
    assert families["Load Balancer"] == Decimal("0.025")
    assert choose(SKUS["alb.hour"], "us-east-1", same).usd == Decimal("0.0225")
    classic = [rate for rate in same if rate.attributes["productFamily"] == "Load Balancer"]
    with pytest.raises(SelectionError, match=r"alb\.hour in us-east-1: found no price of AWSELB"):
        choose(SKUS["alb.hour"], "us-east-1", classic)


@pytest.mark.parametrize("region", ["us-east-1", "ap-northeast-2"])
def test_reserved_terms_are_no_prices(region: str) -> None:
    found = [rate.rate_code for rate in rates("ec2.linux.t3.medium", region)]
    assert found and not any(".4NA7Y494T4." in code for code in found)


def test_a_price_of_another_region_is_refused() -> None:
    moved = [
        replace(rate, attributes={**rate.attributes, "regionCode": "us-east-1-bos-1"})
        for rate in rates("nat.hour", "us-east-1")
    ]
    with pytest.raises(SelectionError, match="found no price"):
        choose(SKUS["nat.hour"], "us-east-1", moved)


def test_no_match_stops_with_the_name() -> None:
    with pytest.raises(SelectionError) as stopped:
        choose(SKUS["fargate.ephemeral_gb_hour"], "ap-northeast-2", [])
    assert str(stopped.value) == (
        "fargate.ephemeral_gb_hour in ap-northeast-2: found no price of AmazonECS with usagetype"
        " APN2-Fargate-EphemeralStorage-GB-Hours, expected one"
    )


def test_two_prices_stop_with_the_names() -> None:
    rate = rates("nat.hour", "us-east-1")[0]
    with pytest.raises(SelectionError) as stopped:
        choose(SKUS["nat.hour"], "us-east-1", [rate, replace(rate, sku="OTHER", usd=Decimal("0.05"))])
    assert "nat.hour in us-east-1: found different prices" in str(stopped.value)
    assert "OTHER at 0.05" in str(stopped.value) and f"{rate.sku} at 0.045" in str(stopped.value)


def test_two_products_with_one_price_are_one_price_whatever_their_order() -> None:
    rate = rates("nat.hour", "us-east-1")[0]
    other = replace(rate, sku="0FIRST")
    assert choose(SKUS["nat.hour"], "us-east-1", [rate, other]) == other
    assert choose(SKUS["nat.hour"], "us-east-1", [other, rate]) == other


def test_a_price_of_zero_is_a_free_tier() -> None:
    rate = replace(rates("nat.hour", "us-east-1")[0], usd=Decimal(0))
    with pytest.raises(SelectionError, match=r"nat\.hour in us-east-1: found .* at \$0, which is a free tier"):
        choose(SKUS["nat.hour"], "us-east-1", [rate])


def test_another_unit_stops() -> None:
    rate = replace(rates("nat.hour", "us-east-1")[0], unit="GB")
    with pytest.raises(SelectionError, match="with the unit 'GB', expected Hrs"):
        choose(SKUS["nat.hour"], "us-east-1", [rate])


def damage(document: dict[str, Any], how: str) -> Any:
    (sku,) = [
        sku for sku, product in document["products"].items() if product["attributes"]["usagetype"] == "HostedZone"
    ]
    dimension = next(iter(next(iter(document["terms"]["OnDemand"][sku].values()))["priceDimensions"].values()))
    if how == "euros":
        dimension["pricePerUnit"] = {"CNY": "0.50"}
    elif how == "words":
        dimension["pricePerUnit"] = {"USD": "cheap"}
    elif how == "no terms":
        del document["terms"]
    elif how == "products as a list":
        document["products"] = list(document["products"])
    return [] if how == "a list" else document


@pytest.mark.parametrize("how", ["euros", "words", "no terms", "products as a list", "a list"])
def test_a_damaged_offer_is_told_by_its_name(tmp_path: Path, how: str) -> None:
    document = damage(json.loads((OFFERS / "AmazonRoute53/index.json").read_text(encoding="utf-8")), how)
    (tmp_path / "AmazonRoute53").mkdir()
    (tmp_path / "AmazonRoute53/index.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(OfferError, match=r"^AmazonRoute53/index.json: not in the layout that AWS documents"):
        rates("route53.zone_month", "global", tmp_path)


@pytest.mark.parametrize("text", ["", "{", "a,b\n"], ids=["empty", "cut", "short"])
@pytest.mark.parametrize("kind", ["json", "csv"])
def test_a_cut_offer_is_told_by_its_name(tmp_path: Path, kind: str, text: str) -> None:
    place = tmp_path / f"AmazonEC2/eu-west-1/index.{kind}"
    place.parent.mkdir(parents=True)
    place.write_text(text, encoding="utf-8")
    with pytest.raises(OfferError, match=rf"^AmazonEC2/eu-west-1/index.{kind}: not "):
        rates("nat.hour", "eu-west-1", tmp_path)


# Savings Plans and Spot


def one(sku: Sku, listed: list[Rate]) -> Decimal | None:
    try:
        return choose(sku, "us-east-1", listed).usd
    except SelectionError as error:
        assert "found no price" in str(error)
        return None


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_savings_plans_are_the_shipped_ones(tmp_path: Path, kind: str) -> None:
    """Of all upfront, the book's sources name one rate, and so do these offers."""
    place = f"{SAVINGS_PLAN}/us-east-1/index.{kind}"
    (tmp_path / place).parent.mkdir(parents=True)
    shutil.copy(OFFERS / place, tmp_path / place)
    plans = list(savings_plans())
    listed = Folder(tmp_path).rates(SAVINGS_PLAN, "us-east-1", plans)
    prices = {sku.key: shipped().price("us-east-1", sku.key) for sku in plans}
    assert {sku.key: one(sku, listed) for sku in plans} == {
        key: price.usd if price else None for key, price in prices.items()
    }
    assert [*prices.values()].count(None) == 3


def test_a_rate_says_which_plan_it_is_of() -> None:
    sku = next(iter(savings_plans()))
    rate = choose(sku, "us-east-1", Folder(OFFERS).rates(SAVINGS_PLAN, "us-east-1", [sku]))
    assert rate.rate_code.startswith(f"{rate.sku}.") and rate.offer.published.startswith("2026-09-25")


def test_spot_prices_are_the_shipped_ones(tmp_path: Path) -> None:
    feed, output = CASES / "fargate-spot-prices.json", tmp_path / "prices.json"
    assert refresh("--spot", feed, "--spot-date", "2026-09-28", "--output", output) == 0
    found = regions_of(output)
    assert set(found) == {"eu-west-1", "us-east-1"}
    for region, prices in found.items():
        assert len(prices) == 4
        for key, price in prices.items():
            listed = shipped().price(region, key)
            assert listed and (Decimal(price["usd"]), price["date"]) == (listed.usd, listed.date)


@pytest.mark.parametrize(
    "feed",
    [{}, {"prices": []}, {"prices": [{}]}, [], {"prices": [{"unit": "GB-Hours", "attributes": {"aws:region": 7}}]}],
)
def test_a_damaged_feed_is_refused(tmp_path: Path, feed: Any, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "feed.json").write_text(json.dumps(feed), encoding="utf-8")
    assert refresh("--spot", tmp_path / "feed.json", "--spot-date", "2026-09-28") == 1
    assert "feed.json: " in capsys.readouterr().err


# What is written


def test_the_shipped_book_is_what_the_seed_makes(tmp_path: Path) -> None:
    output = tmp_path / "data.py"
    seed = ROOT / "tools/price_list/seed.json"
    assert refresh("--seed", seed, "--format", "python", "--output", output) == 0
    committed = Path(price_book_data.__file__).read_bytes()
    assert output.read_bytes() == committed, f"{refresh_price_book.__file__} --seed {seed} --format python"


@pytest.mark.parametrize("form", ["json", "python"])
def test_a_rerun_is_the_same_bytes(tmp_path: Path, form: str) -> None:
    """In another process, with another order of hashes and of regions."""
    outputs = []
    for run, regions in enumerate((["us-east-1", "eu-west-1"], ["eu-west-1", "us-east-1", "eu-west-1"])):
        outputs.append(tmp_path / f"prices.{run}")
        command = [
            *(sys.executable, "-m", "tools.refresh_price_book", "--offers", OFFERS, "--keep-older", "--format", form),
            *(word for region in regions for word in ("--region", region)),
            *("--savings-plans", "--output", outputs[-1]),
        ]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True, env={"PYTHONHASHSEED": str(run)})
    assert outputs[0].read_bytes() == outputs[1].read_bytes()


def test_the_python_book_loses_nothing(tmp_path: Path, virginia: Any) -> None:
    output = tmp_path / "data.py"
    refresh("--offers", OFFERS, "--region", "us-east-1", "--format", "python", "--output", output)
    text = output.read_text(encoding="utf-8")
    assert from_python(runpy.run_path(str(output))["PRICES"]) == virginia
    assert max(map(len, text.splitlines())) <= 120


def test_the_shipped_book_reads_what_the_generator_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, virginia: Any
) -> None:
    from ansible_collections.slipway.containers.plugins.module_utils._core.cost import book

    output = tmp_path / "data.py"
    refresh("--offers", OFFERS, "--region", "us-east-1", "--format", "python", "--output", output)
    monkeypatch.setattr(book, "PRICES", runpy.run_path(str(output))["PRICES"])
    read = book.shipped.__wrapped__()
    for region, prices in virginia.items():
        for key, price in prices.items():
            found = read.price(region, key)
            assert str(found.usd) == price["usd"]
            for name in ("unit", "source", "date", "confidence", "sku", "rate_code", "offer_version"):
                assert getattr(found, name) == price[name]


@pytest.mark.parametrize(
    ("text", "shown"), [("0.0404800000", "0.04048"), ("1E-7", "0.0000001"), ("2.0", "2"), ("100", "100")]
)
def test_prices_are_written_plainly(text: str, shown: str) -> None:
    assert plain(Decimal(text)) == shown


def test_nothing_is_written_where_something_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "prices.json"
    assert refresh("--offers", OFFERS, "--region", "ap-northeast-2", "--output", output) == 1
    told = capsys.readouterr().err
    assert not output.exists()
    assert "9 prices were not refreshed" in told
    for key in ("efs.standard_gb_month", "fargate.windows.gb_hour", "t3.surplus_vcpu_hour", "ec2.linux.c6i.large"):
        assert f"- {key} in ap-northeast-2: found no price of Amazon" in told


def test_older_prices_are_kept_only_when_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output, older = tmp_path / "prices.json", tmp_path / "older.json"
    price = {"usd": "0.33", "unit": "GB-month", "source": "a bill", "date": "2026-09", "confidence": "B"}
    nat = {"usd": "9", "unit": "hour", "source": "a bill", "date": "2026-09", "confidence": "B"}
    regions = {"ap-northeast-2": {"efs.standard_gb_month": price, "nat.hour": nat}, "sa-east-1": {"nat.hour": nat}}
    book = {"format": "slipway.containers price book 1", "currency": "USD", "regions": regions}
    older.write_text(json.dumps(book), encoding="utf-8")
    assert refresh("--offers", OFFERS, "--region", "ap-northeast-2", "--keep-older", older, "--output", output) == 0
    found = regions_of(output)
    assert found["ap-northeast-2"]["efs.standard_gb_month"] == price
    assert found["ap-northeast-2"]["nat.hour"]["usd"] == "0.059"
    assert found["sa-east-1"] == regions["sa-east-1"]
    assert "t3.surplus_vcpu_hour" not in found["ap-northeast-2"], "no value is made up"
    assert "not refreshed: efs.standard_gb_month in ap-northeast-2: found no price" in capsys.readouterr().err


def test_the_release_is_what_is_kept_where_no_book_is_named(tmp_path: Path) -> None:
    output = tmp_path / "prices.json"
    assert refresh("--offers", OFFERS, "--region", "us-east-1", "--keep-older", "--output", output) == 0
    found = regions_of(output)
    assert set(found) == {*shipped().prices}
    assert found["us-east-1"]["fargate_spot.x86.vcpu_hour"]["usd"] == "0.01288871"


@pytest.mark.parametrize("text", ["", "{}", '{"format": "slipway.containers price book 1"}'])
def test_a_damaged_older_book_stops(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "older.json").write_text(text, encoding="utf-8")
    assert refresh("--seed", tmp_path / "older.json", "--output", tmp_path / "new.json") == 1
    assert "older.json: " in capsys.readouterr().err and not (tmp_path / "new.json").exists()


@pytest.mark.parametrize(
    "words",
    [
        *([], ["--offers", "x", "--api"], ["--api", "--seed", "x"], ["--spot", "x"], ["--spot-date", "2026-09-28"]),
        ["--offers", "x", "--region", "mars-1"],
    ],
    ids=" ".join,
)
def test_sources_that_do_not_go_together_are_refused(words: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        refresh(*words)
    assert stopped.value.code == 2


# The API


def entry_of(document: dict[str, Any], sku: str) -> str:
    """A product as GetProducts returns it: a text of JSON."""
    said = {name: document[name] for name in ("version", "publicationDate")}
    terms = {"OnDemand": document["terms"]["OnDemand"][sku]}
    product = document["products"][sku]
    return json.dumps({"product": product, "serviceCode": document["offerCode"], "terms": terms, **said})


def entries_of(region: str, key: str) -> list[str]:
    """All that have the usage type of a key."""
    document = json.loads((OFFERS / SKUS[key].service / region / "index.json").read_text(encoding="utf-8"))
    types = SKUS[key].usagetypes_in(region)
    products = document["products"].items()
    return [entry_of(document, sku) for sku, product in products if product["attributes"]["usagetype"] in types]


def pricing() -> Any:
    session = boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing")
    return session.client("pricing", region_name=ENDPOINT_REGION)


def asked(key: str, region: str, usagetype: str) -> dict[str, Any]:
    sku = SKUS[key]
    fields = {sku.region_field: region, "usagetype": usagetype, **sku.filters}
    filters = [{"Type": "TERM_MATCH", "Field": field, "Value": fields[field]} for field in sorted(fields)]
    return {"ServiceCode": sku.service, "Filters": filters}


def test_the_api_is_asked_with_exact_filters_and_for_all_pages() -> None:
    """The right row is on the last page, after one that costs nothing."""
    entries = entries_of("ap-northeast-2", "alb.hour")
    right = [entry for entry in entries if "Load Balancer-Application" in entry]
    wrong = [entry for entry in entries if entry not in right]
    client, usagetype = pricing(), "APN2-LoadBalancerUsage"
    with Stubber(client) as stubber:
        first = asked("alb.hour", "ap-northeast-2", usagetype)
        stubber.add_response("get_products", {"PriceList": wrong, "NextToken": "more"}, first)
        stubber.add_response("get_products", {"PriceList": right}, {**first, "NextToken": "more"})
        found = Api(client).rates("AWSELB", "ap-northeast-2", [SKUS["alb.hour"]])
        stubber.assert_no_pending_responses()
    assert len(wrong) == 3 and len(right) == 1
    assert choose(SKUS["alb.hour"], "ap-northeast-2", found).usd == Decimal("0.0225")


def test_in_virginia_both_spellings_are_asked_for() -> None:
    client = pricing()
    with Stubber(client) as stubber:
        entries = entries_of("us-east-1", "logs.ingest_gb")
        for usagetype, page in (("DataProcessing-Bytes", []), ("USE1-DataProcessing-Bytes", entries)):
            request = asked("logs.ingest_gb", "us-east-1", usagetype)
            stubber.add_response("get_products", {"PriceList": page}, request)
        found = Api(client).rates("AmazonCloudWatch", "us-east-1", [SKUS["logs.ingest_gb"]])
        stubber.assert_no_pending_responses()
    assert choose(SKUS["logs.ingest_gb"], "us-east-1", found).usd == Decimal("0.5")


def test_traffic_is_asked_for_by_where_it_comes_from() -> None:
    fields = [each["Field"] for each in asked("egress.gb_first_10tb", "eu-west-1", "x")["Filters"]]
    assert "fromRegionCode" in fields and "regionCode" not in fields


def test_a_refusal_of_the_api_is_told_with_the_key() -> None:
    client = pricing()
    with Stubber(client) as stubber:
        stubber.add_client_error(
            "get_products", "AccessDeniedException", "not authorized to perform pricing:GetProducts"
        )
        with pytest.raises(OfferError, match=r"GetProducts of alb.hour in eu-west-1: .*pricing:GetProducts"):
            Api(client).rates("AWSELB", "eu-west-1", [SKUS["alb.hour"]])


class Filtering:
    """GetProducts over the offers: of a product, every filter must be one of its attributes, word for word."""

    def get_paginator(self, name: str) -> Filtering:
        return self

    def paginate(self, **request: Any) -> Iterator[dict[str, list[str]]]:
        asked_for = {each["Field"]: each["Value"] for each in request["Filters"]}
        service = request["ServiceCode"]
        place = OFFERS / service / ("" if service == "AmazonRoute53" else "us-east-1") / "index.json"
        document = json.loads(place.read_text(encoding="utf-8"))
        for sku, product in document["products"].items():
            attributes = {"productFamily": product.get("productFamily"), **product["attributes"]}
            if asked_for.items() <= attributes.items():
                yield {"PriceList": [entry_of(document, sku)]}


def test_a_book_from_the_api_is_the_one_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refresh_price_book.api, "client", Filtering)
    by_api, by_files = tmp_path / "api.json", tmp_path / "files.json"
    assert refresh("--api", "--region", "us-east-1", "--output", by_api) == 0
    assert refresh("--offers", OFFERS, "--region", "us-east-1", "--output", by_files) == 0
    assert by_api.read_bytes() == by_files.read_bytes()


def test_the_api_has_no_savings_plans(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(refresh_price_book.api, "client", Filtering)
    assert refresh("--api", "--region", "us-east-1", "--savings-plans") == 1
    told = capsys.readouterr().err
    assert f"- {SAVINGS_PLAN} in us-east-1: GetProducts has no Savings Plans, expected --offers or --fetch" in told


# Fetching


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, list[str]]]:
    """AWS's bulk price list on loopback: its address, and what was asked for."""
    root = tmp_path / "www"
    for file in OFFERS.rglob("index.*"):
        service, *region = file.relative_to(OFFERS).parent.parts
        place = root / "offers/v1.0/aws" / service / "current" / Path(*region) / file.name
        if service == SAVINGS_PLAN:
            place = root / "savingsPlan/v1.0/aws" / service / "20260925194510" / Path(*region) / file.name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, place)
    plans = root / "savingsPlan/v1.0/aws" / SAVINGS_PLAN
    (plans / "current").mkdir()
    version = f"/savingsPlan/v1.0/aws/{SAVINGS_PLAN}/20260925194510/us-east-1/index.json"
    index = {"regions": [{"regionCode": "us-east-1", "versionUrl": version}]}
    (plans / "current/region_index.json").write_text(json.dumps(index), encoding="utf-8")
    asked_for: list[str] = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: Any) -> None:
            asked_for.append(self.path)

        def do_GET(self) -> None:
            if self.path == "/cut":
                self.send_response(200)
                self.send_header("Content-Length", "1000")
                self.end_headers()
                self.wfile.write(b"only this")
            else:
                super().do_GET()

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(root))) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}", asked_for
        listening.shutdown()
        thread.join()


def test_a_fetched_book_is_the_one_from_files(tmp_path: Path, server: tuple[str, list[str]]) -> None:
    url, asked_for = server
    fetched, from_files = tmp_path / "fetched.json", tmp_path / "files.json"
    common = ["--region", "ap-northeast-2", "--keep-older"]
    assert refresh("--fetch", "--base-url", url, *common, "--output", fetched) == 0
    assert refresh("--offers", OFFERS, *common, "--output", from_files) == 0
    assert fetched.read_bytes() == from_files.read_bytes()
    assert "/offers/v1.0/aws/AmazonEC2/current/ap-northeast-2/index.csv" in asked_for
    assert "/offers/v1.0/aws/AmazonRoute53/current/index.json" in asked_for
    assert len(asked_for) == len(set(asked_for)) == 12


def test_downloads_are_kept_where_a_folder_is_named(
    tmp_path: Path, server: tuple[str, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    url, asked_for = server
    words = [
        "--fetch",
        "--base-url",
        url,
        "--offers",
        tmp_path / "offers",
        "--region",
        "ap-northeast-2",
        "--keep-older",
    ]
    assert refresh(*words, "--output", tmp_path / "first.json") == 0
    assert "fetching http://127.0.0.1" in capsys.readouterr().err
    before = len(asked_for)
    assert refresh(*words, "--output", tmp_path / "second.json") == 0
    assert len(asked_for) == before
    assert (tmp_path / "first.json").read_bytes() == (tmp_path / "second.json").read_bytes()


def test_savings_plans_are_found_through_their_index(tmp_path: Path, server: tuple[str, list[str]]) -> None:
    source = Download(tmp_path, server[0], keep=False, say=print)
    sku = next(iter(savings_plans()))
    assert choose(sku, "us-east-1", source.rates(SAVINGS_PLAN, "us-east-1", [sku])).usd == Decimal("0.032384")
    with pytest.raises(OfferError, match="found no Savings Plans of eu-west-1"):
        source.rates(SAVINGS_PLAN, "eu-west-1", [sku])


def test_what_cannot_be_fetched_is_told(tmp_path: Path, server: tuple[str, list[str]]) -> None:
    source = Download(tmp_path, server[0], keep=False, say=print)
    with pytest.raises(OfferError, match=r"AmazonECS/current/sa-east-1/index.json: could not be fetched: .*404"):
        source.rates("AmazonECS", "sa-east-1", [SKUS["fargate.x86.vcpu_hour"]])


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/x", "file:///etc/passwd", "nonsense"])
def test_an_address_that_does_not_answer_is_told(tmp_path: Path, url: str) -> None:
    with pytest.raises(OfferError, match=re.escape(url)):
        download(url, tmp_path / "file", print)
    assert not (tmp_path / "file").exists()


def test_a_connection_that_ends_early_leaves_no_file(tmp_path: Path, server: tuple[str, list[str]]) -> None:
    with pytest.raises(OfferError, match="/cut: "):
        download(f"{server[0]}/cut", tmp_path / "file", print)
    assert not (tmp_path / "file").exists()


# As users have it


def shipped_tools() -> list[str]:
    """The files under tools that are in the artifact, as ansible-galaxy decides it."""
    ignored = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["build_ignore"]
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "tools"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    return sorted(
        name
        for name in listed
        if not any(
            fnmatch.fnmatch(str(part), pattern) for part in (Path(name), *Path(name).parents) for pattern in ignored
        )
    )


def test_of_the_tools_users_get_the_one_that_makes_a_price_book() -> None:
    names = shipped_tools()
    assert "tools/refresh_price_book.py" in names
    assert [name for name in names if name != "tools/refresh_price_book.py" and "tools/price_list/" not in name] == []
    assert [name for name in names if not name.endswith(".py")] == []


def test_it_runs_where_the_collection_is_installed(tmp_path: Path) -> None:
    """By its path, from elsewhere, with Python alone."""
    installed = tmp_path / "ansible_collections/slipway/containers"
    for name in [*shipped_tools(), *(str(path.relative_to(ROOT)) for path in (ROOT / "plugins").rglob("*.py"))]:
        (installed / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, installed / name)
    output = tmp_path / "prices.json"
    tool = installed / "tools/refresh_price_book.py"
    command = [sys.executable, "-I", tool, "--offers", OFFERS, "--region", "us-east-1", "--output", output]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(regions_of(output)["us-east-1"]) == 47


def test_nothing_but_the_api_needs_more_than_python() -> None:
    """-S leaves out all that is installed."""
    code = "import sys; sys.path.insert(0, '.'); import tools.refresh_price_book; print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "boto" not in done.stdout and "ansible_collections" not in done.stdout


def test_instances_are_asked_for_by_name() -> None:
    types = {sku.key for sku in wanted("eu-west-1", ["t3.nano", "t3.nano"], False) if sku.key.startswith("ec2.")}
    assert types == {"ec2.linux.t3.nano"}
    assert instance("t3.nano").usagetypes_in("eu-west-1") == ("EU-BoxUsage:t3.nano",)
