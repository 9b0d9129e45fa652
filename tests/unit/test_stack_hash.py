# SPDX-License-Identifier: GPL-3.0-or-later
"""The config hash, against the labels that Docker Compose 2.26.1 and 2.40.3 wrote (recorded by tests/lab/hashes.py)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.stack import gojson
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.config_hash import (
    exact,
    network_hash,
    service_hash,
    volume_hash,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.model import Service
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.reader import read
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.versions import (
    MINIMUM,
    NEWEST,
    Version,
    known,
    parse,
    too_old,
)

CASES = Path(__file__).parent / "cases" / "stack_hash"
RECORDINGS = sorted(CASES.glob("*/labels-*.json"))
OLD, NEW = parse("2.26.1"), parse("2.40.3")


def hashes(recorded: dict[str, Any], version: Version) -> dict[str, dict[str, str]]:
    """Of everything in a printed model, as the labels are recorded."""
    stack = read(recorded["model"])
    return {
        "services": {name: service_hash(one, version, recorded["ids"]) for name, one in stack.services.items()},
        "networks": {key: network_hash(one, version) for key, one in stack.networks.items()},
        "volumes": {key: volume_hash(one, version) for key, one in stack.volumes.items()},
    }


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: f"{path.parent.name}-{path.stem.partition('-')[2]}")
def test_labels_of_the_real_compose(path: Path) -> None:
    recorded = json.loads(path.read_text(encoding="utf-8"))
    found = hashes(recorded, parse(path.stem.partition("-")[2]))
    assert found == {kind: recorded[kind] for kind in found}


def test_enough_kinds_are_recorded() -> None:
    """A case that records nothing would pass."""
    counts = {
        version: sum(
            len(json.loads(path.read_text(encoding="utf-8"))["services"])
            for path in CASES.glob(f"*/labels-{version}.json")
        )
        for version in ("2.26.1", "2.40.3")
    }
    assert min(counts.values()) >= 62, counts


def service(**config: Any) -> Service:
    return read({"name": "p", "services": {"web": {"image": "i", **config}}}).services["web"]


@pytest.mark.parametrize(
    ("key", "value", "since"),
    [
        ("build", {"context": "/a"}, (2, 24)),
        ("pull_policy", "always", (2, 24)),
        ("scale", 3, (2, 24)),
        ("deploy", {"replicas": 3}, (2, 24)),
        ("depends_on", {"a": {"condition": "service_started"}}, (2, 29)),
        ("profiles", ["a"], (2, 31)),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_is_no_longer_hashed(key: str, value: Any, since: tuple[int, int]) -> None:
    nothing = {"deploy": {}} if key == "deploy" else {}
    with_it, without = service(**{key: value}), service(**nothing)
    for minor in (26, 28, 29, 30, 31, 40):
        version = Version(2, minor, 0)
        same = service_hash(with_it, version, {}) == service_hash(without, version, {})
        assert same == ((2, minor) >= since), version
    assert service_hash(with_it, parse("5.5.0"), {}) == service_hash(without, parse("dev"), {})


def test_references_become_the_ids_of_containers() -> None:
    sharing = service(network_mode="service:db", volumes_from=["db:ro", "container:x:ro"])
    alike = service(network_mode="container:1234", volumes_from=["1234", "x"])
    assert service_hash(sharing, NEW, {"db": "1234"}) == service_hash(alike, NEW, {})
    assert service_hash(sharing, NEW, {"db": "5678"}) != service_hash(alike, NEW, {})
    assert service_hash(sharing, NEW, {}) != service_hash(sharing, NEW, {"db": "1234"})


def test_resources_have_no_hash_before_they_got_one() -> None:
    assert network_hash({"name": "n"}, parse("2.30.3")) == ""
    assert volume_hash({"name": "n"}, parse("2.30.3")) == ""
    assert network_hash({"name": "n"}, parse("2.31.0")) and volume_hash({"name": "n"}, parse("2.31.0"))


def test_external_resources_have_no_hash() -> None:
    assert network_hash({"name": "n", "external": True}, NEW) == ""
    assert volume_hash({"name": "n", "external": True}, NEW) == ""


def test_a_volume_without_a_driver_is_local() -> None:
    assert volume_hash({"name": "n"}, NEW) == volume_hash({"name": "n", "driver": "local"}, NEW)
    assert volume_hash({"name": "n"}, NEW) != volume_hash({"name": "n", "driver": "nfs"}, NEW)


def test_exact() -> None:
    built = service(build={"context": "/a"})
    assert exact(service(), {}, OLD) and exact(service(), {}, NEW) and exact(built, {}, NEW)
    assert exact(service(), {"DOCKER_DEFAULT_PLATFORM": "linux/arm64"}, NEW)
    assert not exact(built, {"DOCKER_DEFAULT_PLATFORM": "linux/arm64"}, NEW)
    assert not exact(service(label_file=["a"]), {}, NEW)
    assert not exact(service(use_api_socket=True), {}, NEW)
    assert not exact(service(), {}, parse("6.0.0")) and not exact(service(), {}, parse("dev"))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("2.26.1-4", (2, 26, 1)),
        ("v2.40.3", (2, 40, 3)),
        ("2.40.3+ds1-0ubuntu1~24.04.1", (2, 40, 3)),
        ("5.0.0-rc.1", (5, 0, 0)),
        ("v2.40.3-desktop.1\n", (2, 40, 3)),
        ("Docker Compose version v2.29.7", (2, 29, 7)),
        ("5.1", (5, 1, 0)),
        ("dev", (0, 0, 0)),
        ("", (0, 0, 0)),
    ],
)
def test_versions(text: str, numbers: tuple[int, int, int]) -> None:
    version = parse(text)
    assert (version.major, version.minor, version.patch) == numbers


def test_which_versions_are_known() -> None:
    assert known(MINIMUM) and known(parse("5.5.1")) and known(NEWEST)
    assert not known(parse("2.25.0")) and not known(parse("5.6.0")) and not known(parse("dev"))
    assert too_old(parse("2.24.6")) and too_old(parse("1.29.2"))
    assert not too_old(parse("2.26.0-rc.1")) and not too_old(parse("dev")) and not too_old(parse("9.0.0"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "0.1"),
        (5.0, "5"),
        (-0.0, "-0"),
        (100.0, "100"),
        (0.000001, "0.000001"),
        (0.0000001, "1e-7"),
        (1.5e-9, "1.5e-9"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (123456789.125, "123456789.125"),
        (2**63, "9223372036854775808"),
        ("a<b>&\u2028\u2029", '"a\\u003cb\\u003e\\u0026\\u2028\\u2029"'),
        ('ä\x7f\x01\t\b"\\/', '"ä\x7f\\u0001\\t\\b\\"\\\\/"'),
        ({"b": None, "a": [True, False]}, '{"b":null,"a":[true,false]}'),
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_json_as_go_writes_it(value: Any, text: str) -> None:
    """Known from encoding/json: encodeState.stringBytes and floatEncoder."""
    assert gojson.dumps(value) == text
