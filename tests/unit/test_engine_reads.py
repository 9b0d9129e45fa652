# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine's answers mean, from recorded ones; tests/lab/test_engine.py asks a real engine."""

from __future__ import annotations

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.present import Container
from ansible_collections.slipway.containers.plugins.module_utils._io.engine import reads

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("written", "listed"),
    [
        ("nginx", "nginx:latest"),
        ("nginx:1.27", "nginx:1.27"),
        ("library/nginx", "nginx:latest"),
        ("docker.io/nginx", "nginx:latest"),
        ("docker.io/library/nginx:1", "nginx:1"),
        ("index.docker.io/library/nginx", "nginx:latest"),
        ("docker.io/library/some/thing", "library/some/thing:latest"),
        ("bitnami/redis", "bitnami/redis:latest"),
        ("docker.io/bitnami/redis:7", "bitnami/redis:7"),
        ("localhost/app", "localhost/app:latest"),
        ("localhost/library/app", "localhost/library/app:latest"),
        ("registry:5000/app", "registry:5000/app:latest"),
        ("registry:5000/app:1", "registry:5000/app:1"),
        ("ghcr.io/a/b/c:1", "ghcr.io/a/b/c:1"),
        ("Registry/app", "Registry/app:latest"),
        (f"nginx@{DIGEST}", f"nginx@{DIGEST}"),
        (f"docker.io/library/nginx:1.27@{DIGEST}", f"nginx@{DIGEST}"),
        (f"registry:5000/a:1@{DIGEST}", f"registry:5000/a@{DIGEST}"),
    ],
)
def test_a_reference_as_the_engine_lists_it(written: str, listed: str) -> None:
    assert reads.familiar(written) == listed


def test_a_container_of_somebody_else_in_the_project() -> None:
    """Only the project's label: no service, no number."""
    found = reads.container(
        {
            "Id": "1",
            "Names": ["/app-web-1/db", "/strange"],
            "Labels": {"com.docker.compose.project": "app", "com.docker.compose.container-number": "x"},
            "NetworkSettings": {"Networks": {"b": {"NetworkID": "n2"}, "a": None}},
            "Mounts": None,
        }
    )
    assert (found.name, found.service, found.number, found.mounts) == ("strange", "", 0, ())
    assert found.networks == {"a": "", "b": "n2"}
    assert isinstance(found, Container) and not found.one_off


def frame(kind: int, text: bytes) -> bytes:
    return bytes([kind, 0, 0, 0]) + len(text).to_bytes(4, "big") + text


def test_frames_become_lines() -> None:
    log = (
        frame(1, b"one\ntw")
        + frame(1, b"o\r\n")
        + frame(2, b"\x1b[1;31mred\x1b[0m\n")
        + frame(1, b"")
        + frame(1, b"end")
    )
    assert reads.split_log(log) == ("one", "two", "red", "end")


@pytest.mark.parametrize("log", [b"", b"plain\n", b"\x05\x00\x00\x00\x00\x00\x00\x01x", b"1234567"])
def test_what_is_not_all_frames_is_plain(log: bytes) -> None:
    assert reads.demultiplexed(log) == log


def test_bytes_that_are_no_text() -> None:
    assert reads.split_log(b"\xff\xfeok\n") == ("\ufffd\ufffdok",)
