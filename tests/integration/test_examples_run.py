# SPDX-License-Identifier: GPL-3.0-or-later
"""The reference apps run: each is started as its Dockerfile says, asked, and stopped.

No container engine is needed. What a Dockerfile copies is laid out in a temporary folder, and its ENV
and CMD are used with the packages of `requirements.txt` in a virtual environment that is kept between runs.
"""

from __future__ import annotations

import contextlib
import http.client
import importlib.util
import json
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from ansible_collections.slipway.containers.plugins.filter.task_definition import task_definition as preview

from tests.integration.compose import program
from tools.compose_cli import RELEASES
from tools.prepare import CACHE, install

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
WEB = EXAMPLES / "fargate_web"
BUDGET = EXAMPLES / "streamlit_budget"
START_SECONDS = 30.0
STOP_SECONDS = 5.0


@dataclass(frozen=True)
class Service:
    """One container image, and its name in the two files that run it."""

    folder: Path
    dockerfile: str
    name: str
    port: int
    health_path: str
    port_variable: str
    address_variable: str


SERVICES = {
    "web": Service(WEB, "Dockerfile", "web", 8080, "/health", "PORT", "HOST"),
    "streamlit": Service(
        BUDGET,
        "Dockerfile.streamlit",
        "streamlit-app",
        8501,
        "/_stcore/health",
        "STREAMLIT_SERVER_PORT",
        "STREAMLIT_SERVER_ADDRESS",
    ),
    "health": Service(BUDGET, "Dockerfile.health", "health-check", 8080, "/health", "PORT", "HOST"),
}
EVERY_SERVICE = pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
EVERY_EXAMPLE = pytest.mark.parametrize("folder", [WEB, BUDGET], ids=lambda folder: folder.name)


# --- reading the files ------------------------------------------------------------------------------


@dataclass
class Image:
    """What a Dockerfile says about the container, as far as a test can honour it without an engine."""

    user: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    copies: list[tuple[str, str]] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    health: dict[str, Any] = field(default_factory=dict)


def read_dockerfile(path: Path) -> Image:
    image = Image()
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.lstrip().startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        word, _space, rest = line.strip().partition(" ")
        if word == "USER":
            image.user = rest
        elif word == "ENV":
            for pair in shlex.split(rest):
                name, _equals, value = pair.partition("=")
                image.environment[name] = value
        elif word == "COPY":
            source, target = rest.split()
            image.copies.append((source, target))
        elif word == "CMD":
            image.command = json.loads(rest)
        elif word == "HEALTHCHECK":
            image.health = read_healthcheck(rest)
    return image


def read_healthcheck(text: str) -> dict[str, Any]:
    options, _cmd, command = text.partition("CMD ")
    found = dict(option.removeprefix("--").split("=") for option in options.split())
    return health_of(["CMD", *json.loads(command)], found, "start-period")


def health_of(command: list[str], found: dict[str, Any], start_period: str) -> dict[str, Any]:
    """One shape for the three ways of writing a health check."""
    return {
        "command": command,
        "interval": seconds(found["interval"]),
        "timeout": seconds(found["timeout"]),
        "retries": int(found["retries"]),
        "start_period": seconds(found[start_period]),
    }


def seconds(value: str | int) -> int:
    return int(str(value).removesuffix("s"))


def load_yaml(path: Path) -> dict[str, Any]:
    with path.open(encoding="utf-8") as file:
        loaded: dict[str, Any] = yaml.safe_load(file)
    return loaded


def compose_service(service: Service) -> dict[str, Any]:
    found: dict[str, Any] = load_yaml(service.folder / "compose.yaml")["services"][service.name]
    return found


@cache
def task_definition(folder: Path) -> dict[str, Any]:
    """What the Compose file becomes on ECS, with what `ecs.yml` adds to it."""
    added = load_yaml(folder / "ecs.yml")
    assert list(added) == ["family", "compose", "definition"]
    project = {**added["compose"], "project_directory": str(folder)}
    region = "ap-northeast-2"
    shown = preview(added["definition"], family=added["family"], compose=project, region=region, fail_on="error")
    definition: dict[str, Any] = shown["task_definition"]
    return definition


def task_container(service: Service) -> dict[str, Any]:
    containers = task_definition(service.folder)["containerDefinitions"]
    found: dict[str, Any] = next(one for one in containers if one["name"] == service.name)
    return found


def health_checks(service: Service) -> dict[str, dict[str, Any]]:
    compose = compose_service(service)["healthcheck"]
    task = task_container(service)["healthCheck"]
    return {
        "Dockerfile": read_dockerfile(service.folder / service.dockerfile).health,
        "compose.yaml": health_of(compose["test"], compose, "start_period"),
        "ECS": health_of(task["command"], task, "startPeriod"),
    }


def text_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path


# --- the virtual environment ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def venv_bin() -> Path:
    """The bin folder of a virtual environment with the requirements of both examples."""
    venv = CACHE / "venvs" / f"examples-py{sys.version_info.major}.{sys.version_info.minor}"
    files = (WEB / "requirements.txt", BUDGET / "requirements.txt")
    install(venv, Path(sys.executable).resolve(), *files, compiled=True)
    return venv / "bin"


# --- running a service ------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def ask(port: int, path: str, method: str = "GET", body: Any = None, token: str = "") -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, response.read())
    finally:
        connection.close()


@dataclass
class Running:
    """A started service."""

    service: Service
    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text("utf-8")
            with contextlib.suppress(OSError):
                ask(self.port, self.service.health_path)
                return
            time.sleep(0.05)
        pytest.fail(f"{self.service.name} did not answer:\n{self.log.read_text('utf-8')}")

    def stop(self) -> tuple[int, float]:
        """Send SIGTERM; the exit code and how long it took."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=30)
        return code, time.monotonic() - started


@dataclass
class Starter:
    """Starts services the way their images would, and ends them all."""

    venv_bin: Path
    folder: Path
    stack: contextlib.ExitStack

    def start(self, key: str, port: int | None = None, **environment: str) -> Running:
        service = SERVICES[key]
        image = read_dockerfile(service.folder / service.dockerfile)
        port = port or free_port()
        overrides = {service.port_variable: str(port), service.address_variable: "127.0.0.1", **environment}
        return self.launch(service, image, port, self.real_command(image), overrides)

    def real_command(self, image: Image) -> list[str]:
        return [str(self.venv_bin / image.command[0]), *image.command[1:]]

    def launch(
        self,
        service: Service,
        image: Image,
        port: int,
        command: list[str],
        overrides: dict[str, str],
        pass_fds: tuple[int, ...] = (),
    ) -> Running:
        root = self.folder / f"{service.name}-{port}"
        for source, target in image.copies:
            copy_like_docker(service.folder / source, root, target)
        home = root / "tmp"
        home.mkdir()
        log = root / "log"
        # Nothing of the caller's environment: the image has none of it either.
        environment = {"PATH": f"{self.venv_bin}:/usr/bin:/bin", **image.environment, "HOME": str(home)}
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=root,
                env={**environment, **overrides},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=pass_fds,
            )
        self.stack.callback(end, process)
        running = Running(service, process, port, log)
        running.wait_until_it_answers()
        return running


def copy_like_docker(source: Path, root: Path, target: str) -> None:
    """COPY of a file into a folder, or of a folder's content into another."""
    if source.is_dir():
        shutil.copytree(source, root / target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        (root / target).mkdir(parents=True, exist_ok=True)
        shutil.copy(source, root / target)


def end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
    process.wait()


@pytest.fixture
def starter(venv_bin: Path, tmp_path: Path) -> Iterator[Starter]:
    with contextlib.ExitStack() as stack:
        yield Starter(venv_bin, tmp_path, stack)


@pytest.fixture(scope="module")
def page(venv_bin: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One Streamlit for all tests that only need it to be up."""
    folder = tmp_path_factory.mktemp("page")
    with contextlib.ExitStack() as stack:
        yield Starter(venv_bin, folder, stack).start("streamlit", DATA_DIR=str(folder))


def probe(venv_bin: Path, check: list[str], service: Service, port: int) -> subprocess.CompletedProcess[str]:
    """Run a health check's own command. Only the port is another one."""
    kind, *command = check
    assert kind in ("CMD", "CMD-SHELL")
    moved = [part.replace(f"127.0.0.1:{service.port}/", f"127.0.0.1:{port}/") for part in command]
    assert moved != command, "the command does not name the service's port"
    if kind == "CMD-SHELL":
        moved = ["/bin/sh", "-c", *moved]
    # The proxy is a dead one: an engine may inject a proxy, and the check must not go through it.
    environment = {"PATH": f"{venv_bin}:/usr/bin:/bin", "http_proxy": "http://127.0.0.1:9"}
    return subprocess.run(moved, env=environment, capture_output=True, text=True, check=False, timeout=30)


# --- the services run -------------------------------------------------------------------------------


@pytest.mark.parametrize("key", SERVICES)
def test_health_check_follows_the_service_and_sigterm_ends_it_cleanly(
    key: str, starter: Starter, request: pytest.FixtureRequest
) -> None:
    if key == "health":
        page: Running = request.getfixturevalue("page")
        running = starter.start(key, STREAMLIT_URL=f"http://127.0.0.1:{page.port}")
    else:
        running = starter.start(key)
    service = running.service

    assert ask(running.port, service.health_path).status == 200
    for place, check in health_checks(service).items():
        done = probe(starter.venv_bin, check["command"], service, running.port)
        assert done.returncode == 0, f"{place}: {done.stderr}"

    code, took = running.stop()
    assert code == 0, running.log.read_text("utf-8")
    assert took < STOP_SECONDS
    for place, check in health_checks(service).items():
        done = probe(starter.venv_bin, check["command"], service, running.port)
        assert done.returncode != 0, place


def test_web_serves_links_and_takes_changes_only_with_the_token(starter: Starter) -> None:
    docs = "https://docs.example.org/a?b=c#d"
    web = starter.start("web", LINKS=f"docs={docs}", API_TOKEN="right")

    followed = ask(web.port, "/docs")
    assert (followed.status, followed.headers["location"]) == (307, docs)
    assert followed.headers["cache-control"] == "no-store"
    assert ask(web.port, "/links").json() == [{"code": "docs", "url": docs, "hits": 1}]
    new = {"url": "https://wiki.example.org/", "code": "wiki"}
    assert ask(web.port, "/links", "POST", new).status == 401
    assert ask(web.port, "/links", "POST", new, "wrong").status == 401
    made = ask(web.port, "/links", "POST", new, "right")
    assert (made.status, made.headers["location"]) == (201, "/wiki")
    assert made.json() == {**new, "hits": 0}
    assert ask(web.port, "/links", "POST", new, "right").status == 409
    random = ask(web.port, "/links", "POST", {"url": "http://example.org"}, "right").json()["code"]
    assert ask(web.port, f"/links/{random}").json()["url"] == "http://example.org"
    for bad in ({"url": "javascript:alert(1)"}, {"url": "https://"}, {**new, "code": "health"}, {}):
        assert ask(web.port, "/links", "POST", bad, "right").status == 422, bad
    assert ask(web.port, "/links/wiki", "DELETE", token="right").status == 204
    assert ask(web.port, "/wiki").status == 404
    assert ask(web.port, "/health").json()["links"] == 2


def test_web_is_read_only_without_a_token(starter: Starter) -> None:
    web = starter.start("web")
    assert ask(web.port, "/links", "POST", {"url": "https://example.org"}).status == 403
    assert ask(web.port, "/links").json() == []


def test_web_logs_json_lines_without_the_token_or_good_health_requests(starter: Starter) -> None:
    web = starter.start("web", API_TOKEN="very-secret")
    ask(web.port, "/health")
    ask(web.port, "/links", "POST", {"url": "https://example.org"}, "very-secret")
    web.stop()
    text = web.log.read_text("utf-8")
    entries = [json.loads(line) for line in text.splitlines()]
    requests = [entry for entry in entries if entry["message"] == "request"]
    assert len(requests) == 1
    assert (requests[0]["method"], requests[0]["path"], requests[0]["status"]) == ("POST", "/links", 201)
    assert entries[-1]["message"] == "stopped"
    assert all({"time", "level", "logger"} <= entry.keys() for entry in entries)
    assert "very-secret" not in text


def test_web_finishes_an_open_request_after_sigterm(starter: Starter) -> None:
    web = starter.start("web", API_TOKEN="right")
    body = json.dumps({"url": "https://example.org", "code": "late"}).encode()
    with socket.create_connection(("127.0.0.1", web.port), timeout=10) as client:
        head = (
            f"POST /links HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer right\r\nConnection: close\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        client.sendall(head.encode() + body[:5])
        time.sleep(0.3)
        web.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        client.sendall(body[5:])
        with client.makefile("rb") as answer:
            assert answer.readline().split()[1] == b"201"
    assert web.process.wait(timeout=STOP_SECONDS) == 0


@pytest.mark.parametrize(("variable", "value"), [("PORT", "0"), ("LINKS", "health=https://example.org")])
def test_web_refuses_a_wrong_setting_with_one_line(venv_bin: Path, variable: str, value: str) -> None:
    done = subprocess.run(
        [venv_bin / "python", "-B", "-m", "app.main"],
        cwd=WEB,
        env={variable: value},
        capture_output=True,
        check=False,
        text=True,
        timeout=30,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("configuration: ")
    assert done.stderr.count("\n") == 1


def test_health_service_is_503_while_streamlit_is_down(starter: Starter, page: Running) -> None:
    streamlit_port = free_port()
    health = starter.start("health", STREAMLIT_URL=f"http://127.0.0.1:{streamlit_port}")
    command = compose_service(SERVICES["health"])["healthcheck"]["test"]

    down = ask(health.port, "/health")
    assert down.status == 503
    assert down.json()["status"] == "down"
    assert down.json()["streamlit"]["up"] is False
    assert probe(starter.venv_bin, command, health.service, health.port).returncode != 0

    streamlit = starter.start("streamlit", streamlit_port)
    assert ask(health.port, "/health").status == 200
    assert probe(starter.venv_bin, command, health.service, health.port).returncode == 0

    streamlit.stop()
    assert ask(health.port, "/health").status == 503


def test_health_service_reports_figures_and_stays_small(starter: Starter, page: Running) -> None:
    health = starter.start("health", STREAMLIT_URL=f"http://127.0.0.1:{page.port}")
    answer = ask(health.port, "/health")
    assert answer.headers["content-type"] == "application/json"
    report = answer.json()
    assert report["status"] in ("ok", "warning", "critical")
    assert report["streamlit"]["http_status"] == 200
    for name in ("memory", "disk"):
        part = report[name]
        assert 0 < part["used_bytes"] < part["total_bytes"]
        assert part["used_percent"] == round(100 * part["used_bytes"] / part["total_bytes"], 1)
        assert part["level"] in ("normal", "warning", "critical")
    assert ask(health.port, "/health", "HEAD").body == b""
    assert ask(health.port, "/").status == 404
    status = Path(f"/proc/{health.process.pid}/status").read_text("utf-8")
    resident = re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)
    assert resident is not None
    assert int(resident[1]) < 50_000


def test_health_service_takes_a_listening_socket_from_systemd(starter: Starter, page: Running) -> None:
    service = SERVICES["health"]
    image = read_dockerfile(service.folder / service.dockerfile)
    # systemd names the process that the descriptor is for, so the pid must be known before exec.
    shim = (
        "import os, sys; os.dup2(int(sys.argv[1]), 3); "
        "os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid())); os.execv(sys.argv[2], sys.argv[2:])"
    )
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port: int = listener.getsockname()[1]
        command = [sys.executable, "-c", shim, str(listener.fileno()), *starter.real_command(image)]
        # The port is taken already, so the service can answer only through the descriptor.
        environment = {
            "STREAMLIT_URL": f"http://127.0.0.1:{page.port}",
            "HOST": "127.0.0.1",
            "PORT": str(port),
        }
        health = starter.launch(service, image, port, command, environment, (listener.fileno(),))
        assert ask(port, "/health").status == 200
        code, took = health.stop()
        assert (code, took < STOP_SECONDS) == (0, True)
        # The socket outlives the service: a restart queues connections and refuses none.
        with socket.create_connection(("127.0.0.1", port), timeout=2):
            pass


def test_health_service_ignores_a_socket_for_another_process(starter: Starter, page: Running) -> None:
    streamlit = f"http://127.0.0.1:{page.port}"
    health = starter.start("health", STREAMLIT_URL=streamlit, LISTEN_FDS="1", LISTEN_PID="1")
    assert ask(health.port, "/health").status == 200


PAGE_SCRIPT = """
import json, os, sys
from streamlit.testing.v1 import AppTest

def press(page, label):
    for button in page.button:
        if button.label.startswith(label) and not button.disabled:
            return button.click().run()

def draw(folder):
    os.environ["DATA_DIR"] = folder
    page = AppTest.from_file(sys.argv[1], default_timeout=30).run()
    shown = {"first": page.table[0].value["Months"].tolist(), "info": [one.value for one in page.info]}
    press(page, "Save")
    shown["saved"] = [one.value for one in page.success]
    page.number_input[0].set_value(50.0).run()
    shown["half"] = page.table[0].value["Months"].tolist()
    press(page, "Check")
    shown["text"] = [one.value for one in page.sidebar.markdown]
    shown["errors"] = [one.message for one in page.exception] + [one.value for one in page.error]
    return shown

print(json.dumps([draw(folder) for folder in sys.argv[2:]]))
"""


def test_page_shows_runways_saves_and_never_shows_a_secret(venv_bin: Path, tmp_path: Path) -> None:
    """Streamlit's own test tool draws the page, once per data folder, without a browser."""
    fresh, used, missing = tmp_path / "fresh", tmp_path / "used", tmp_path / "missing"
    fresh.mkdir()
    used.mkdir()
    (used / "scenarios.csv").write_text("name,low,high,one_off\nOwn,20,20,20\nFree,0,0,0\n", "utf-8")
    environment = {
        "PYTHONPATH": str(BUDGET / "streamlit_app"),
        "MILVUS_HOST": "127.0.0.1",
        "MILVUS_PORT": str(free_port()),
        "MILVUS_API_KEY": "very-secret",
    }
    app = BUDGET / "streamlit_app" / "app.py"
    done = subprocess.run(
        [venv_bin / "python", "-B", "-c", PAGE_SCRIPT, app, fresh, used, missing],
        env=environment,
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "very-secret" not in done.stdout + done.stderr
    first, second, third = json.loads(done.stdout.splitlines()[-1])

    assert [shown["errors"] for shown in (first, second, third)] == [[], [], []]
    assert first["first"] == ["2.5 to 3.3", "2.0 to 2.5", "2.5 to 3.3"]
    assert first["half"] == ["1.2 to 1.6", "1.0 to 1.2", "1.2 to 1.6"]
    assert first["saved"] == ["Saved."]
    assert [path.name for path in fresh.iterdir()] == ["scenarios.csv"]
    assert first["text"] == ["Milvus: no answer", "MILVUS_API_KEY: set", "DEEPSEEK_API_KEY: not set"]
    assert second["first"] == ["4.0", "no end"]
    assert third["info"] == [f"{missing} is not writable: changes last as long as this page is open."]
    assert third["saved"] == []


# --- pure functions ---------------------------------------------------------------------------------


def load_module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"example_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


budget = load_module(BUDGET / "streamlit_app" / "budget.py")
outside = load_module(BUDGET / "streamlit_app" / "outside.py")
settings = load_module(WEB / "app" / "settings.py")
links = load_module(WEB / "app" / "links.py")
health_module = load_module(BUDGET / "health" / "health.py")


@pytest.mark.parametrize(
    ("total", "monthly", "one_off", "months"),
    [
        ("100", "40", "0", Decimal("2.5")),
        ("100", "50", "20", Decimal("1.6")),
        ("100", "0", "0", None),
        ("100", "0", "100", Decimal(0)),
        ("10", "40", "20", Decimal(0)),
        ("0", "40", "0", Decimal(0)),
    ],
)
def test_runway_months(total: str, monthly: str, one_off: str, months: Decimal | None) -> None:
    assert budget.runway_months(Decimal(total), Decimal(monthly), Decimal(one_off)) == months


def test_runway_is_rounded_down() -> None:
    third = budget.Scenario("a", Decimal(35), Decimal(35))
    assert budget.show_runway(third, Decimal(100)) == "2.8"


def test_remaining_never_falls_below_nothing() -> None:
    left = budget.remaining(Decimal(100), Decimal("40.10"), Decimal(5), 3)
    assert left == [Decimal(95), Decimal("54.90"), Decimal("14.80"), Decimal(0)]


def test_cheapest_lasts_longest() -> None:
    assert budget.cheapest([], Decimal(100)) is None
    assert budget.cheapest(budget.STARTERS, Decimal(100)) is budget.STARTERS[0]
    free = budget.Scenario("free", Decimal(0), Decimal(0))
    assert budget.cheapest([*budget.STARTERS, free], Decimal(100)) is free


def test_csv_comes_back_as_it_was() -> None:
    odd = budget.Scenario('a, "b"', Decimal("0.10"), Decimal("0.30"), Decimal(7))
    scenarios = [*budget.STARTERS, odd]
    assert budget.read_csv(budget.write_csv(scenarios)) == scenarios


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the first line must be"),
        ("name,low\na,1\n", "the first line must be"),
        ("name,low,high,one_off\na,x,1,0\n", "a: low is not a number"),
        ("name,low,high,one_off\na,nan,1,0\n", "a: low is not a number"),
        ("name,low,high,one_off\na,1\n", "a: high is not a number"),
        ("name,low,high,one_off\na,2,1,0\n", "a: the low cost is above the high cost"),
        ("name,low,high,one_off\na,-1,1,0\n", "a: a cost cannot be negative"),
        ("name,low,high,one_off\n,1,1,0\n", "a scenario needs a name"),
        ("name,low,high,one_off\na,1,1,0\na,2,2,0\n", "two scenarios are called a"),
    ],
)
def test_csv_that_makes_no_sense_is_refused(text: str, message: str) -> None:
    with pytest.raises(budget.BudgetError, match=message):
        budget.read_csv(text)


def test_outside_addresses() -> None:
    found = outside.addresses({"MILVUS_HOST": "milvus", "MODELARTS_ENDPOINT": "https://ma.example.org/v1"})
    assert [(one.service, one.host, one.port) for one in found] == [
        ("Milvus", "milvus", 19530),
        ("ModelArts", "ma.example.org", 443),
    ]
    assert outside.addresses({"MILVUS_HOST": "", "MODELARTS_ENDPOINT": ""}) == []


@pytest.mark.parametrize(
    "environ",
    [{"PORT": "http"}, {"PORT": "65536"}, {"PORT": "-1"}, {"MAX_LINKS": "0"}, {"LOG_LEVEL": "loud"}],
)
def test_web_settings_are_checked(environ: dict[str, str]) -> None:
    with pytest.raises(settings.SettingsError, match=next(iter(environ))):
        settings.read_settings(environ)


def test_web_settings_count_empty_as_not_set() -> None:
    assert settings.read_settings({"PORT": "", "LOG_LEVEL": "", "MAX_LINKS": ""}) == settings.Settings()


@pytest.mark.parametrize("text", ["a", "A=http://a.org", "links=http://a.org", "a=ftp://a.org", "a=http://["])
def test_links_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(links.LinkError):
        links.parse_links(text)


def test_link_store_holds_at_most_max_links() -> None:
    store = links.LinkStore(1)
    store.add("https://example.org")
    with pytest.raises(links.StoreFullError):
        store.add("https://example.net")


@pytest.mark.parametrize(
    ("percent", "level"),
    [(0.0, "normal"), (59.9, "normal"), (60.0, "warning"), (80.0, "warning"), (80.1, "critical")],
)
def test_levels(percent: float, level: str) -> None:
    assert health_module.level_of(percent, health_module.MEMORY_LIMITS) == level


def test_memory_counts_droppable_cache_as_free() -> None:
    text = "MemTotal:  1000 kB\nMemFree:  100 kB\nMemAvailable:  700 kB\nHugePages_Total:  0\n"
    assert health_module.parse_meminfo(text) == (300 * 1024, 1000 * 1024)


@pytest.mark.parametrize(
    "environ",
    [
        {"STREAMLIT_URL": "https://a"},
        {"STREAMLIT_URL": "a:8501"},
        {"STREAMLIT_URL": "http://a:x"},
        {"PORT": "0"},
    ],
)
def test_health_settings_are_checked(environ: dict[str, str]) -> None:
    with pytest.raises(health_module.SettingsError):
        health_module.read_settings(environ)


# --- the files agree --------------------------------------------------------------------------------


@EVERY_SERVICE
def test_the_three_health_checks_agree(service: Service) -> None:
    checks = health_checks(service)
    assert checks["compose.yaml"] == checks["Dockerfile"]
    assert checks["ECS"] == checks["Dockerfile"]
    assert checks["Dockerfile"]["timeout"] < checks["Dockerfile"]["interval"]
    assert f"127.0.0.1:{service.port}{service.health_path}" in checks["Dockerfile"]["command"][-1]


@EVERY_SERVICE
def test_user_ports_and_root_file_system_agree(service: Service) -> None:
    image = read_dockerfile(service.folder / service.dockerfile)
    compose = compose_service(service)
    container = task_container(service)
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", image.user)
    assert compose["user"] == container["user"] == image.user
    assert [port.rpartition(":")[2] for port in compose["ports"]] == [str(service.port)]
    assert [port["containerPort"] for port in container["portMappings"]] == [service.port]
    assert compose["read_only"] is container["readonlyRootFilesystem"] is True
    tmpfs = [f"{one['containerPath']}:size={one['size']}m" for one in container["linuxParameters"]["tmpfs"]]
    assert compose["tmpfs"] == tmpfs
    assert compose["cap_drop"] == container["linuxParameters"]["capabilities"]["drop"]


@EVERY_EXAMPLE
def test_no_file_uses_curl(folder: Path) -> None:
    for path in text_files(folder):
        assert not re.search(r"\b(curl|wget)\b", path.read_text("utf-8")), path


@EVERY_EXAMPLE
def test_requirements_are_pinned(folder: Path) -> None:
    lines = (folder / "requirements.txt").read_text("utf-8").split("\n")
    wanted = [line for line in lines if line and not line.startswith("#")]
    assert wanted
    for line in wanted:
        assert re.fullmatch(r"[a-z0-9-]+(\[[a-z,]+\])?==\d+(\.\d+)+", line), line


@EVERY_EXAMPLE
def test_dockerfiles_are_slim_and_copy_what_the_ignore_file_lets_in(folder: Path) -> None:
    rules = (folder / ".dockerignore").read_text("utf-8").splitlines()
    allowed = {rule[1:] for rule in rules if rule.startswith("!")}
    copied: set[str] = set()
    for path in folder.glob("Dockerfile*"):
        assert re.findall(r"^FROM (.+)$", path.read_text("utf-8"), re.MULTILINE) == ["python:3.13-slim"]
        copied |= {source for source, _target in read_dockerfile(path).copies}
    assert copied == allowed


@EVERY_EXAMPLE
def test_env_example_names_every_variable_that_compose_reads(folder: Path) -> None:
    text = (folder / "compose.yaml").read_text("utf-8")
    read = set(re.findall(r"\$\{([A-Z_]+)", text)) - {"APP_TAG", "WEB_TAG"}
    for service in load_yaml(folder / "compose.yaml")["services"].values():
        read |= {name for name, value in service.get("environment", {}).items() if value is None}
    offered = set(re.findall(r"^([A-Z_]+)=", (folder / ".env.example").read_text("utf-8"), re.MULTILINE))
    assert read == offered


def test_no_secret_has_a_value_in_a_file() -> None:
    names = {"MILVUS_API_KEY", "DEEPSEEK_API_KEY"}
    compose = compose_service(SERVICES["streamlit"])["environment"]
    assert {name for name, value in compose.items() if value is None} == names
    container = task_container(SERVICES["streamlit"])
    assert {one["name"] for one in container["secrets"]} == names
    assert not names & {one["name"] for one in container["environment"]}
    for one in container["secrets"]:
        assert re.fullmatch(r"arn:aws:ssm:[a-z0-9-]+:\d{12}:parameter/[\w./-]+", one["valueFrom"])


# The pairs that these two need; the collection's own linter knows them all.
FARGATE_MEMORY = {
    256: {512, 1024, 2048},
    512: set(range(1024, 4097, 1024)),
    1024: set(range(2048, 8193, 1024)),
}


@EVERY_EXAMPLE
def test_task_definition_fits_fargate(folder: Path) -> None:
    definition = task_definition(folder)
    containers = definition["containerDefinitions"]
    cpu, memory = int(definition["cpu"]), int(definition["memory"])
    assert definition["requiresCompatibilities"] == ["FARGATE"]
    assert definition["networkMode"] == "awsvpc"
    assert memory in FARGATE_MEMORY[cpu]
    assert sum(one["cpu"] for one in containers) <= cpu
    assert sum(one["memory"] for one in containers) <= memory
    assert all(one.get("memoryReservation", 6) < one["memory"] for one in containers)
    ports = [port["containerPort"] for one in containers for port in one["portMappings"]]
    assert len(ports) == len(set(ports))
    volumes = {one["name"] for one in definition.get("volumes", [])}
    for one in containers:
        assert not one["image"].endswith(":latest")
        assert one["logConfiguration"]["logDriver"] == "awslogs"
        options = one["logConfiguration"]["options"]
        assert set(options) == {"awslogs-group", "awslogs-region", "awslogs-stream-prefix"}
        assert {mount["sourceVolume"] for mount in one.get("mountPoints", [])} <= volumes
        assert 2 <= one.get("stopTimeout", 30) <= 120
        for needed in one.get("dependsOn", []):
            other = next(peer for peer in containers if peer["name"] == needed["containerName"])
            assert needed["condition"] == "HEALTHY"
            assert "healthCheck" in other


def test_health_container_asks_the_page_where_each_target_puts_it() -> None:
    service = SERVICES["health"]
    assert compose_service(service)["environment"]["STREAMLIT_URL"] == "http://streamlit-app:8501"
    variables = {one["name"]: one["value"] for one in task_container(service)["environment"]}
    assert variables["STREAMLIT_URL"] == "http://localhost:8501"


@pytest.mark.parametrize("release", RELEASES)
@EVERY_EXAMPLE
def test_compose_accepts_the_file(folder: Path, release: str, tmp_path: Path) -> None:
    command = program(release)
    shutil.copy(folder / "compose.yaml", tmp_path)
    empty = tmp_path / "empty.env"
    empty.touch()
    for variables in (empty, folder / ".env.example"):
        done = subprocess.run(
            [command, "--env-file", variables, "config", "--quiet"],
            cwd=tmp_path,
            capture_output=True,
            check=False,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        assert "variable is not set" not in done.stderr
