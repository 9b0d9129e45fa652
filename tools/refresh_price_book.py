# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a price book from AWS's price list, or from a book that is there already.

Run it where there is a network; the modules of this collection never use one. Standard library only, but for --api.
Every price that is asked for is found exactly once, or nothing is written and all that is wrong is told.
"""

from __future__ import annotations

import argparse
import datetime
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

# So that it also runs by its path, from wherever the collection is installed.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from plugins.module_utils._core.cost.book import parse_book
from plugins.module_utils._core.cost.price_book_data import PRICES
from tools.price_list import api, fetch
from tools.price_list.files import Folder
from tools.price_list.offers import OfferError
from tools.price_list.refresh import over, refresh, regions_of
from tools.price_list.skus import INSTANCE_TYPES, PREFIXES, REGIONS, Sku, wanted
from tools.price_list.spot import spot_entries
from tools.price_list.write import Entries, as_json, as_python, from_python

#: What --keep-older means without a file.
RELEASE = Path("the price book of this release")
WRITERS: Mapping[str, Callable[[Entries], str]] = {"json": as_json, "python": as_python}


class RefreshError(Exception):
    """What stops the run, in sentences."""


def say(text: str) -> None:
    print(text, file=sys.stderr)


def arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--offers", metavar="DIR", type=Path, help="bulk price files, SERVICE/REGION/index.json")
    parser.add_argument("--fetch", action="store_true", help="download them, into DIR where --offers names one")
    parser.add_argument("--api", action="store_true", help="ask the pricing API, with boto3 and an AWS account")
    parser.add_argument("--seed", metavar="FILE", type=Path, help="take a book in JSON as it is")
    parser.add_argument("--spot", metavar="FILE", type=Path, help="Fargate's Spot prices, as saved from AWS's page")
    parser.add_argument("--spot-date", metavar="DATE", help="the day on which they were saved, as 2026-09-28")
    parser.add_argument("--savings-plans", action="store_true", help="also the rates of Compute Savings Plans")
    parser.add_argument("--region", action="append", choices=sorted(PREFIXES), metavar="REGION", help="may be repeated")
    parser.add_argument("--instance-type", action="append", metavar="TYPE", help="may be repeated, as t3.medium")
    parser.add_argument(
        "--keep-older",
        metavar="FILE",
        nargs="?",
        type=Path,
        const=RELEASE,
        help="a book in JSON whose"
        " prices stay where no newer one was found; that of the release where no file is named",
    )
    parser.add_argument("--format", choices=sorted(WRITERS), default="json")
    parser.add_argument("--output", metavar="FILE", type=Path, help="where the book goes, else to the terminal")
    parser.add_argument("--base-url", default=fetch.BASE_URL, help="of the bulk price list")
    options = parser.parse_args(words)
    sources = [bool(options.offers or options.fetch), options.api, bool(options.seed)]
    if sum(sources) > 1 or not (any(sources) or options.spot):
        parser.error("expected one of --offers, --fetch, --api and --seed, or --spot alone")
    if bool(options.spot) != bool(options.spot_date):
        parser.error("expected --spot and --spot-date together, since the Spot prices have no date of their own")
    return options


def build(options: argparse.Namespace) -> Entries:
    """The entries of the book that is asked for."""
    regions = regions_of(options.region or REGIONS)
    older = read_entries(options.keep_older) if options.keep_older else {}
    if options.seed:
        return over(older, read_entries(options.seed))
    entries: Entries = {}
    if options.offers or options.fetch or options.api:
        types = options.instance_type or INSTANCE_TYPES
        skus = {region: wanted(region, types, options.savings_plans) for region in regions}
        entries, problems = from_source(options, skus)
        report(problems, stop=not options.keep_older)
    if options.spot:
        document = json.loads(options.spot.read_text(encoding="utf-8"))
        entries = over(entries, spot_entries(document, regions, options.spot_date, str(options.spot)))
    return over(older, entries)


def from_source(options: argparse.Namespace, skus: Mapping[str, Sequence[Sku]]) -> tuple[Entries, list[str]]:
    if options.api:
        return refresh(skus, api.Api(api.client()))
    if not options.fetch:
        return refresh(skus, Folder(options.offers))
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.offers or Path(scratch)
        return refresh(skus, fetch.Download(folder, options.base_url, keep=bool(options.offers), say=say))


def report(problems: Sequence[str], stop: bool) -> None:
    if problems and stop:
        told = "\n".join(f"- {problem}" for problem in problems)
        noun = "price was" if len(problems) == 1 else "prices were"
        raise RefreshError(f"{len(problems)} {noun} not refreshed; --keep-older keeps what was known of them:\n{told}")
    for problem in problems:
        say(f"not refreshed: {problem}")


def read_entries(path: Path) -> Entries:
    """The entries of a book in JSON, which has to be a sound one."""
    if path == RELEASE:
        return from_python(PRICES)
    text = path.read_text(encoding="utf-8")
    check(text, str(path))
    regions: Entries = json.loads(text, parse_float=str, parse_int=str)["regions"]
    return regions


def check(text: str, name: str) -> None:
    """Read a book as `cost_check` will."""
    findings = parse_book(text, name, datetime.datetime.now(datetime.timezone.utc).date())[1]
    if findings:
        raise RefreshError("\n".join(finding.as_text() for finding in findings))


def main(words: Sequence[str]) -> int:
    options = arguments(words)
    try:
        entries = build(options)
        check(as_json(entries), "the new book")
        text = WRITERS[options.format](entries)
        if options.output:
            options.output.write_text(text, encoding="utf-8")
        else:
            sys.stdout.write(text)
    except (RefreshError, OfferError, OSError, ValueError) as error:
        say(f"refresh_price_book: {error}")
        return 1
    count = sum(len(prices) for prices in entries.values())
    say(f"{count} prices in {len(entries)} regions" + (f": {options.output}" if options.output else ""))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
