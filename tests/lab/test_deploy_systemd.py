# SPDX-License-Identifier: GPL-3.0-or-later
"""deploy_systemd as a user runs it: the example on a bare host, and what its users notice of releases and faults.

The tests of this file share one host and are run in their order.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tools.prepare import ROOT

from .engine import docker
from .hosts import Host, playbook
from .requests_loop import Asking

DEPLOY = "slipway.containers.deploy_systemd"
EXAMPLE = ROOT / "examples" / "streamlit_budget"
KEY = "sk-only-for-this-test"
PAGE, HEALTH = "streamlit-budget-streamlit-app.service", "streamlit-budget-health-check.service"
BACK_SECONDS = 60
#: Where later releases find Streamlit: the first one's environment, since installing it again takes a minute or more.
STREAMLIT = "/opt/streamlit"
LATER: dict[str, Any] = {
    "release": {"requirements": ""},
    "services": {
        "streamlit-app": {"exec": [f"{STREAMLIT}/bin/python", "-m", "streamlit", "run", "streamlit_app/app.py"]}
    },
}


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with Host.create("bare-systemd", docker=False) as host:
        yield host


@dataclass(frozen=True)
class Budget:
    """The example in a folder of its own."""

    folder: Path
    host: Host

    def deploy(self, *words: str, **told: Any) -> subprocess.CompletedProcess[str]:
        given = {"environment": {"DEEPSEEK_API_KEY": KEY, "MILVUS_HOST": "milvus.example.internal"}, **told}
        variables = {f"systemd_service_{name}": value for name, value in given.items()}
        source = f"systemd_service_source={self.folder.name}"
        began = time.monotonic()
        done = playbook(
            DEPLOY, "-e", json.dumps(variables), "-e", source, *words, hosts=[self.host], folder=self.folder.parent
        )
        print(f"the play took {time.monotonic() - began:.1f} s, and ended with {done.returncode}")
        return done

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def release(self) -> str:
        return self.host.run("readlink", "/srv/slipway/streamlit-budget/current").stdout.strip().rpartition("/")[2]

    def asking(self) -> tuple[Asking, Asking]:
        """Clients of both services."""
        address = self.host.address
        return Asking(address, 8080, "/health"), Asking(address, 8501, "/_stcore/health")

    def answers(self) -> bool:
        try:
            return (
                ask(self.host, 8501, "/_stcore/health") == "ok"
                and json.loads(ask(self.host, 8080, "/health"))["streamlit"]["up"]
            )
        except OSError:
            return False

    def back_after(self) -> float:
        """The seconds until both answer again."""
        began = time.monotonic()
        while not self.answers():
            assert time.monotonic() - began < BACK_SECONDS, self.log()
            time.sleep(0.1)
        return time.monotonic() - began

    def log(self) -> str:
        return self.host.run("journalctl", "--no-pager", "-n", "60", "-u", "streamlit-budget*").stdout


@pytest.fixture(scope="module")
def budget(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Budget:
    folder = tmp_path_factory.mktemp("project") / "streamlit_budget"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return Budget(folder, host)


@pytest.fixture(scope="module")
def first(budget: Budget) -> subprocess.CompletedProcess[str]:
    """The deployment that the tests below start from; only those on the bare host come before it."""
    done = budget.deploy()
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def later(budget: Budget, first: object) -> subprocess.CompletedProcess[str]:
    """A second release, with Streamlit from the first one."""
    budget.host.run("cp", "-a", f"/srv/slipway/streamlit-budget/releases/{budget.release()}/venv", STREAMLIT)
    done = budget.deploy(**LATER)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture
def changed(budget: Budget, later: object) -> Iterator[Budget]:
    """The project, to be changed; afterwards it is as it was, here and there."""
    before = {path: path.read_bytes() for path in budget.folder.rglob("*") if path.is_file()}
    yield budget
    for path, content in before.items():
        path.write_bytes(content)
    done = budget.deploy(**LATER)
    assert done.returncode == 0, done.stdout


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


def ours(host: Host) -> str:
    """What of us is on the host."""
    places = "/srv/slipway /etc/slipway /var/lib/slipway /etc/systemd/system/streamlit-budget* /etc/systemd/system/bad*"
    return host.run("sh", "-c", f"find {places} 2>/dev/null", check=False).stdout


# --- before anything is there -----------------------------------------------------------------------


BAD: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a user that does not exist": ({"user": "nobody-here"}, ["user", "nobody-here"]),
    "a low port without the capability": ({"ports": [80]}, ["80", "CAP_NET_BIND_SERVICE"]),
    "more memory than the host has": ({"limits": {"memory": "900G"}}, ["memory", "921600 MiB"]),
    "a path with spaces and quotes": (
        {"binds": [{"source": '/srv/it\'s "here"', "target": "/here"}]},
        ["binds", "it's"],
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_value_is_one_clear_message_and_nothing_is_touched(kind: str, host: Host, tmp_path: Path) -> None:
    wrong, words = BAD[kind]
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "main.py").write_text("print('here')\n", encoding="utf-8")
    variables = {
        "systemd_service_app": "bad",
        "systemd_service_release": {"source": {"directory": str(tmp_path / "code")}},
        "systemd_service_services": {"web": {"exec": ["/usr/bin/python3", "main.py"], **wrong}},
    }
    done = playbook(DEPLOY, "-e", json.dumps(variables), hosts=[host])
    assert done.returncode == 2, done.stdout + done.stderr
    print("\n".join(re.findall(r"^\[ERROR\].*", done.stdout + done.stderr, re.MULTILINE)))
    assert [word for word in ["web", *words] if word not in done.stdout] == [], done.stdout
    assert ours(host) == ""


def test_on_a_bare_host_check_mode_says_what_would_be(budget: Budget) -> None:
    done = budget.deploy("--check", "--diff")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = said(done, "Say what runs")
    print("\n".join(lines))
    assert lines[0].startswith("streamlit-budget on bare-systemd: would change")
    assert KEY not in done.stdout
    assert ours(budget.host) == ""


# --- it runs ----------------------------------------------------------------------------------------


def test_from_a_bare_host_to_two_services_that_answer(budget: Budget, first: subprocess.CompletedProcess[str]) -> None:
    lines = said(first, "Say what runs")
    print("\n".join([*said(first, "Say what was found"), *lines]))
    assert lines[0].startswith("streamlit-budget on bare-systemd: changed, release ")
    assert budget.answers()
    for unit, limit in ((PAGE, "47"), (HEALTH, "20")):
        budget.host.run("systemd-analyze", "security", f"--threshold={limit}", unit)
    assert "Streamlit" in ask(budget.host, 8501, "/")


def test_a_second_run_changes_nothing(budget: Budget, first: object) -> None:
    started = running_since(budget.host)
    for words in ([], ["--check", "--diff"]):
        done = budget.deploy(*words)
        assert done.returncode == 0 and recap(done)["changed"] == 0, done.stdout
    assert said(done, "Say what runs")[0].startswith("streamlit-budget on bare-systemd: as it was, release ")
    assert running_since(budget.host) == started


def running_since(host: Host) -> str:
    return host.run("systemctl", "show", "--property=Id,MainPID,ActiveEnterTimestampMonotonic", PAGE, HEALTH).stdout


def test_a_secret_is_nowhere_but_with_its_service(budget: Budget, first: object) -> None:
    host = budget.host
    done = budget.deploy("-vvv", "--diff", environment={"DEEPSEEK_API_KEY": f"{KEY}-2"})
    assert done.returncode == 0 and recap(done)["changed"] > 0, done.stdout
    assert KEY not in done.stdout + done.stderr
    found = host.run("sh", "-c", f"grep -rlF {KEY} /etc /srv /var/lib /var/log /run 2>/dev/null", check=False).stdout
    assert found and all(path.startswith(("/etc/slipway/", "/var/lib/slipway/")) for path in found.split()), found
    modes = host.run("stat", "--format=%a %U", *found.split()).stdout
    assert set(modes.splitlines()) == {"600 root"}
    for words in (["systemctl", "cat", PAGE], ["systemctl", "show", PAGE], ["journalctl", "--no-pager"]):
        assert KEY not in host.run(*words).stdout
    assert budget.deploy().returncode == 0


# --- releases ---------------------------------------------------------------------------------------


def test_of_a_good_release_health_loses_nothing_and_the_page_is_away(changed: Budget) -> None:
    before = changed.release()
    changed.edit("health/health.py", '"only /health is served"', '"1.1.0 serves /health only"')
    health, page = changed.asking()
    with health, page:
        time.sleep(1)
        done = changed.deploy(**LATER)
        time.sleep(1)
    print(f"a good release\n  {health}\n  {page}")
    print("\n".join(said(done, "Say what runs")))
    assert done.returncode == 0 and changed.release() != before
    assert health.lost == [] and set(health.answers) <= {200, 503}
    assert "streamlit-app was away for" in "\n".join(said(done, "Say what runs"))
    back = changed.deploy("-e", "systemd_service_rollback=true")
    print("\n".join(said(back, "Say what runs")))
    assert back.returncode == 0 and changed.release() == before and changed.answers()


BROKEN = {
    "exits": (
        ("health/health.py", "def main() -> int:\n", 'def main() -> int:\n    sys.exit("no settings for 1.2.0")\n'),
        ["health-check", "no settings for 1.2.0"],
    ),
    "hangs at start": (
        ("health/health.py", "def main() -> int:\n", 'def main() -> int:\n    log("thinking")\n    time.sleep(600)\n'),
        ["health-check", "thinking"],
    ),
}


@pytest.mark.parametrize("kind", ["exits", "hangs at start"])
def test_a_broken_release_is_taken_back_and_health_loses_nothing(kind: str, changed: Budget) -> None:
    before, started = changed.release(), running_since(changed.host)
    (file, old, new), words = BROKEN[kind]
    changed.edit(file, old, new)
    health, page = changed.asking()
    with health, page:
        time.sleep(1)
        done = changed.deploy(**{**LATER, "services": {**LATER["services"], "health-check": {"ready_seconds": 15}}})
        time.sleep(1)
    print(f"a release that {kind}\n  {health}\n  {page}")
    block = "\n".join(said(done, "Say why"))
    print(block)
    assert done.returncode == 2, done.stdout + done.stderr
    assert [word for word in words if word not in block] == []
    assert health.lost == [] and set(health.answers) <= {200, 503}
    assert changed.release() == before and changed.answers()
    assert running_since(changed.host) != started


# --- faults -----------------------------------------------------------------------------------------


def restart(host: Host) -> None:
    """As `reboot` does it: systemd stops everything in order."""
    docker("stop", host.container)
    host.start()


def lose_power(host: Host) -> None:
    host.kill()
    host.start()


@pytest.mark.parametrize("again", [restart, pytest.param(lose_power, marks=pytest.mark.fault)])
def test_a_reboot_brings_both_back(again: Callable[[Host], None], budget: Budget, later: object) -> None:
    again(budget.host)
    print(f"{again.__name__}: both answer {budget.back_after():.1f} s after systemd is up")
    done = budget.deploy(**LATER)
    assert done.returncode == 0 and recap(done)["changed"] == 0, done.stdout


@pytest.mark.fault
@pytest.mark.parametrize("unit", [PAGE, HEALTH])
def test_a_service_that_is_killed_is_back(unit: str, budget: Budget, later: object) -> None:
    before = budget.host.run("systemctl", "show", "--property=MainPID", unit).stdout
    budget.host.run("systemctl", "kill", "--signal=KILL", unit)
    while budget.host.run("systemctl", "show", "--property=MainPID", unit).stdout in (before, "MainPID=0\n"):
        time.sleep(0.05)
    print(f"{unit} was killed: both answer {budget.back_after():.1f} s after its new process is there")
    done = budget.deploy(**LATER)
    assert done.returncode == 0 and recap(done)["changed"] == 0, done.stdout


@pytest.mark.fault
def test_two_plays_at_once_end_well(changed: Budget) -> None:
    changed.edit("health/health.py", '"only /health is served"', '"1.3.0 serves /health only"')
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _number: changed.deploy(**LATER), range(2)))
    for done in both:
        assert done.returncode == 0, done.stdout + done.stderr
    assert changed.answers()
    again = changed.deploy(**LATER)
    assert recap(again)["changed"] == 0, again.stdout


# --- the end ----------------------------------------------------------------------------------------


def test_stopped_stays_down_over_a_reboot_and_comes_up_again(budget: Budget, later: object) -> None:
    done = budget.deploy(state="stopped", **LATER)
    assert done.returncode == 0 and not budget.answers()
    assert recap(budget.deploy(state="stopped", **LATER))["changed"] == 0
    restart(budget.host)
    states = budget.host.run("systemctl", "is-active", PAGE, HEALTH, check=False).stdout.split()
    assert states == ["inactive", "inactive"]
    assert budget.deploy(**LATER).returncode == 0 and budget.answers()


def test_it_goes_and_leaves_what_it_is_told_to(budget: Budget, later: object) -> None:
    host = budget.host
    done = budget.deploy(state="absent")
    assert done.returncode == 0, done.stdout
    print("\n".join(said(done, "Say what is gone")))
    assert not budget.answers()
    assert (
        host.run("sh", "-c", "find /etc/systemd/system/streamlit-budget* /etc/slipway -type f", check=False).stdout
        == ""
    )
    assert host.run("ls", "/srv/slipway/streamlit-budget/releases").stdout and host.run("ls", "/var/lib/private").stdout
    assert recap(budget.deploy(state="absent"))["changed"] == 0
    rest = budget.deploy(state="absent", options={"remove_releases": True, "remove_data": True})
    assert rest.returncode == 0 and recap(rest)["changed"] > 0
    assert (
        host.run("sh", "-c", "ls -d /srv/slipway/streamlit-budget /var/lib/private/*budget*", check=False).stdout == ""
    )
