# SPDX-License-Identifier: GPL-3.0-or-later
"""deploy_compose as a user runs it: from a bare host to an app that answers, and back from versions that fail."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools.prepare import ROOT

from .hosts import Host, playbook
from .registry import Registry

DEPLOY = "slipway.containers.deploy_compose"
EXAMPLE = ROOT / "examples" / "streamlit_budget"


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    """What serves python:3.13-slim to hosts that have no Docker yet."""
    with Registry() as registry:
        with Host.create("app-push") as pusher:
            pusher.load_python()
            registry.publish(pusher, "python:3.13-slim", "library/python:3.13-slim")
        yield registry


@pytest.fixture(scope="module")
def host(registry: Registry) -> Iterator[Host]:
    with Host.create("app-bare", docker=False) as host:
        registry.trust(host)
        yield host


@dataclass(frozen=True)
class Budget:
    """The example in a folder of its own, with health checks that nobody has to wait for."""

    folder: Path
    host: Host
    registry: Registry

    def deploy(self, *words: str, tag: str = "1.0.0") -> subprocess.CompletedProcess[str]:
        told = {
            "compose_app_environment": {"APP_TAG": tag},
            "docker_host_daemon": {"registry-mirrors": [self.registry.url]},
        }
        source = f"compose_app_source={self.folder.name}"
        return playbook(
            DEPLOY, "-e", json.dumps(told), "-e", source, *words, hosts=[self.host], folder=self.folder.parent
        )

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def containers(self) -> dict[str, str]:
        """The image of each container that is healthy."""
        layout = '{{.Label "com.docker.compose.service"}} {{.Image}} {{.Status}}'
        listed = self.host.run("docker", "ps", "--format", layout).stdout.splitlines()
        return dict(line.split()[:2] for line in listed if "(healthy)" in line)


@pytest.fixture(scope="module")
def budget(host: Host, registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Budget:
    folder = tmp_path_factory.mktemp("project") / "streamlit_budget"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    budget = Budget(folder, host, registry)
    budget.edit("compose.yaml", "interval: 30s", "interval: 1s")
    return budget


@pytest.fixture(scope="module")
def first(budget: Budget) -> subprocess.CompletedProcess[str]:
    """The deployment that the tests below start from; only that on the bare host comes before it."""
    done = budget.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture
def changed(budget: Budget, first: object) -> Iterator[Budget]:
    """The project, to be broken; afterwards it is as it was."""
    before = {path: path.read_bytes() for path in budget.folder.rglob("*") if path.is_file()}
    yield budget
    for path, content in before.items():
        path.write_bytes(content)


def ask(host: Host, port: int, path: str) -> str:
    """Past any proxy of this machine."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://{host.address}:{port}{path}", timeout=5) as answer:
        return str(answer.read().decode())


def recap(done: subprocess.CompletedProcess[str]) -> dict[str, int]:
    (line,) = re.findall(r"^\S+ +: (ok=.*)$", done.stdout, re.MULTILINE)
    return {name: int(count) for name, count in (pair.split("=") for pair in line.split())}


def said(done: subprocess.CompletedProcess[str], task: str) -> list[str]:
    """The lines that a task of the role showed."""
    found = re.search(rf"TASK \[[^\]]*{task}\] \*+\nok: \[\S+\] => (\{{.*?^\}})", done.stdout, re.MULTILINE | re.DOTALL)
    assert found, done.stdout + done.stderr
    lines: list[str] = json.loads(found[1])["msg"]
    return lines


def test_on_a_bare_host_check_mode_says_what_would_be(budget: Budget) -> None:
    done = budget.deploy("--check", "--diff")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = said(done, "Say what runs")
    assert lines[0].startswith("streamlit-budget on app-bare: would change")
    assert [line.split(":")[0].strip() for line in lines if re.match(r"  \S", line)] == [
        "streamlit-app",
        "health-check",
    ]
    assert (
        budget.host.run("sh", "-c", "command -v dockerd; ls -d /opt/slipway /var/lib/slipway", check=False).stdout == ""
    )


def test_from_a_bare_host_to_an_app_that_answers(budget: Budget, first: subprocess.CompletedProcess[str]) -> None:
    assert said(first, "Say what runs")[0] == "streamlit-budget on app-bare: changed, release 1"
    assert budget.containers() == {
        "streamlit-app": "streamlit-budget-app:1.0.0",
        "health-check": "streamlit-budget-health:1.0.0",
    }
    assert ask(budget.host, 8501, "/_stcore/health") == "ok"
    assert json.loads(ask(budget.host, 8080, "/health"))["streamlit"]["up"] is True


def test_a_second_run_changes_nothing(budget: Budget, first: object) -> None:
    for words in ([], ["--check", "--diff"]):
        done = budget.deploy(*words)
        assert done.returncode == 0 and recap(done)["changed"] == 0, done.stdout
    assert said(done, "Say what runs")[0] == "streamlit-budget on app-bare: as it was, release 1"


BROKEN = {
    "exits": (
        'CMD ["python", "health/health.py"]',
        'CMD ["python", "-c", "print(\'no settings for 1.1.0\'); raise SystemExit(3)"]',
        ["health-check", "no settings for 1.1.0", "Exit code: 3"],
    ),
    "never healthy": (
        'CMD ["python", "health/health.py"]',
        'CMD ["python", "-c", "import time; print(\'thinking\', flush=True); time.sleep(600)"]',
        ["health-check", "thinking", "Connection refused"],
    ),
    "cannot be built": ("COPY health ./health", "COPY nowhere ./health", ["health-check", "nowhere"]),
}


@pytest.mark.parametrize("kind", ["exits", "never healthy", pytest.param("cannot be built", marks=pytest.mark.fault)])
def test_a_broken_version_leaves_the_old_one(kind: str, changed: Budget) -> None:
    host = changed.host
    before = changed.containers()
    files = host.run("sh", "-c", "cd /opt/slipway/streamlit-budget && find . -type f | sort | xargs sha256sum").stdout
    old, new, words = BROKEN[kind]
    changed.edit("Dockerfile.health", old, new)
    changed.edit("health/health.py", "def main()", "# 1.1.0\ndef main()")
    done = changed.deploy(tag="1.1.0")
    assert done.returncode == 2, done.stdout + done.stderr
    block = "\n".join(said(done, "Say why"))
    assert [word for word in words if word not in block] == []
    assert "has the former files again" in block
    assert ask(host, 8501, "/_stcore/health") == "ok"
    assert json.loads(ask(host, 8080, "/health"))["streamlit"]["up"] is True
    assert changed.containers() == before
    again = "cd /opt/slipway/streamlit-budget && find . -type f | sort | xargs sha256sum"
    assert host.run("sh", "-c", again).stdout == files
    by_hand = host.run("sh", "-c", "cd /opt/slipway/streamlit-budget && docker compose config --images").stdout
    assert "1.1.0" not in by_hand


def test_after_a_broken_version_the_old_project_is_as_it_was(budget: Budget, first: object) -> None:
    assert recap(budget.deploy())["changed"] == 0


def test_a_good_version_goes_out(changed: Budget) -> None:
    changed.edit("health/health.py", '"only /health is served"', '"1.2.0 serves /health only"')
    done = changed.deploy(tag="1.2.0")
    assert done.returncode == 0, done.stdout
    lines = said(done, "Say what runs")
    assert any("was away for" in line for line in lines)
    assert set(changed.containers().values()) == {"streamlit-budget-app:1.2.0", "streamlit-budget-health:1.2.0"}


def test_it_goes_and_leaves_what_is_not_ours(budget: Budget, first: object) -> None:
    host = budget.host
    host.write("/opt/slipway/streamlit-budget/notes", "mine\n")
    words = ("-e", "compose_app_state=absent")
    done = budget.deploy(*words)
    assert done.returncode == 0, done.stdout
    assert host.run("docker", "ps", "--all", "--quiet").stdout == ""
    assert host.run("find", "/opt/slipway", "-type", "f").stdout == "/opt/slipway/streamlit-budget/notes\n"
    assert "budget-data" in host.run("docker", "volume", "ls").stdout
    assert "slipway-compose" not in host.run("ls", "-R", "/etc/systemd/system", "/usr/local").stdout
    assert recap(budget.deploy(*words))["changed"] == 0
