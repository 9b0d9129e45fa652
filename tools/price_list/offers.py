# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS's offers, in each of the forms that they come in, as rates: one price of one product.

The forms are the bulk files as JSON and as CSV, what GetProducts of the `pricing` API returns, and the files of
Savings Plans. Prices are text in all of them, and stay exact.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

_ON_DEMAND = "OnDemand"
#: The columns of CSV files that are called otherwise in JSON.
_COLUMNS = {
    "Product Family": "productFamily",
    "usageType": "usagetype",
    "Region Code": "regionCode",
    "From Region Code": "fromRegionCode",
    "Transfer Type": "transferType",
    "To Location": "toLocation",
    "Instance Type": "instanceType",
    "Operating System": "operatingSystem",
    "Tenancy": "tenancy",
    "CapacityStatus": "capacitystatus",
    "Pre Installed S/W": "preInstalledSw",
    "Volume API Name": "volumeApiName",
    "Volume Type": "volumeType",
    "Group": "group",
    "operation": "operation",
}
#: Of the files of Savings Plans.
_PLAN_COLUMNS = {
    "Product Family": "productFamily",
    "DiscountedUsageType": "usagetype",
    "DiscountedRegionCode": "regionCode",
    "DiscountedServiceCode": "discountedServiceCode",
    "PurchaseOption": "purchaseOption",
    "LeaseContractLength": "leaseContractLength",
}
#: What a file that is not in the documented layout makes Python raise.
_DAMAGED = (KeyError, TypeError, ValueError, AttributeError, IndexError, InvalidOperation, csv.Error)


class OfferError(Exception):
    """An offer that is missing, or is not in the documented layout."""


@dataclass(frozen=True)
class Offer:
    """Dates are as AWS writes them: 2026-09-11T12:44:25Z."""

    code: str
    version: str
    published: str


@dataclass(frozen=True)
class Rate:
    """`begin` is where its tier begins. `usd` is for one `unit`."""

    offer: Offer
    sku: str
    rate_code: str
    attributes: Mapping[str, str]
    begin: Decimal
    unit: str
    usd: Decimal
    effective: str


def from_json(document: Any, usagetypes: Container[str], name: str) -> list[Rate]:
    """The on-demand rates of a bulk file that have one of the usage types."""
    try:
        offer = Offer(document["offerCode"], document["version"], document["publicationDate"])
        terms = document["terms"].get(_ON_DEMAND, {})
        return [
            rate
            for sku, product in document["products"].items()
            if product["attributes"].get("usagetype") in usagetypes
            for rate in _rates(offer, product, terms.get(sku, {}))
        ]
    except _DAMAGED as error:
        raise OfferError(f"{name}: {_layout(error)}") from error


def from_api(entries: Iterable[str], name: str) -> list[Rate]:
    """The on-demand rates of what GetProducts returned, each product a text of JSON."""
    try:
        return [rate for entry in entries for rate in _api_rates(json.loads(entry))]
    except _DAMAGED as error:
        raise OfferError(f"{name}: {_layout(error)}") from error


def _api_rates(document: Any) -> Iterator[Rate]:
    offer = Offer(document["serviceCode"], document["version"], document["publicationDate"])
    return _rates(offer, document["product"], document["terms"].get(_ON_DEMAND, {}))


def _rates(offer: Offer, product: Mapping[str, Any], terms: Mapping[str, Any]) -> Iterator[Rate]:
    attributes = {**product["attributes"], "productFamily": product.get("productFamily", "")}
    for term in terms.values():
        for dimension in term["priceDimensions"].values():
            yield Rate(
                offer,
                product["sku"],
                dimension["rateCode"],
                attributes,
                Decimal(dimension.get("beginRange") or 0),
                dimension["unit"],
                _dollars(dimension["pricePerUnit"]),
                term["effectiveDate"],
            )


def _dollars(price: Mapping[str, str]) -> Decimal:
    if "USD" not in price:
        raise ValueError(f"found a price in {', '.join(price) or 'no currency'}, expected USD")
    return Decimal(price["USD"])


def from_csv(lines: Iterable[str], usagetypes: Container[str], name: str) -> list[Rate]:
    """The same of a CSV file, row by row: the one of EC2 is larger than the memory of many machines."""
    try:
        offer, rows = _csv_rows(lines, "usageType", usagetypes)
        return [
            _csv_rate(offer, row, _COLUMNS, "PricePerUnit", Decimal(row["StartingRange"] or 0))
            for row in rows
            if row["TermType"] == _ON_DEMAND
        ]
    except _DAMAGED as error:
        raise OfferError(f"{name}: {_layout(error)}") from error


def plans_from_csv(lines: Iterable[str], usagetypes: Container[str], name: str) -> list[Rate]:
    """What a CSV file of Savings Plans says of the usage types."""
    try:
        offer, rows = _csv_rows(lines, "DiscountedUsageType", usagetypes)
        return [_csv_rate(offer, row, _PLAN_COLUMNS, "DiscountedRate", Decimal(0)) for row in rows]
    except _DAMAGED as error:
        raise OfferError(f"{name}: {_layout(error)}") from error


def _csv_rows(
    lines: Iterable[str], column: str, usagetypes: Container[str]
) -> tuple[Offer, Iterator[Mapping[str, str]]]:
    """Five lines say what the file is, the sixth names the columns. Of a million rows, a few have the usage types."""
    reader = csv.reader(lines)
    said = {row[0]: row[1] for row in (next(reader, []) for line in range(5))}
    columns = next(reader, [])
    offer = Offer(said["OfferCode"], said["Version"], said["Publication Date"])
    place = columns.index(column)
    return offer, (dict(zip(columns, row)) for row in reader if row[place] in usagetypes)


def _csv_rate(offer: Offer, row: Mapping[str, str], columns: Mapping[str, str], price: str, begin: Decimal) -> Rate:
    attributes = {name: row[column] for column, name in columns.items() if column in row}
    usd = _dollars({row["Currency"]: row[price]})
    return Rate(offer, row["SKU"], row["RateCode"], attributes, begin, row["Unit"], usd, row["EffectiveDate"])


def plans_from_json(document: Any, usagetypes: Container[str], name: str) -> list[Rate]:
    """What a JSON file of Savings Plans says of the usage types."""
    try:
        offer = Offer(
            document.get("offerCode", "ComputeSavingsPlans"), document["version"], document["publicationDate"]
        )
        plans = {plan["sku"]: plan for plan in document["products"]}
        return [
            _plan_rate(offer, plans[term["sku"]], term, rate)
            for term in document["terms"]["savingsPlan"]
            for rate in term["rates"]
            if rate["discountedUsageType"] in usagetypes
        ]
    except _DAMAGED as error:
        raise OfferError(f"{name}: {_layout(error)}") from error


def _plan_rate(offer: Offer, plan: Mapping[str, Any], term: Mapping[str, Any], rate: Mapping[str, Any]) -> Rate:
    attributes = {
        "productFamily": plan["productFamily"],
        "purchaseOption": plan["attributes"]["purchaseOption"],
        "leaseContractLength": str(term["leaseContractLength"]["duration"]),
        "usagetype": rate["discountedUsageType"],
        "regionCode": rate["discountedRegionCode"],
        "discountedServiceCode": rate["discountedServiceCode"],
    }
    usd = _dollars({rate["discountedRate"]["currency"]: rate["discountedRate"]["price"]})
    return Rate(offer, term["sku"], rate["rateCode"], attributes, Decimal(0), rate["unit"], usd, term["effectiveDate"])


def _layout(error: Exception) -> str:
    said = f"no {error}" if isinstance(error, KeyError) else str(error)
    return f"not in the layout that AWS documents for price lists: {said}"
