# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP as engines speak it, over a pair of sockets: what is sent, and every way in which a body may come."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._io.engine.http_connection import (
    ClosedError,
    Connection,
    target,
)

OK = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
def pair() -> Iterator[tuple[Connection, socket.socket]]:
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.settimeout(5)
        ours.settimeout(5)
        connection = Connection(ours)
        yield connection, theirs
        connection.close()


def test_what_is_sent(pair: tuple[Connection, socket.socket]) -> None:
    connection, engine = pair
    engine.sendall(OK + b"Content-Length: 0\r\n\r\n" * 1 + OK + b"Content-Length: 0\r\n\r\n")
    connection.ask("GET", "/a").read()
    connection.ask("POST", "/b", b"{}").read()
    head = b"Host: docker\r\nAccept: application/json\r\n"
    json = b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    assert engine.recv(65536) == b"GET /a HTTP/1.1\r\n" + head + b"\r\nPOST /b HTTP/1.1\r\n" + head + json


def test_a_post_without_a_body_says_so(pair: tuple[Connection, socket.socket]) -> None:
    connection, engine = pair
    engine.sendall(b"HTTP/1.1 304 Not Modified\r\n\r\n")
    assert connection.ask("POST", "/a").read() == b""
    assert engine.recv(65536).endswith(b"\r\nContent-Length: 0\r\n\r\n")


CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "body", "stays_open"),
    [
        pytest.param(b"content-LENGTH:  5\r\n\r\nhello", b"hello", True, id="length"),
        pytest.param(CHUNKED + b"3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n", b"hello", True, id="chunks"),
        pytest.param(
            CHUNKED + b"A\r\n\r\n3\r\n\r\n45\n\r\n0\r\nTrailer: x\r\n\r\n", b"\r\n3\r\n\r\n45\n", True, id="odd"
        ),
        pytest.param(CHUNKED + b"0\r\n\r\n", b"", True, id="no chunks"),
        pytest.param(b"Connection: close\r\nContent-Length: 2\r\n\r\nhi", b"hi", False, id="asked to close"),
    ],
)
def test_bodies(pair: tuple[Connection, socket.socket], answer: bytes, body: bytes, stays_open: bool) -> None:
    connection, engine = pair
    engine.sendall(OK + answer)
    found = connection.ask("GET", "/")
    assert (found.status, found.read()) == (200, body)
    assert connection.is_alive() is stays_open
    if stays_open:
        engine.sendall(OK + b"Content-Length: 1\r\n\r\nx")
        assert connection.ask("GET", "/").read() == b"x"


def test_a_body_up_to_the_end_of_the_connection(pair: tuple[Connection, socket.socket]) -> None:
    connection, engine = pair
    engine.sendall(OK + b"Content-Type: application/vnd.docker.raw-stream\r\n\r\nraw")
    engine.shutdown(socket.SHUT_WR)
    assert connection.ask("POST", "/exec/1/start", b"{}").read() == b"raw"
    assert not connection.is_alive()


def test_a_head_has_no_body(pair: tuple[Connection, socket.socket]) -> None:
    connection, engine = pair
    engine.sendall(OK + b"Content-Length: 5\r\nX-Docker-Container-Path-Stat: e30=\r\n\r\n")
    found = connection.ask("HEAD", "/")
    assert (found.read(), found.headers["x-docker-container-path-stat"]) == (b"", "e30=")
    assert connection.is_alive()


def test_lines_as_they_come(pair: tuple[Connection, socket.socket]) -> None:
    connection, engine = pair
    engine.sendall(OK + CHUNKED + b"4\r\n1\n2\n\r\n")
    lines = connection.ask("GET", "/events").lines()
    assert [next(lines), next(lines)] == [b"1", b"2"]  # before the answer has ended
    engine.sendall(b"1\r\n3\r\n3\r\n4\n5\r\n0\r\n\r\n")
    assert list(lines) == [b"34", b"5"]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"HTTP/1.1 200", id="in the first line"),
        pytest.param(OK + b"Content-Length: 5\r\n", id="in the head"),
        pytest.param(OK + b"Content-Length: 5\r\n\r\nhell", id="in the body"),
        pytest.param(OK + CHUNKED + b"5\r\nhell", id="in a chunk"),
        pytest.param(OK + CHUNKED + b"4\r\nhell\r\n", id="between chunks"),
    ],
)
def test_a_connection_that_ends_too_early(pair: tuple[Connection, socket.socket], answer: bytes) -> None:
    connection, engine = pair
    engine.sendall(answer)
    engine.shutdown(socket.SHUT_WR)
    with pytest.raises(ClosedError, match="the connection was closed"):
        connection.ask("GET", "/").read()


@pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH_9\r\n", b"HTTP/1.1 OK\r\n", OK + CHUNKED + b"zz\r\n"])
def test_what_is_no_http(pair: tuple[Connection, socket.socket], answer: bytes) -> None:
    connection, engine = pair
    engine.sendall(answer)
    with pytest.raises(ConnectionError, match="what answers does not speak HTTP"):
        connection.ask("GET", "/").read()


def test_an_end_that_waits_to_be_read(pair: tuple[Connection, socket.socket]) -> None:
    connection, engine = pair
    assert connection.is_alive()
    engine.shutdown(socket.SHUT_WR)
    assert not connection.is_alive()


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        ("/images/registry:5000/a/json", {}, "/images/registry:5000/a/json"),
        ("/containers/a b?c/json", {}, "/containers/a%20b%3Fc/json"),
        ("/x", {"path": "/etc/my conf", "n": "a&b=ü"}, "/x?path=%2Fetc%2Fmy%20conf&n=a%26b%3D%C3%BC"),
        ("/x\r\nEvil: y", {}, "/x%0D%0AEvil:%20y"),
    ],
)
def test_targets(path: str, query: dict[str, str], expected: str) -> None:
    assert target(path, query) == expected
