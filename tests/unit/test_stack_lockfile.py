# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock file: what it looks like, and what it does to a model."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.lockfile import (
    Lock,
    Locked,
    LockFileError,
    digest_in,
    dumps,
    loads,
    pin,
)

A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64
LOCK = Lock({"web": Locked("nginx:1.27", A)}, {"app": "it is built here"})


def model(**services: Any) -> dict[str, Any]:
    return {"name": "shop", "services": services, "networks": {"default": {"name": "shop_default"}}}


def test_it_is_a_compose_file_and_reads_back() -> None:
    text = dumps(LOCK)
    assert json.loads(text)["services"] == {"web": {"image": f"nginx:1.27@{A}"}}
    assert loads(text) == LOCK


def test_a_change_of_one_image_is_a_change_of_one_line() -> None:
    entries = {name: Locked(f"{name}:1", A) for name in ("web", "db", "app")}
    before, after = dumps(Lock(entries)), dumps(Lock({**entries, "db": Locked("db:1", B)}))
    changed = [pair for pair in zip(before.splitlines(), after.splitlines()) if pair[0] != pair[1]]
    assert len(changed) == 1


def test_images_are_pinned_and_nothing_else_changes() -> None:
    raw = model(web={"image": "nginx:1.27", "command": ["x"]}, app={"image": "shop-app", "build": {"context": "."}})
    pinned = pin(raw, LOCK)
    assert pinned.raw["services"]["web"] == {"image": f"nginx:1.27@{A}", "command": ["x"]}
    assert pinned.raw["services"]["app"] == raw["services"]["app"]
    assert (pinned.raw["name"], pinned.raw["networks"]) == (raw["name"], raw["networks"])
    assert pinned.override == {"services": {"web": {"image": f"nginx:1.27@{A}"}}}
    assert (pinned.stale, pinned.missing) == ({}, ())
    assert raw["services"]["web"]["image"] == "nginx:1.27", "what was given stays"


def test_keys_keep_their_order_which_is_hashed() -> None:
    raw = model(web={"command": None, "image": "nginx:1.27", "ports": []})
    assert list(pin(raw, LOCK).raw["services"]["web"]) == ["command", "image", "ports"]


def test_a_service_that_the_project_dropped_stays_away() -> None:
    """An override that names it would bring it to life."""
    assert pin(model(db={"image": "postgres:16"}), LOCK).override == {"services": {}}


def test_another_image_in_the_file_is_told_and_not_pinned() -> None:
    pinned = pin(model(web={"image": "nginx:1.28"}), LOCK)
    assert pinned.stale == {"web": "nginx:1.27"}
    assert pinned.raw["services"]["web"]["image"] == "nginx:1.28"


def test_a_service_that_is_built_now_is_told_as_well() -> None:
    assert pin(model(web={"image": "nginx:1.27", "build": {"context": "."}}), LOCK).stale == {"web": "nginx:1.27"}


def test_a_new_service_is_named() -> None:
    pinned = pin(model(web={"image": "nginx:1.27"}, db={"image": "postgres:16"}, app={"image": "a"}), LOCK)
    assert pinned.missing == ("db",)


def test_an_image_that_the_file_pins_stays_as_it_is() -> None:
    raw = model(web={"image": f"nginx:1.27@{B}"})
    pinned = pin(raw, LOCK)
    assert (pinned.raw, pinned.override, pinned.stale) == (raw, {"services": {}}, {})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "services:\n  web: {}",
        "[]",
        '{"services": []}',
        '{"services": {"web": {}}}',
        '{"services": {"web": {"image": "nginx:1.27"}}}',
        '{"services": {"web": {"image": "nginx@sha256:beef"}}}',
        f'{{"services": {{"web": {{"image": "@{A}"}}}}}}',
        '{"x-slipway-lock": {"version": 2}, "services": {}}',
    ],
)
def test_what_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(LockFileError, match="expected"):
        loads(text)


def test_the_digest_of_the_right_repository() -> None:
    known = [f"localhost:5000/nginx@{B}", f"nginx@{A}"]
    assert digest_in("nginx:1.27", known, "nginx") == A
    assert digest_in("localhost:5000/nginx", known, "localhost:5000/nginx") == B
    assert digest_in("other:1", known, "other") == ""
    assert digest_in(f"nginx@{B}", known, "nginx") == B
