# SPDX-License-Identifier: GPL-3.0-or-later
"""Rates from GetProducts of the `pricing` API, with an AWS account that may call pricing:GetProducts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tools.price_list.offers import OfferError, Rate, from_api
from tools.price_list.skus import SAVINGS_PLAN, Sku

#: The API answers in three regions, for all of them.
ENDPOINT_REGION = "us-east-1"


def client() -> Any:
    """boto3 is needed here alone, so it is imported here."""
    try:
        import boto3
    except ImportError as error:
        raise OfferError("found no boto3, which --api needs: pip install boto3") from error
    return boto3.client("pricing", region_name=ENDPOINT_REGION)


class Api:
    """A source of rates. All pages are read: the first line of the first page is often a free one."""

    def __init__(self, pricing: Any) -> None:
        self._pricing = pricing

    def rates(self, service: str, region: str, skus: Sequence[Sku]) -> list[Rate]:
        if service == SAVINGS_PLAN:
            raise OfferError(f"{service} in {region}: GetProducts has no Savings Plans, expected --offers or --fetch")
        return [
            rate
            for sku in skus
            for usagetype in sku.usagetypes_in(region)
            for rate in from_api(self._products(sku, region, usagetype), f"GetProducts of {sku.key} in {region}")
        ]

    def _products(self, sku: Sku, region: str, usagetype: str) -> list[str]:
        from botocore.exceptions import BotoCoreError, ClientError

        place = {sku.region_field: region} if sku.region_field else {}
        # An empty value is no filter that AWS takes; the selection asks for it afterwards.
        fields = {name: value for name, value in {"usagetype": usagetype, **place, **sku.filters}.items() if value}
        filters = [{"Type": "TERM_MATCH", "Field": name, "Value": fields[name]} for name in sorted(fields)]
        try:
            pages = self._pricing.get_paginator("get_products").paginate(ServiceCode=sku.service, Filters=filters)
            return [entry for page in pages for entry in page["PriceList"]]
        except (BotoCoreError, ClientError) as error:
            raise OfferError(f"GetProducts of {sku.key} in {region}: {error}") from error
