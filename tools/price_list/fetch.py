# SPDX-License-Identifier: GPL-3.0-or-later
"""Rates from AWS's bulk price list, downloaded into a folder. It needs no credentials."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from plugins.module_utils._core.cost.price import GLOBAL
from tools.price_list.files import Folder
from tools.price_list.offers import OfferError, Rate
from tools.price_list.skus import SAVINGS_PLAN, Sku

BASE_URL = "https://pricing.us-east-1.amazonaws.com"
_PIECE = 1024 * 1024
_TIMEOUT = 60
#: Hundreds of MB for a region: as CSV they are read row by row, as JSON they would have to fit into memory.
_LARGE = {"AmazonEC2", SAVINGS_PLAN}

Say = Callable[[str], None]


class Download:
    """A source of rates: the folder, filled as files are asked for. A file that is there already is not fetched again.

    Without `keep` a file goes once it is read: all regions together would take many GB.
    """

    def __init__(self, folder: Path, base_url: str, keep: bool, say: Say) -> None:
        self._folder, self._base_url, self._keep, self._say = folder, base_url.rstrip("/"), keep, say

    def rates(self, service: str, region: str, skus: Sequence[Sku]) -> list[Rate]:
        kind = "csv" if service in _LARGE else "json"
        place = self._folder / service / ("" if region == GLOBAL else region) / f"index.{kind}"
        if not place.exists():
            download(_url(service, region, kind, self._base_url), place, self._say)
        rates = Folder(self._folder).rates(service, region, skus)
        if not self._keep:
            place.unlink()
        return rates


def _url(service: str, region: str, kind: str, base_url: str) -> str:
    if service == SAVINGS_PLAN:
        return _plan_url(region, kind, base_url)
    within = "" if region == GLOBAL else f"{region}/"
    return f"{base_url}/offers/v1.0/aws/{service}/current/{within}index.{kind}"


def _plan_url(region: str, kind: str, base_url: str) -> str:
    """Savings Plans have no `current` for a region; an index names the version."""
    index = f"{base_url}/savingsPlan/v1.0/aws/{SAVINGS_PLAN}/current/region_index.json"
    try:
        with _opened(index) as answer:
            regions = {entry["regionCode"]: entry["versionUrl"] for entry in json.load(answer)["regions"]}
        return base_url + str(Path(regions[region]).with_suffix(f".{kind}"))
    except (KeyError, TypeError, ValueError) as error:
        raise OfferError(f"{index}: found no Savings Plans of {region}") from error


def download(url: str, place: Path, say: Say) -> None:
    """In pieces, and under another name until it is whole."""
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = place.with_name(place.name + ".part")
    received, told = 0, 0
    try:
        with _opened(url) as answer, partial.open("wb") as file:
            size = int(answer.headers.get("Content-Length") or 0)
            say(f"fetching {url} ({size / 1e6:.1f} MB)" if size else f"fetching {url}")
            while piece := answer.read(_PIECE):
                file.write(piece)
                received += len(piece)
                if received - told >= 100 * _PIECE:
                    told = received
                    say(f"  {received / 1e6:.0f} MB" + (f" of {size / 1e6:.0f} MB" if size else ""))
    except (OSError, HTTPException) as error:
        raise OfferError(f"{url}: could not be fetched: {error}") from error
    if size and received != size:
        raise OfferError(f"{url}: found {received} bytes, expected {size}: the connection ended early")
    partial.replace(place)


def _opened(url: str) -> HTTPResponse:
    if urlsplit(url).scheme not in ("http", "https"):
        raise OfferError(f"{url}: found no http or https address, expected one such as {BASE_URL}")
    try:
        answer: HTTPResponse = urlopen(url, timeout=_TIMEOUT)
        return answer
    except (URLError, OSError, HTTPException, ValueError) as error:
        raise OfferError(f"{url}: could not be fetched: {error}") from error
