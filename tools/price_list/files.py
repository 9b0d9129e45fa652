# SPDX-License-Identifier: GPL-3.0-or-later
"""Offers of a folder, laid out as `<service>/<region>/index.json`, or `<service>/index.json` for what is global.

CSV files, `index.csv`, are read as well; what `--fetch` downloads has the same layout.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from tools.price_list.offers import OfferError, Rate, from_csv, from_json, plans_from_csv, plans_from_json
from tools.price_list.skus import SAVINGS_PLAN, Sku


class Folder:
    """A source of rates."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rates(self, service: str, region: str, skus: Sequence[Sku]) -> list[Rate]:
        usagetypes = {usagetype for sku in skus for usagetype in sku.usagetypes_in(region)}
        file = self._file(service, region)
        name = str(file.relative_to(self.path))
        plans = service == SAVINGS_PLAN
        try:
            if file.suffix == ".csv":
                with file.open(encoding="utf-8", newline="") as lines:
                    return (plans_from_csv if plans else from_csv)(lines, usagetypes, name)
            document = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise OfferError(f"{name}: not readable: {error}") from error
        return (plans_from_json if plans else from_json)(document, usagetypes, name)

    def _file(self, service: str, region: str) -> Path:
        folder = self.path / service
        for place in (folder / region, folder):
            for name in ("index.json", "index.csv"):
                if (place / name).is_file():
                    return place / name
        raise OfferError(f"{service} in {region}: found no file {folder / region / 'index.json'}, expected the offer")
