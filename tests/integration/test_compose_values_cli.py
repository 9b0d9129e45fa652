# SPDX-License-Identifier: GPL-3.0-or-later
"""Values against the real Docker Compose of two releases: the tables of the unit tests, and generated ones.

What both take stands in one file with a service for each value, so that Compose runs once. What is refused needs a
run of its own each.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.volumes import clean_path

from tests.integration.compose import program
from tests.unit.compose_values import KINDS
from tools.compose_cli import RELEASES

NEWEST, OLDER = "sid", "trixie"
HOME = "/nonexistent"
SEED = 3
GENERATED = 150
REFUSED_AT_MOST = 5


class PlainLoader(yaml.SafeLoader):
    """Reads plain scalars as Compose's own YAML does: 1e+06 is a number, and 22:22, on and 2001-01-01 are texts."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}


for tag, pattern, first in (
    ("bool", r"(?:true|false)\Z", "tf"),
    ("null", r"null\Z", "n"),
    ("int", r"-?(?:0|[1-9][0-9]*)\Z", "-0123456789"),
    ("float", r"-?[0-9]+(?:\.[0-9]+)?(?:e[+-][0-9]+)?\Z", "-0123456789"),
):
    PlainLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))


@dataclass(frozen=True)
class Place:
    """Where a kind of value stands in a service, and what Compose prints there for our canonical form of it."""

    written: Callable[[Any], dict[str, Any]]
    printed: Callable[[dict[str, Any]], Any]
    #: From our canonical form to what is printed.
    prints: Callable[[Any, str], Any] = lambda ours, _folder: ours


def key(name: str, nothing: Any = None) -> Place:
    """The value of a key of the service, which Compose leaves out where it is `nothing`."""
    return Place(lambda value: {name: value}, lambda service: service.get(name, nothing))


def resolved(ours: dict[str, Any], folder: str) -> list[dict[str, Any]]:
    source = ours.get("source", "")
    if source.startswith("~"):
        return [{**ours, "source": clean_path(f"{HOME}/{source[1:]}")}]
    return [{**ours, "source": clean_path(f"{folder}/{source}")} if source.startswith(".") else ours]


PLACES = {
    "ports": Place(lambda value: {"ports": [value]}, lambda service: service["ports"]),
    "volumes": Place(lambda value: {"volumes": [value]}, lambda service: service["volumes"], resolved),
    "durations": key("stop_grace_period"),
    "sizes": Place(
        lambda value: {"mem_limit": value},
        lambda service: service.get("mem_limit", "0"),
        lambda ours, _folder: str(ours),
    ),
    "words": key("command"),
    "hosts": key("extra_hosts", []),
    "cpus": key("cpus", 0),
    "counts": key("cpu_shares", 0),
    "texts": Place(lambda value: {"labels": {"a": value}}, lambda service: service["labels"]["a"]),
    "devices": Place(lambda value: {"devices": [value]}, lambda service: service["devices"][0]),
    "device counts": Place(
        lambda value: {"gpus": [{"count": value}]}, lambda service: service["gpus"][0].get("count", 0)
    ),
    "file modes": Place(
        lambda value: {"secrets": [{"source": "s", "mode": value}]}, lambda service: service["secrets"][0]["mode"]
    ),
    "ulimits": Place(lambda value: {"ulimits": {"nofile": value}}, lambda service: service["ulimits"]["nofile"]),
}

#: A kind, a value and our canonical form of it.
Taken = tuple[str, Any, Any]


@pytest.fixture(scope="module", autouse=True)
def fetched() -> None:
    for each in RELEASES:
        program(each)


@pytest.fixture(params=RELEASES)
def release(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def escaped(value: Any) -> Any:
    """Dollars doubled, as a file has them."""
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, list):
        return [escaped(item) for item in value]
    return {name: escaped(item) for name, item in value.items()} if isinstance(value, dict) else value


def literal(value: Any) -> str:
    """A value in YAML, for which JSON does, but for the two floats that JSON has no word for."""
    text = json.dumps(escaped(value), ensure_ascii=False)
    return re.sub(r"(-?)Infinity\b", r"\1.inf", re.sub(r"\bNaN\b", ".nan", text))


def comparable(value: Any) -> str:
    """Text in which 1 is not 1.0, and NaN is itself."""
    return json.dumps(value, sort_keys=True)


def config(release: str, folder: Path, values: list[tuple[str, Any]]) -> subprocess.CompletedProcess[str]:
    """Compose's answer to one file with a service for each value."""
    folder.mkdir(exist_ok=True)
    lines = ["name: values", "secrets: {s: {environment: S}}", "volumes: {vol: {}, data: {}, v-1.x_Y: {}}", "services:"]
    for number, (kind, value) in enumerate(values):
        lines.append(f"  s{number}: {literal({'image': 'i', **PLACES[kind].written(value)})}")
    file = folder / "compose.yml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = [str(program(release)), "--file", str(file), "--project-directory", str(folder), "config"]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={"HOME": HOME})


def differences(release: str, folder: Path, taken: list[Taken]) -> list[tuple[str, Any, str]]:
    done = config(release, folder, [(kind, value) for kind, value, _ours in taken])
    if done.returncode != 0:
        return refusals(release, folder, taken) or [("all", None, done.stderr)]
    services = yaml.load(done.stdout, Loader=PlainLoader)["services"]
    found = []
    for number, (kind, value, ours) in enumerate(taken):
        theirs = PLACES[kind].printed(services[f"s{number}"])
        if comparable(theirs) != comparable(escaped(PLACES[kind].prints(ours, str(folder)))):
            found.append((kind, value, f"theirs {theirs!r}, ours {ours!r}"))
    return found


def refusals(release: str, folder: Path, taken: list[Taken]) -> list[tuple[str, Any, str]]:
    """Which values are to blame, found by halves."""
    done = config(release, folder, [(kind, value) for kind, value, _ours in taken])
    if done.returncode == 0:
        return []
    if len(taken) == 1:
        return [(*taken[0][:2], done.stderr)]
    half = len(taken) // 2
    return [*refusals(release, folder, taken[:half]), *refusals(release, folder, taken[half:])]


def refused(release: str, folder: Path, values: list[tuple[str, Any]]) -> list[bool]:
    """Whether Compose refuses each value, with one run for each; and not because the file were no YAML."""

    def is_refused(number: int) -> bool:
        done = config(release, folder / str(number), [values[number]])
        return done.returncode != 0 and "yaml: " not in done.stderr

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(is_refused, range(len(values))))


# Generators. What they make is mostly right, and wrong in ways in which Compose and we agree.


def one_port(of: random.Random) -> str:
    def some() -> str:
        first = of.randint(0, 70) if of.random() < 0.9 else of.randint(0, 70000)
        return str(first) if of.random() < 0.6 else f"{first}-{first + of.randint(-1, 12)}"

    address = "".join(f"{of.choice(['', '0', '7f', 'abcd', '12345', '::'])}:" for _group in range(of.randint(1, 8)))
    front = of.choice(
        ["", "127.0.0.1:", "0.0.0.0:", "1.2.3:", "[::1]:", "::1:", f"[{address[:-1]}]:", f"[{address}1]:"]
    )
    return f"{front}{of.choice(['', ':', some() + ':'])}{some()}{of.choice(['', '', '/tcp', '/Udp', '/', '/x'])}"


def one_volume(of: random.Random) -> str:
    names = ["..", ".", "", "aa", "b c", "é", "...", ".d"]
    path = of.choice(["", "/"]) + "/".join(of.choice(names) for _name in range(of.randint(1, 5)))
    source = of.choice(["./a/../b", "..", ".x", "/x//y/", "~", "~/z/", "vol", "data", "v-1.x_Y"])
    words = ["ro", "rw", "z", "Z", "nocopy", "cached", "shared", "rslave", "private", "", "xx"]
    options = ",".join(of.sample(words, of.randint(1, 4)))
    return of.choice(
        [f"/{path}", f"{source}:{path}", f"{source}:/{path}:{options}", f"{source}:/{path}:ro,{options},xx:more"]
    )


def one_duration(of: random.Random) -> str:
    def number() -> str:
        return of.choice(
            [str(of.randint(0, 10**7)), f"{of.randint(0, 99)}.{of.randint(0, 10**12)}", f".{of.random()}"[:9]]
        )

    units = ["ns", "us", "µs", "ms", "s", "m", "h", "d", "w", "S", ""]
    weights = [4, 4, 4, 4, 9, 9, 4, 1, 1, 1, 1]
    parts = [number() + of.choices(units, weights)[0] for _part in range(of.randint(1, 3))]
    return of.choice(["", "", "-", "+", " "]) + "".join(parts)


def one_size(of: random.Random) -> Any:
    number = of.choice([str(of.randint(0, 8000)), f"{of.random() * 100:.{of.randint(1, 17)}f}"])
    units = ["", *"bBkKmMgGtTpP", "kb", "Mb", "GB", "KiB", "mib", "x", "kk", "-"]
    return of.choice([of.randint(-1, 2**63 - 1), *[number + of.choice(["", " "]) + of.choice(units)] * 6, f" {number}"])


def one_command(of: random.Random) -> str:
    pieces = ["a", "b0", " ", "  ", "$", "\\", "'", '"', "''", '"c d"', "'e f'", "`", "`g h`", "$(", "$(i j)", "(", ")"]
    weights = [9, 9, 9, 9, 2, 5, 2, 2, 2, 5, 5, 2, 5, 1, 3, 1, 1]
    operators = [*";&|<>", "&&", "2>", "0>", "5"]
    return "".join(of.choices([*pieces, *operators], [*weights, *[0.5] * len(operators)], k=of.randint(1, 12)))


def one_hosts(of: random.Random) -> Any:
    addresses = ["1.2.3.4", "::1", "[::1]", "", "host-gateway", "1,2", "[fe80::1],[x]"]
    names = ["a", "b", "c.d", "A", "é", "z-z", "", "x:y"]
    weights = [9, 9, 9, 9, 9, 9, 1, 1]
    if of.random() < 0.4:
        listed = [of.choice(addresses), of.sample(addresses, 2)]
        return {name: of.choice(listed) for name in of.choices(names, weights, k=3)}
    entries = [name + of.choice("=:") + of.choice(addresses) for name in of.choices(names, weights, k=3)]
    return sorted(set(entries))


def one_float(of: random.Random) -> float:
    return of.choice([1, -1]) * of.random() * 10.0 ** of.randint(-12, 24)


def one_cpu(of: random.Random) -> Any:
    number = of.choice(
        [
            one_float(of),
            round(of.random() * 64, of.randint(0, 6)),
            float(of.randint(0, 10**9)),
            2.0 ** of.randint(-11, 40),
        ]
    )
    return of.choice([number, repr(number), f"{number:.3f}", int(number)])


def one_text(of: random.Random) -> Any:
    return of.choice(
        [one_float(of), float(of.randint(-(10**17), 10**17)), round(one_float(of), 2), of.randint(-(2**63), 2**64 - 1)]
    )


def one_count(of: random.Random) -> Any:
    number = of.randint(-(2**63), 2**63 - 1) >> of.randint(0, 62)
    return of.choice([number, str(number), f"{number:+d}", f"0{abs(number)}", f"{number}.5"])


def one_mode(of: random.Random) -> Any:
    mode = of.randint(0, 0o7777)
    return of.choice([mode, f"{mode:o}", f"0{mode:o}", str(mode)])


def one_device(of: random.Random) -> str:
    return "/dev/x" + "".join(of.choices(["", ":", ":/dev/y", ":rw"], k=3))


GENERATORS: dict[str, Callable[[random.Random], Any]] = {
    "ports": one_port,
    "volumes": one_volume,
    "durations": one_duration,
    "sizes": one_size,
    "words": one_command,
    "hosts": one_hosts,
    "cpus": one_cpu,
    "counts": one_count,
    "texts": one_text,
    "devices": one_device,
    "file modes": one_mode,
}
#: What 2.26.1 does otherwise: it knows no days and weeks, and prints modes as numbers.
ONLY_NEWEST = {"durations": re.compile("[dw]"), "file modes": re.compile("")}


def generated(kind: str, release: str) -> tuple[list[Taken], list[tuple[str, Any]]]:
    """What we take, and what we refuse, of the values that a fixed seed gives."""
    of, read, excluded = random.Random(f"{SEED} {kind}"), KINDS[kind].read, ONLY_NEWEST.get(kind)
    taken: list[Taken] = []
    wrong: list[tuple[str, Any]] = []
    while len(taken) < GENERATED:
        value = GENERATORS[kind](of)
        if release == OLDER and excluded and excluded.search(str(value)):
            if excluded.pattern:
                continue
            break
        try:
            taken.append((kind, value, read(value)))
        except ValueError:
            wrong.append((kind, value))
    return taken, wrong[:REFUSED_AT_MOST]


def rows(kind: str, release: str) -> Iterator[Taken]:
    table = KINDS[kind].accepted if release == NEWEST else KINDS[kind].rows
    yield from ((kind, value, expected) for value, expected in table)


def test_accepted_values_are_printed_as_ours(release: str, tmp_path: Path) -> None:
    listed = [row for kind in KINDS for row in rows(kind, release)]
    made = [row for kind in GENERATORS for row in generated(kind, release)[0]]
    assert differences(release, tmp_path / "all", [*listed, *made]) == []


@pytest.mark.parametrize("kind", KINDS)
def test_refused_values_are_refused(kind: str, release: str, tmp_path: Path) -> None:
    values = [(kind, value) for value in KINDS[kind].refused]
    values += [(kind, value) for value in KINDS[kind].refused_by_newest if release == NEWEST]
    values += generated(kind, release)[1] if kind in GENERATORS else []
    assert [value for value, no in zip(values, refused(release, tmp_path, values)) if not no] == []


def test_releases_differ_as_listed(tmp_path: Path) -> None:
    """What only the newest takes, the older one refuses or prints otherwise; and the other way round."""
    older = partial(differences, OLDER)
    only = [(kind, value, ours) for kind in KINDS for value, ours in KINDS[kind].newest]
    same = [row for number, row in enumerate(only) if not older(tmp_path / f"newest{number}", [row])]
    dropped = [(kind, value) for kind in KINDS for value in KINDS[kind].refused_by_newest]
    assert same == []
    assert not any(refused(OLDER, tmp_path, dropped))


def test_we_refuse_more_where_listed(tmp_path: Path) -> None:
    """Each of these is taken by Compose indeed, so that no refusal of ours is called deliberate by mistake."""
    values = [(kind, value) for kind in KINDS for value, _why in KINDS[kind].refused_by_us]
    assert [value for value, no in zip(values, refused(NEWEST, tmp_path, values)) if no] == []
