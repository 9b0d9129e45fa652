# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes over the network, against servers on loopback. Those of a container's inside are in tests/lab."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.looks import Outcome
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.wish import Probe
from ansible_collections.slipway.containers.plugins.module_utils._io.engine.client import Engine
from ansible_collections.slipway.containers.plugins.module_utils._io.stack.probes import Target, address, check

HERE = Target("c1", "127.0.0.1")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """The status that the path names; 302 leads to 200."""
        status = int(self.path.strip("/").partition("?")[0] or 200)
        self.send_response(status)
        self.send_header("Location", "/200")
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(b"the database is gone")

    def log_message(self, *words: Any) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[socket.socket], None]], int]]:
    """A server that does with each connection what it is told."""
    listening: list[socket.socket] = []

    def start(answer: Callable[[socket.socket], None]) -> int:
        server = socket.create_server(("127.0.0.1", 0))
        listening.append(server)

        def loop() -> None:
            with suppress(OSError):
                while True:
                    connection = server.accept()[0]
                    with connection, suppress(OSError):
                        answer(connection)

        threading.Thread(target=loop, daemon=True).start()
        return int(server.getsockname()[1])

    yield start
    for server in listening:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


def ask(probe: Probe, timeout: float = 5, target: Target = HERE) -> Outcome:
    return check(Engine("unix:///nowhere"), probe, target, timeout)


@pytest.mark.parametrize(
    ("path", "passed"), [("", True), ("204", True), ("302", True), ("404", False), ("500?x=1", False)]
)
def test_statuses_below_400_pass(port: int, path: str, passed: bool) -> None:
    assert ask(Probe(http=f"http://{{address}}:{port}/{path}")).passed is passed


def test_a_failure_shows_status_and_body(port: int) -> None:
    assert ask(Probe(http=f"http://127.0.0.1:{port}/503")) == Outcome(False, "status 503: the database is gone")


def test_a_redirect_is_an_answer_and_is_not_followed(port: int) -> None:
    probe = Probe(http=f"http://127.0.0.1:{port}/302", status=(200,))
    assert ask(probe).output.startswith("status 302")
    assert not ask(probe).passed


def test_given_statuses_are_the_only_ones(port: int) -> None:
    assert ask(Probe(http=f"http://127.0.0.1:{port}/404", status=(401, 404))).passed
    assert not ask(Probe(http=f"http://127.0.0.1:{port}/200", status=(401, 404))).passed


def test_proxies_of_the_environment_are_not_used(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert ask(Probe(http=f"http://127.0.0.1:{port}/")).passed


def test_the_containers_address_is_the_default(port: int) -> None:
    assert ask(Probe(http=f"http://:{port}/")).passed
    assert ask(Probe(tcp=str(port))).passed
    assert ask(Probe(tcp=f"{{address}}:{port}")).passed


def test_a_container_without_an_address(port: int) -> None:
    nowhere = Target("c1", "")
    for probe in (Probe(http=f"http://{{address}}:{port}/"), Probe(tcp=str(port))):
        assert ask(probe, target=nowhere) == Outcome(False, "there is no address to ask")


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert ask(Probe(http=f"http://127.0.0.1:{port}/")) == Outcome(False, "connection refused")
        assert ask(Probe(tcp=str(port))) == Outcome(False, f"127.0.0.1:{port}: connection refused")


def silent(connection: socket.socket) -> None:
    connection.settimeout(10)
    while connection.recv(1000):
        pass


def dripping(connection: socket.socket) -> None:
    """Each byte comes in time, the whole never does."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X")
        time.sleep(0.05)


@pytest.mark.parametrize("answer", [silent, dripping])
def test_a_slow_answer_is_cut_off(
    serve: Callable[[Callable[[socket.socket], None]], int], answer: Callable[[socket.socket], None]
) -> None:
    port = serve(answer)
    assert ask(Probe(http=f"http://127.0.0.1:{port}/"), timeout=0.3) == Outcome(False, "no answer within 0.3 s")


def test_an_answer_that_is_not_http(serve: Callable[[Callable[[socket.socket], None]], int]) -> None:
    port = serve(lambda connection: connection.sendall(b"220 smtp ready\r\n"))
    assert not ask(Probe(http=f"http://127.0.0.1:{port}/")).passed


def test_a_port_that_accepts_and_stays_silent(serve: Callable[[Callable[[socket.socket], None]], int]) -> None:
    port = serve(silent)
    assert ask(Probe(tcp=f"localhost:{port}")) == Outcome(True, f"localhost:{port}: accepted")


def test_a_port_that_greets(serve: Callable[[Callable[[socket.socket], None]], int]) -> None:
    port = serve(lambda connection: connection.sendall(b"220 smtp ready\r\n"))
    assert ask(Probe(tcp=str(port))).passed


def test_a_port_that_closes_at_once(serve: Callable[[Callable[[socket.socket], None]], int]) -> None:
    """As Docker's own proxy does where nobody listens in the container."""
    port = serve(lambda connection: None)
    assert ask(Probe(tcp=str(port))) == Outcome(False, f"127.0.0.1:{port}: accepted and closed at once")


def inspected(mode: str, **networks: dict[str, str]) -> dict[str, Any]:
    return {"Id": "c1", "HostConfig": {"NetworkMode": mode}, "NetworkSettings": {"Networks": networks}}


@pytest.mark.parametrize(
    ("container", "expected"),
    [
        (inspected("host"), "127.0.0.1"),
        (inspected("none", none={"IPAddress": ""}), ""),
        (inspected("b", b={"IPAddress": "10.0.0.2"}, a={"IPAddress": "10.0.1.2"}), "10.0.1.2"),
        (inspected("a", a={"IPAddress": "", "GlobalIPv6Address": "fd00::2"}), "fd00::2"),
        ({"Id": "c1"}, ""),
    ],
)
def test_the_address_of_a_container(container: dict[str, Any], expected: str) -> None:
    assert address(Engine("unix:///nowhere"), container) == expected
