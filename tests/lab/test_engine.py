# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's API and Compose's program, each against the real one, with the requests counted at the socket."""

from __future__ import annotations

import json
import os
import socket
import ssl
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.model import BIND, Content
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.present import Container, Present
from ansible_collections.slipway.containers.plugins.module_utils._io import host_facts
from ansible_collections.slipway.containers.plugins.module_utils._io.compose.cli import CliError, ComposeCli, Program
from ansible_collections.slipway.containers.plugins.module_utils._io.compose.cli import find as find_program
from ansible_collections.slipway.containers.plugins.module_utils._io.engine import reads
from ansible_collections.slipway.containers.plugins.module_utils._io.engine.client import (
    Engine,
    EngineError,
    NoEngineError,
)

from tools.compose_cli import RELEASES, compose

from . import by_hand, socket_proxy, stack_images
from . import engine as machine
from .registry import Registry, free_port
from .socket_proxy import AFTER, BEFORE, CountingProxy, Fault

SOCKET = machine.SOCKET.removeprefix("unix://")
BUSYBOX = "slipway-test/busybox:1"
NOBODY = 65534
_NUMBERS = count(1)


@pytest.fixture(scope="session", autouse=True)
def busybox(lab: None) -> None:
    """On the machine's own engine, which `lab` starts."""
    if machine.docker("image", "inspect", BUSYBOX, check=False).returncode != 0:
        machine.docker("load", "--input", stack_images.archive())


@pytest.fixture
def proxy() -> Iterator[CountingProxy]:
    with CountingProxy(SOCKET) as between:
        yield between


@pytest.fixture
def engine(proxy: CountingProxy) -> Iterator[Engine]:
    with Engine(proxy.docker_host) as client:
        yield client


@pytest.fixture
def name() -> str:
    return f"engine-{os.getpid()}-{next(_NUMBERS)}"


@pytest.fixture
def box(name: str) -> Iterator[Callable[..., str]]:
    """Containers by `docker run`; each gets a name that is removed at the end."""
    names: list[str] = []

    def run(*words: str, options: tuple[str, ...] = ()) -> str:
        names.append(f"{name}-{len(names)}")
        machine.docker("run", "--detach", "--init", "--name", names[-1], *options, BUSYBOX, *words)
        return names[-1]

    yield run
    machine.remove(names)


def wait_for(seen: Callable[[], Any], seconds: float = 10) -> Any:
    limit = time.monotonic() + seconds
    while not (found := seen()):
        assert time.monotonic() < limit, "it never came"
        time.sleep(0.02)
    return found


@pytest.fixture(params=sorted(RELEASES), ids=lambda release: RELEASES[release])
def program(request: pytest.FixtureRequest) -> Program:
    return find_program(str(compose(request.param)))


@pytest.fixture
def newest() -> Program:
    return find_program(str(compose("sid")))


@pytest.fixture
def project(name: str, newest: Program, tmp_path: Path) -> Iterator[Callable[..., ComposeCli]]:
    """Writes a Compose file and gives the client for it; all of it is removed at the end."""
    made: list[ComposeCli] = []

    def write(model: dict[str, Any], program: Program = newest, **options: Any) -> ComposeCli:
        (tmp_path / "compose.yaml").write_text(json.dumps(model), encoding="utf-8")
        made.append(ComposeCli(program, name, str(tmp_path), docker_host=machine.SOCKET, **options))
        return made[-1]

    yield write
    for cli in made:
        by_hand.compose(cli, "down", "--volumes", "--remove-orphans", "--timeout", "0")


def sleeper(**more: Any) -> dict[str, Any]:
    return {"image": BUSYBOX, "init": True, "command": ["sleep", "1000"], "stop_grace_period": "0s", **more}


# The state of a project


def test_a_project_in_four_requests(
    project: Callable[..., ComposeCli], proxy: CountingProxy, engine: Engine, name: str
) -> None:
    check = {"test": ["CMD", "true"], "interval": "100ms", "retries": 1}
    model = {
        "services": {
            "web": sleeper(labels={"x": "a,b=c"}, scale=2, volumes=["data:/data"], ports=["8000"], healthcheck=check),
            "done": sleeper(command=["sh", "-c", "exit 3"]),
            "later": sleeper(profiles=["later"]),
        },
        "volumes": {"data": {}},
    }
    cli = project(model)
    cli.up()
    cli.run_canary("web", f"{name}-canary")
    wait_for(lambda: reads.present(engine, name).of("web")[0].health == "healthy")
    proxy.forget()
    sent = engine.requests
    found = reads.present(engine, name, [BUSYBOX, "slipway-test/none:1"])
    paths = [request.partition("?")[0] for request in proxy.requests]
    assert paths == ["GET /containers/json", "GET /networks", "GET /volumes", "GET /images/json"]
    assert engine.requests - sent == 4
    check_project(found, engine, name)
    machine.remove([f"{name}-canary"])


def check_project(found: Present, engine: Engine, name: str) -> None:
    first, second = found.of("web")
    assert (first.name, first.number, second.number) == (f"{name}-web-1", 1, 2)
    inspected = reads.inspect(engine, first.id)
    assert inspected
    assert first.labels["x"] == "a,b=c"
    assert first.config_hash == inspected["Config"]["Labels"]["com.docker.compose.config-hash"]
    assert (first.state, first.image, first.image_id) == ("running", BUSYBOX, inspected["Image"])
    assert first.networks == {f"{name}_default": found.networks[f"{name}_default"].id}
    assert [(mount["Name"], mount["Destination"]) for mount in first.mounts] == [(f"{name}_data", "/data")]
    assert {port["PrivatePort"] for port in first.ports} == {8000}
    assert set(found.volumes) == {f"{name}_data"}
    (done,) = found.of("done")
    assert (done.state, done.exit_code, done.health) == ("exited", 3, "")
    assert [one.name for one in found.containers if one.one_off] == [f"{name}-canary"]
    assert found.images == {BUSYBOX: first.image_id}


def test_no_images_asked_for_is_three_requests(engine: Engine, name: str) -> None:
    assert reads.present(engine, name) == Present()
    assert engine.requests == 3


def test_external_networks_and_volumes_cost_no_request(engine: Engine, name: str) -> None:
    machine.docker("network", "create", f"{name}-outer")
    machine.docker("volume", "create", f"{name}-kept")
    try:
        found = reads.present(
            engine, name, [BUSYBOX], [f"{name}-outer", f"{name}-none"], [f"{name}-kept", f"{name}-none"]
        )
        assert (set(found.networks), set(found.volumes)) == ({f"{name}-outer"}, {f"{name}-kept"})
        assert engine.requests == 4
    finally:
        machine.docker("network", "rm", f"{name}-outer")
        machine.docker("volume", "rm", f"{name}-kept")


def test_of_networks_with_one_name_the_projects_is_meant(engine: Engine, name: str) -> None:
    label = f"com.docker.compose.project={name}"
    others = [engine.post("/networks/create", {"Name": name}), engine.post("/networks/create", {"Name": name})]
    own = engine.post("/networks/create", {"Name": name, "Labels": dict([label.split("=")])})
    try:
        assert reads.present(engine, name, networks=[name]).networks[name].id == own["Id"]
    finally:
        for one in (*others, own):
            engine.delete(f"/networks/{one['Id']}")


class LocalRegistry(Registry):
    """On loopback, whose certificates engines do not check."""

    def __init__(self) -> None:
        super().__init__()
        self.gateway = "127.0.0.1"
        self.port = free_port(self.gateway)
        self.address = f"{self.gateway}:{self.port}"


def test_images_as_compose_files_name_them(engine: Engine) -> None:
    image = reads.inspect_image(engine, BUSYBOX)
    assert image
    names = ["engine-ref:latest", "engine-ref:1.27", "localhost/engine/ref:1", "engine/ref:latest"]
    tagged = list(names)
    with LocalRegistry() as registry:
        try:
            for tag in tagged:
                machine.docker("tag", BUSYBOX, tag)
            pushed = f"{registry.address}/shop/web"
            machine.docker("tag", BUSYBOX, f"{pushed}:1")
            tagged.append(f"{pushed}:1")
            machine.docker("push", f"{pushed}:1")
            digest = machine.docker("image", "inspect", "--format", "{{index .RepoDigests}}", f"{pushed}:1").stdout
            digest = next(word for word in digest.strip("[]\n").split() if word.startswith(pushed)).partition("@")[2]
            here = [
                *("engine-ref", "engine-ref:1.27", "docker.io/library/engine-ref", "library/engine-ref:1.27"),
                *("index.docker.io/engine/ref", "engine/ref", "docker.io/engine/ref:latest", "localhost/engine/ref:1"),
                *(f"{pushed}:1", f"{pushed}@{digest}", f"{pushed}:1@{digest}", f"{pushed}:2@{digest}"),
            ]
            missing = ["engine-ref:2", f"{pushed}:2", "engine", "docker.io/ref", f"{pushed}@sha256:{'0' * 64}"]
            before = engine.requests
            assert reads.images(engine, [*here, *missing]) == dict.fromkeys(here, image["Id"])
            assert engine.requests - before == 1
            by_id = [
                image["Id"],
                image["Id"].partition(":")[2],
                image["Id"].partition(":")[2][:12],
                f"sha256:{'0' * 64}",
            ]
            assert reads.images(engine, by_id) == dict.fromkeys(by_id[:3], image["Id"])
        finally:
            machine.docker("rmi", *tagged, f"{pushed}@{digest}", check=False)


# The connection


def test_one_connection_is_kept_and_made_anew_when_the_engine_closed_it(proxy: CountingProxy, engine: Engine) -> None:
    engine.get("/version")
    kept = engine._kept
    engine.get("/version")
    assert engine._kept is kept
    proxy.close_connections()
    wait_for(lambda: not (engine._kept and engine._kept.is_alive()))
    assert engine.get("/version")["ApiVersion"]
    assert len(proxy.requests) == engine.requests == 3
    assert engine.server.startswith("Docker/")


def test_a_read_is_repeated_when_a_kept_connection_breaks(proxy: CountingProxy, engine: Engine) -> None:
    engine.get("/version")
    proxy.faults.append(Fault("GET /info", drop=BEFORE, times=1))
    assert engine.get("/info")["ID"]
    assert proxy.requests == ["GET /version", "GET /info", "GET /info"]


def test_what_changes_something_is_never_sent_twice(proxy: CountingProxy, engine: Engine, name: str) -> None:
    engine.get("/version")
    proxy.faults.append(Fault("POST /volumes/create", drop=AFTER, times=1))
    try:
        with pytest.raises(NoEngineError, match="POST /volumes/create"):
            engine.post("/volumes/create", {"Name": name})
        assert proxy.requests[1:] == ["POST /volumes/create"]
        wait_for(lambda: reads.present(engine, "", volumes=[name]).volumes)  # the engine had done it
    finally:
        engine.delete(f"/volumes/{name}")


def test_an_engine_that_stays_silent(proxy: CountingProxy, engine: Engine) -> None:
    proxy.faults.append(Fault("/info", delay_seconds=0.5))
    with pytest.raises(NoEngineError, match="no answer in time to GET /info, expected a running engine"):
        engine.get("/info", timeout_seconds=0.05)
    assert engine.get("/version")


def test_refusals_are_the_engines_own_words(engine: Engine) -> None:
    with pytest.raises(EngineError, match="answered 404 to GET /containers/none/json: No such container") as found:
        engine.get("/containers/none/json")
    assert (found.value.status, found.value.message) == (404, "No such container: none")
    with pytest.raises(EngineError, match="404") as found:
        engine.get("/nothing/here")
    assert found.value.message == "page not found"
    assert reads.inspect(engine, "none") is None
    assert reads.inspect_image(engine, "engine-none:1") is None


def test_what_already_is_so_is_no_error(engine: Engine, box: Callable[..., str]) -> None:
    container = box("sleep", "1000")
    assert engine.post(f"/containers/{container}/start") is None  # 304
    assert engine.delete(f"/containers/{container}", force=True, v=True) is None  # 204


def test_events_come_one_by_one(engine: Engine, name: str) -> None:
    since = time.time() - 0.001
    engine.post("/volumes/create", {"Name": name})
    engine.delete(f"/volumes/{name}")
    asked = {"filters": {"volume": [name]}, "since": f"{since:.9f}", "until": f"{time.time() + 0.2:.9f}"}
    assert [event["Action"] for event in engine.lines("/events", **asked)] == ["create", "destroy"]


def test_no_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    told = "the socket is missing, expected a running engine (install Docker Engine and start it, or set docker_host)"
    with pytest.raises(NoEngineError) as found:
        Engine(f"unix://{tmp_path}/none.sock").get("/version")
    assert str(found.value) == f"no Docker Engine answers at {tmp_path}/none.sock: {told}"
    assert found.value.status == 0
    (tmp_path / "docker.sock").touch()
    with pytest.raises(NoEngineError, match=f"there is one at unix://{tmp_path}/docker.sock"):
        Engine(f"unix://{tmp_path}/none.sock").get("/version")


def test_nobody_listens(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{tmp_path}/docker.sock")
    with pytest.raises(NoEngineError, match=r"docker\.sock: the connection is refused, expected a running engine"):
        Engine(f"unix://{tmp_path}/docker.sock").get("/version")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_no_permission_names_the_user_and_the_group(tmp_path: Path) -> None:
    assert not Path(SOCKET).stat().st_mode & stat.S_IWOTH
    receiver, sender = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        try:
            Engine(machine.SOCKET).get("/version")
        except EngineError as error:
            os.write(sender, str(error).encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(sender)
    with os.fdopen(receiver) as said:
        told = said.read()
    assert "user nobody may not use the socket, expected root or a member of group " in told
    assert "become: true" in told


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("ssh://root@box", "Ansible connects by SSH itself"),
        ("http://box", "expected unix:///PATH or tcp://HOST:PORT"),
        ("unix://relative", "for example unix:///var/run/docker.sock"),
        ("tcp://box:port", "expected tcp://HOST:PORT"),
        ("tcp://box:1/path", "nothing behind it"),
    ],
)
def test_addresses_that_are_none(host: str, told: str) -> None:
    with pytest.raises(EngineError) as found:
        Engine(host)
    assert found.value.message.startswith(f"docker_host: found '{host}', expected ")
    assert told in found.value.message


def test_the_option_outdoes_the_variable() -> None:
    environment = {"DOCKER_HOST": "tcp://box:1"}
    assert Engine(None, environment).address.text == "tcp://box:1"
    assert Engine("unix:///x", environment).address.socket == "/x"
    assert Engine("", {}).address.text == "unix:///var/run/docker.sock"


class Forward:
    """An engine's socket at a port of loopback, with TLS where a context is given."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.context = context
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()

    def _serve(self) -> None:
        try:
            while True:
                self._one(self.listener.accept()[0])
        except OSError:
            pass

    def _one(self, client: socket.socket) -> None:
        """One request and its answer."""
        try:
            if self.context:
                client = self.context.wrap_socket(client, server_side=True)
            with client, socket.socket(socket.AF_UNIX) as upstream:
                upstream.connect(SOCKET)
                upstream.sendall(client.recv(65536).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
                while block := upstream.recv(65536):
                    client.sendall(block)
        except (ssl.SSLError, ConnectionError):
            client.close()  # the other side did not like the certificate


def test_an_engine_on_the_network() -> None:
    forward = Forward()
    host = f"tcp://127.0.0.1:{forward.port}"
    with Engine(host, {}) as engine:
        assert engine.get("/version")["ApiVersion"]
        assert engine.get("/version")["ApiVersion"]  # after an answer that closed the connection
    forward.close()
    with pytest.raises(NoEngineError, match=f"{host}: the connection is refused"):
        Engine(host, {}).get("/version")


def test_an_engine_with_tls(tmp_path: Path) -> None:
    for each in ("ours", "theirs"):
        (tmp_path / each).mkdir()
        certificate(tmp_path / each)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "ours/cert.pem", tmp_path / "ours/key.pem")
    context.load_verify_locations(tmp_path / "ours/ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    forward = Forward(context)
    host = f"tcp://127.0.0.1:{forward.port}"

    def engine(folder: str) -> Engine:
        return Engine(host, {"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(tmp_path / folder)})

    with engine("ours") as ours:
        assert ours.get("/version")["ApiVersion"]
    with pytest.raises(NoEngineError, match=r"TLS failed: .*certificate.*DOCKER_CERT_PATH"):
        engine("theirs").get("/version")
    with pytest.raises(NoEngineError, match=r"missing, expected ca.pem, cert.pem and key.pem"):
        engine("none").get("/version")
    forward.close()


def certificate(folder: Path) -> None:
    command = [
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
        *("-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
        *("-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")),
    ]
    subprocess.run(command, check=True, capture_output=True)
    (folder / "ca.pem").write_bytes((folder / "cert.pem").read_bytes())


def test_the_proxy_as_a_program(tmp_path: Path) -> None:
    """As the benchmarks use it on hosts of the lab."""
    words = [sys.executable, socket_proxy.__file__, SOCKET, f"{tmp_path}/d.sock", f"{tmp_path}/log"]
    process = subprocess.Popen(words)
    try:
        wait_for((tmp_path / "d.sock").exists)
        with Engine(f"unix://{tmp_path}/d.sock") as engine:
            engine.get("/version")
            engine.get("/containers/json", all=True)
        assert (tmp_path / "log").read_text(encoding="utf-8") == "GET /version\nGET /containers/json?all=true\n"
    finally:
        process.terminate()
        process.wait(timeout=10)
    assert not (tmp_path / "d.sock").exists()


# Inside of containers


@pytest.mark.parametrize("options", [(), ("--tty",)], ids=["framed", "terminal"])
def test_logs(engine: Engine, box: Callable[..., str], options: tuple[str, ...]) -> None:
    script = r"printf '\033[31mred\033[0m\n'; sleep 0.05; echo err >&2; sleep 0.05; seq 1 30; printf 'ä no end'"
    container = box("sh", "-c", script, options=options)
    machine.docker("wait", container)
    assert reads.logs_tail(engine, container, 100) == ("red", "err", *map(str, range(1, 31)), "ä no end")
    assert reads.logs_tail(engine, container, 2) == ("30", "ä no end")
    assert reads.logs_tail(engine, container, since=time.time() + 100) == ()


def test_a_log_that_nobody_keeps(engine: Engine, box: Callable[..., str]) -> None:
    container = box("echo", "gone", options=("--log-driver", "none"))
    (told,) = reads.logs_tail(engine, container)
    assert told.startswith("[no log: ") and "log" in told


def test_a_long_line_in_a_log(engine: Engine, box: Callable[..., str]) -> None:
    """The engine breaks lines at 16 KiB; they come back whole."""
    container = box("sh", "-c", "head -c 40000 /dev/zero | tr '\\0' x; echo")
    machine.docker("wait", container)
    assert reads.logs_tail(engine, container) == ("x" * 40000,)


def test_commands_in_a_container(engine: Engine, box: Callable[..., str]) -> None:
    container = box("sleep", "1000")
    done = reads.execute(engine, container, ["sh", "-c", "echo a; echo b >&2; exit 4"], 10)
    assert (done.exit_code, sorted(done.output)) == (4, ["a", "b"])
    assert reads.execute(engine, container, ["none"], 10).exit_code in (126, 127)
    late = reads.execute(engine, container, ["sleep", "5"], 0.2)
    assert (late.exit_code, late.output) == (None, ("no end within 0.2 s",))
    assert engine.get("/version")


def test_files_of_a_container(engine: Engine, box: Callable[..., str]) -> None:
    script = "mkdir -p /a/b; echo one >/a/b/f; ln -s b/f /a/link; ln -s /a/link /far; sleep 1000"
    container = box("sh", "-c", script)
    wait_for(lambda: reads.archive_file(engine, container, "/a/b/f"))
    wait_for(lambda: reads.archive_file(engine, container, "/far"))
    assert reads.archive_file(engine, container, "/a/link") == b"one\n"
    assert reads.archive_file(engine, container, "/far") == b"one\n"
    assert reads.archive_file(engine, container, "/a/b") is None
    assert reads.archive_file(engine, container, "/a/b/f", most_bytes=3) is None
    assert reads.archive_file(engine, container, "/none") is None
    machine.docker("kill", container)
    assert reads.archive_file(engine, container, "/far") == b"one\n"


def listed(engine: Engine, name: str) -> Container:
    (entry,) = engine.get("/containers/json", all=True, filters={"name": [f"^/{name}$"]})
    return reads.container(entry)


def test_what_a_container_holds_of_a_replaced_file(engine: Engine, box: Callable[..., str], tmp_path: Path) -> None:
    """A file that is replaced by rename: the engine's archive shows the new one, the container still has the old."""
    source = tmp_path / "my conf"
    source.write_text("one", encoding="utf-8")
    container = box("sleep", "1000", options=("--volume", f"{source}:/etc/my conf:ro"))
    bound = Content(BIND, str(source), "/etc/my conf", source=str(source))
    pid = machine.docker("inspect", "--format", "{{.State.Pid}}", container).stdout.strip()
    (tmp_path / "new").write_text("two", encoding="utf-8")
    (tmp_path / "new").rename(source)
    assert reads.archive_file(engine, container, "/etc/my conf") == b"two"
    assert reads.content_of(engine, listed(engine, container), bound) == b"one"
    assert host_facts.held_content(int(pid), "/etc/passwd") is None  # of this host, were it followed
    machine.docker("kill", container)
    assert reads.content_of(engine, listed(engine, container), bound) is None


def test_connections_from_outside_of_a_container(engine: Engine, box: Callable[..., str]) -> None:
    container = box("httpd", "-f", "-p", "8080")
    facts = wait_for(lambda: reads.inspect(engine, container))
    pid, address = facts["State"]["Pid"], facts["NetworkSettings"]["Networks"]["bridge"]["IPAddress"]
    wait_for(lambda: any(one.port == 8080 for one in host_facts._sockets(pid)))
    assert host_facts.inbound_connections(pid) == ()
    machine.docker("exec", "--detach", container, "sh", "-c", "sleep 5 | nc 127.0.0.1 8080")  # as health checks do
    with socket.create_connection((address, 8080)) as client:
        wait_for(lambda: any(one.remote_port == 8080 for one in host_facts._sockets(pid)))
        (found,) = wait_for(lambda: host_facts.inbound_connections(pid))
        assert (found.port, found.remote_port) == (8080, client.getsockname()[1])
    wait_for(lambda: not host_facts.inbound_connections(pid))


# Compose's program


def test_commands_of_compose(program: Program, project: Callable[..., ComposeCli], engine: Engine, name: str) -> None:
    """The way an apply goes: create starts nothing, start starts what there is, a canary stands beside."""
    cli = project({"services": {"db": sleeper(), "web": sleeper(depends_on=["db"], ports=["8000"])}}, program)
    assert cli.version().startswith(RELEASES["trixie"] if "trixie" in program.path else RELEASES["sid"])
    assert list(json.loads(cli.config())["services"]) == ["db", "web"]
    cli.create(["web"])
    assert states(engine, name) == {"db": ["created"], "web": ["created"]}
    cli.start(["db", "web"])
    assert states(engine, name) == {"db": ["running"], "web": ["running"]}
    first = reads.present(engine, name).of("web")[0].id
    cli.create(["web"], force_recreate=True)
    (second,) = reads.present(engine, name).of("web")
    assert second.id != first and second.state == "created"
    cli.create(["web"], no_recreate=True, scale={"web": 2})
    cli.start(["web"], scale={"web": 2})
    assert states(engine, name) == {"db": ["running"], "web": ["running", "running"]}
    cli.run_canary("web", f"{name}-canary")
    assert listed(engine, f"{name}-canary").ports == ()
    by_hand.compose(cli, "kill", "--signal", "SIGKILL", "web")
    by_hand.compose(cli, "restart", "--timeout", "0", "db")
    cli.stop(["db"], stop_timeout=0)
    by_hand.compose(cli, "rm", "--force", "--volumes", "--stop", "web")
    assert states(engine, name) == {"db": ["exited"]}
    machine.remove([f"{name}-canary"])
    by_hand.compose(cli, "down", "--volumes", "--remove-orphans")
    assert reads.present(engine, name) == Present()
    assert cli.calls == 13


def states(engine: Engine, name: str) -> dict[str, list[str]]:
    found = reads.present(engine, name)
    return {
        service: [one.state for one in found.of(service)]
        for service in sorted({c.service for c in found.containers if not c.one_off})
    }


def test_compose_says_why(program: Program, project: Callable[..., ComposeCli], name: str) -> None:
    cli = project({"services": {"web": sleeper(image="engine-none:1", environment={"A": "$UNSET"}), "b": {}}}, program)
    with pytest.raises(CliError) as found:
        cli.config()
    assert found.value.exit_code and found.value.exit_code > 0
    assert found.value.lines == (
        'service "b" has neither an image nor a build context specified: invalid compose project',
    )
    cli = project({"services": {"web": sleeper(image="engine-none:1")}}, program)
    with pytest.raises(CliError, match=r"docker compose create failed with exit code 1: (.|\n)*engine-none"):
        cli.create()


def test_a_model_by_stdin(program: Program, name: str, tmp_path: Path) -> None:
    model = json.dumps({"services": {"web": {"image": BUSYBOX, "volumes": ["./data:/data"]}}})
    cli = ComposeCli(program, name, str(tmp_path), files=["-"], stdin=model, environment={"X": "y"})
    (mount,) = json.loads(cli.config())["services"]["web"]["volumes"]
    assert mount["source"] == f"{tmp_path}/data"


def test_files_environments_and_profiles_in_their_order(program: Program, name: str, tmp_path: Path) -> None:
    def write(file: str, model: dict[str, Any]) -> str:
        (tmp_path / file).write_text(json.dumps(model), encoding="utf-8")
        return str(tmp_path / file)

    files = [
        write("a.json", {"services": {"web": {"image": "a:${TAG}"}, "more": {"image": "m", "profiles": ["p"]}}}),
        write("b.json", {"services": {"web": {"environment": {"B": "${GIVEN}"}}}}),
    ]
    (tmp_path / "env").write_text("TAG=7\nGIVEN=file\n", encoding="utf-8")
    cli = ComposeCli(
        program, name, str(tmp_path), files, [str(tmp_path / "env")], ["p"], environment={"GIVEN": "process"}
    )
    model = json.loads(cli.config())
    assert (model["name"], sorted(model["services"])) == (name, ["more", "web"])
    assert model["services"]["web"]["image"] == "a:7"
    assert model["services"]["web"]["environment"] == {"B": "process"}


def test_settings_of_the_user_that_would_change_what_is_asked(
    program: Program, project: Callable[..., ComposeCli], engine: Engine, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    project({"services": {"old": sleeper()}}, program).up()
    monkeypatch.setenv("COMPOSE_REMOVE_ORPHANS", "1")
    monkeypatch.setenv("COMPOSE_PROGRESS", "json")
    monkeypatch.setenv("COMPOSE_STATUS_STDOUT", "1")
    monkeypatch.setenv("DOCKER_CONTEXT", "none")
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    cli = project({"services": {"web": sleeper()}}, program)
    cli.up()
    assert states(engine, name) == {"old": ["running"], "web": ["running"]}
    assert not any(line.startswith("{") for line in cli.last.lines) if cli.last else False
    assert json.loads(cli.config())["name"] == name


def test_pull_and_build(
    program: Program, project: Callable[..., ComposeCli], engine: Engine, name: str, tmp_path: Path
) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM {BUSYBOX}\nRUN echo built >/mark\n", encoding="utf-8")
    cli = project(
        {"services": {"web": sleeper(image=f"{name}:1", build="."), "no": sleeper(image="127.0.0.1:1/no:1")}}, program
    )
    try:
        cli.build(["web"])
        assert reads.images(engine, [f"{name}:1"])
        with pytest.raises(CliError, match=r"docker compose pull failed with exit code \d+: (.|\n)*127.0.0.1:1"):
            cli.pull(["no"], policy="always")
    finally:
        machine.docker("rmi", f"{name}:1", check=False)
