# SPDX-License-Identifier: GPL-3.0-or-later
"""The reference page of the price book, made from the book, the catalogue and the options."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ansible_collections.slipway.containers.plugins.module_utils._core.cost.book import CURRENCY, FORMAT, shipped
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.catalogue import (
    EC2_LINUX,
    GLOBAL_KEYS,
    ITEMS,
    Item,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.overrides import Override
from ansible_collections.slipway.containers.plugins.module_utils._core.cost.price import CONFIDENCE, GLOBAL, Price
from ansible_collections.slipway.containers.plugins.module_utils._core.options.schema import REQUIRED, keys_of

#: A book of one's own. A test reads it.
EXAMPLE = f"""\
{{
 "format": "{FORMAT}",
 "currency": "{CURRENCY}",
 "regions": {{
  "eu-west-1": {{
   "nat.hour": {{
    "usd": "0.048",
    "unit": "hour",
    "source": "AWS Price List, AmazonEC2",
    "date": "2026-09-25",
    "confidence": "A"
   }}
  }},
  "global": {{
   "route53.zone_month": {{
    "usd": "0.50",
    "unit": "zone-month",
    "source": "our bill of October",
    "date": "2026-10",
    "confidence": "B"
   }}
  }}
 }}
}}
"""

#: The option, as a task has it. A test reads it.
OVERRIDES = """\
price_overrides:
  - key: ec2.linux.t3.large
    region: eu-north-1
    usd: 0.0864
    unit: hour
    source: our contract of 2026
    date: "2026-09-01"
  - key: route53.zone_month
    usd: 0.50
    unit: zone-month
"""

_HEAD = f"""\
# The price book

Generated from the book itself by `make generate`; do not edit.

`cost_check` never uses a network. Its prices are in a book that comes with the collection, in a book of your own, or
in the option `price_overrides`. A price that none of them has is unknown: its line costs `null`, the scenario is
incomplete, and the verdict is indeterminate. It is never taken for zero.

Prices are list prices on demand in US dollars, before tax, without free tiers and credits, for the first tier where
AWS has several. GB is AWS's GB, which is 2**30 bytes. What costs the same everywhere, {", ".join(sorted(GLOBAL_KEYS))},
stands under `{GLOBAL}`.
"""

_FORMAT = """\
## A book of your own

A JSON file. `format` and `currency` are always the same; `usd` is a text or a number, and is read exactly as it is
written; `unit` has to be the one of the key; `date` is a day or a month, and not in the future. `sku`, `rate_code`,
`offer_version` and `effective_date` may say more of a price from AWS's list. The book replaces the one of the release;
it is read as a whole or not at all, and everything that is wrong is reported at once.
"""

_OVERRIDES = """\
## Single prices

The option `price_overrides` goes before any book. Where prices are missing, the result has this option ready to
paste, with `usd` left to fill in. Their confidence is `user`.
"""

_REFRESH = """\
## A newer book

`tools/refresh_price_book.py` makes a book from AWS's price list. It comes with the collection, in the folder
`ansible_collections/slipway/containers`, and needs Python alone; `--api` needs boto3. Run it there, or by its path.

From AWS's bulk price list, which needs no account. The files of EC2 have hundreds of MB for each region:

```sh
python tools/refresh_price_book.py --fetch --region eu-west-1 --region us-east-1 --output prices.json
```

From files that are there already, as `offers/AmazonECS/eu-west-1/index.json`, or `index.csv`. With `--fetch` beside
it, `--offers` says where downloads stay:

```sh
python tools/refresh_price_book.py --offers offers --region eu-west-1 --output prices.json
```

From the API, with an AWS account that may call `pricing:GetProducts`:

```sh
python tools/refresh_price_book.py --api --region eu-west-1 --output prices.json
```

AWS's price list leaves out Fargate Spot. The table on AWS's page has a feed, which is not documented and has no date;
saved as a file, it is read with the day on which it was saved:

```sh
python tools/refresh_price_book.py --spot fargate-spot-prices.json --spot-date 2026-09-28 --keep-older \\
  --output prices.json
```

`--savings-plans` adds the rates of Compute Savings Plans, from files or `--fetch`; the API has none. `--instance-type`
may be repeated; left out, it is the usual ones.

Each price is found exactly once, by the whole usage type and by filters, or nothing is written and each one that
failed is named: none found, two different prices, a free tier, another unit or another currency. Not every region has
everything, such as Windows on Fargate. `--keep-older` then keeps what the book of this release knows, or a book that
is named after it, and says so. The same input makes the same bytes.

Use the book with the option `price_book: prices.json`. In a checkout, `--format python` with `--output
plugins/module_utils/_core/cost/price_book_data.py` makes it the book of the release.
"""


def price_book_page() -> str:
    """The page."""
    return "\n".join(
        [
            _HEAD,
            *_regions(),
            *_confidence(),
            *_catalogue(),
            _FORMAT,
            f"```json\n{EXAMPLE}```\n",
            _OVERRIDES,
            f"```yaml\n---\n{OVERRIDES}```\n",
            *_options(),
            _REFRESH.rstrip("\n"),
            "",
        ]
    )


def _regions() -> Iterator[str]:
    grades = list(CONFIDENCE)[:-1]
    yield "## Regions of the book of this release\n"
    yield f"| region | prices | {' | '.join(grades)} | oldest | newest |"
    yield "| --- | --- |" + " --- |" * (len(grades) + 2)
    prices = shipped().prices
    for region in sorted(prices):
        yield _row(region, list(prices[region].values()), grades)
    everything = [price for region in prices.values() for price in region.values()]
    yield _row("all", everything, grades)
    yield ""


def _row(region: str, prices: list[Price], grades: list[str]) -> str:
    counts = Counter(price.confidence for price in prices)
    dates = sorted(price.date for price in prices)
    cells = [region, len(prices), *(counts[grade] or "" for grade in grades), dates[0], dates[-1]]
    return f"| {' | '.join(map(str, cells))} |"


def _confidence() -> Iterator[str]:
    yield "## How sure a price is\n"
    yield "| grade | says |\n| --- | --- |"
    yield from (f"| {grade} | {says} |" for grade, says in CONFIDENCE.items())
    yield "\nA price of the grade E is told as an assumption in every line that uses it.\n"


def _catalogue() -> Iterator[str]:
    yield "## What has a price\n"
    yield "| key | what | unit | service |\n| --- | --- | --- | --- |"
    named = {f"{EC2_LINUX}TYPE": Item("hour", "an instance of that type with Linux", "AmazonEC2"), **ITEMS}
    for key, item in sorted(named.items()):
        yield f"| `{key}` | {item.says} | {item.unit} | {item.service} |"
    yield ""


def _options() -> Iterator[str]:
    yield "| key | says | expected | left out |\n| --- | --- | --- | --- |"
    for name, key in keys_of(Override).items():
        left_out = key.left_out if key.left_out != REQUIRED else "required"
        yield f"| `{name}` | {key.says} | {key.kind.noun} | {left_out} |"
    yield ""
