# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a service is not up, from what engines answer, and what is hidden of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.redaction import hidden_values, redact
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.diagnosis import explain
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.engine_errors import classify, port_of
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.evidence import Evidence, Missing, blame
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.readiness import FAILED, Verdict
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.wish import Failure

CASES = Path(__file__).parent / "cases" / "stack_inspect"

_OCI_26 = (
    "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: "
)
_PORT_28 = (
    "failed to set up container networking: driver failed programming external connectivity on endpoint web (cb75): "
)
_START = "unable to start container process: "

#: Of Engine 20.10 to 29, as their sources and the reports of their users have them.
ERRORS = {
    "20.10 port of a container": (
        "driver failed programming external connectivity on endpoint web (6d8c): Bind for 0.0.0.0:8080 failed: port is "
        "already allocated",
        "port",
        "port 8080 is already in use",
    ),
    "20.10 port of the host": (
        "driver failed programming external connectivity on endpoint web (cb75): Error starting userland proxy: listen "
        "tcp4 0.0.0.0:47331: bind: address already in use",
        "port",
        "port 47331 is already in use",
    ),
    "ipv6 port": (
        "driver failed programming external connectivity on endpoint web (cb75): Bind for :::8443 failed: port is "
        "already allocated",
        "port",
        "port 8443 is already in use",
    ),
    "28 port": (
        f"{_PORT_28}failed to bind host port for 0.0.0.0:80:172.18.0.2:80/tcp: address already in use",
        "port",
        "port 80 is already in use",
    ),
    "29 port": (
        f"{_PORT_28}failed to bind host port 127.0.0.1:5432/tcp: address already in use",
        "port",
        "port 5432 is already in use",
    ),
    "address of the host that it has not": (
        "driver failed programming external connectivity on endpoint x (46ab): Error starting userland proxy: listen "
        "tcp 172.17.42.1:10000: bind: cannot assign requested address",
        "port",
        "the host does not let it listen on the address or port",
    ),
    "fixed address": ("Address already in use", "config", "another container has its fixed address"),
    "28 fixed address": (
        "failed to set up container networking: Address already in use",
        "config",
        "another container has its fixed address",
    ),
    "20.10 command": (
        'OCI runtime create failed: container_linux.go:380: starting container process caused: exec: "serve": '
        "executable file not found in $PATH: unknown",
        "config",
        "the command serve is not in the image",
    ),
    "26 command": (
        f'{_OCI_26}{_START}exec: "serve": executable file not found in $PATH: unknown',
        "config",
        "the command serve is not in the image",
    ),
    "28 command": (
        f'{_OCI_26}{_START}error during container init: exec: "serve": executable file not found in $PATH',
        "config",
        "the command serve is not in the image",
    ),
    "command not executable": (
        f'{_OCI_26}{_START}exec: "/app/run.sh": permission denied: unknown',
        "config",
        "the command /app/run.sh is not executable in the image",
    ),
    "command or its interpreter": (
        f"{_OCI_26}{_START}exec /app/run.sh: no such file or directory",
        "config",
        "the command /app/run.sh, or the interpreter or loader that it needs, is not in the image",
    ),
    "architecture": (
        f"{_OCI_26}{_START}exec /bin/sh: exec format error",
        "image",
        "its image is made for another kind of machine",
    ),
    "no image": ("No such image: shop/web:2", "image", "its image is not on the host and cannot be pulled"),
    "pull denied": (
        "pull access denied for shop/web, repository does not exist or may require 'docker login'",
        "image",
        "its image is not on the host and cannot be pulled",
    ),
    "disk": (
        "failed to create task for container: mkdir /run/containerd/x: no space left on device",
        "disk",
        "the host's disk is full",
    ),
    "bind source": (
        'invalid mount config for type "bind": bind source path does not exist: /srv/app.conf',
        "config",
        "/srv/app.conf does not exist on the host",
    ),
    "folder onto a file": (
        f'{_OCI_26}{_START}error during container init: error mounting "/srv/prometheus.yml" to rootfs at '
        '"/etc/prometheus/prometheus.yml": mount /srv/prometheus.yml:/etc/prometheus/prometheus.yml (via '
        "/proc/self/fd/6), flags: 0x5000: not a directory: unknown: Are you trying to mount a directory onto a file "
        "(or vice-versa)? Check if the specified host path exists and is the expected type",
        "config",
        "/srv/prometheus.yml cannot be mounted: one side is a file and the other a folder, or it is not there",
    ),
    "user": (
        "unable to find user app: no matching entries in passwd file",
        "config",
        "its user is not in the image",
    ),
    "network": ("network shop_back not found", "config", "the network shop_back is gone"),
    "addresses": (
        "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network",
        "config",
        "its network has no free address left",
    ),
    "ulimit": (
        f"{_OCI_26}{_START}error during container init: error setting rlimits for ready process: error setting rlimit "
        "type 7: operation not permitted: unknown",
        "config",
        "the host does not allow the ulimits that it asks for",
    ),
    "gpu": (
        'could not select device driver "nvidia" with capabilities: [[gpu]]',
        "config",
        "a device that it asks for is not on the host",
    ),
    "memory at the start": (
        f"{_OCI_26}{_START}container init was OOM-killed (memory limit too low?): unknown",
        "oom",
        "it does not fit into the memory that it may use",
    ),
    "a network that is shared": (
        f"{_OCI_26}{_START}error during container init: failed to open /proc/812/ns/net: no such file or directory",
        "dependency",
        "the container whose network or processes it shares does not run",
    ),
    "a network that is shared, before the start": (
        "cannot join network of a non running container: 6d8cbbe9207831",
        "dependency",
        "the container whose network or processes it shares does not run",
    ),
    "unforeseen": ("the moon is in the wrong phase", "config", "the engine refused to start it"),
}


def inspected(name: str) -> dict[str, Any]:
    case: dict[str, Any] = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))["inspect"]
    return case


@pytest.mark.parametrize(("text", "cause", "sentence"), ERRORS.values(), ids=ERRORS)
def test_errors_of_engines(text: str, cause: str, sentence: str) -> None:
    assert classify(text) == (cause, sentence)


def test_an_error_without_a_port() -> None:
    assert port_of("Address already in use") == ""


@pytest.mark.parametrize(
    ("case", "cause", "code", "words"),
    [
        ("port_of_the_host", "port", 128, "web cannot be started: port 47331 is already in use by nginx (pid 9)."),
        ("port_of_a_container", "port", 128, "web cannot be started: port 47332 is already in use."),
        ("no_command", "config", 127, "the command serve-all is not in the image"),
        ("not_executable", "config", 126, "the command /etc/passwd is not executable"),
        ("exited_3", "exit", 3, "web ended with exit code 3"),
        ("shell_not_found", "exit", 127, "(a command that it ran was not found)"),
        ("killed", "exit", 137, "(SIGKILL)"),
        ("oom", "oom", 137, "its limit of 32 MiB"),
        ("oom_restarting", "oom", 137, "its limit of 32 MiB"),
        ("restarting", "exit", 3, "web ended with exit code 3"),
        ("unhealthy", "probe", None, "its health check fails"),
    ],
)
def test_what_an_inspection_shows(case: str, cause: str, code: int | None, words: str) -> None:
    failure = explain(Evidence("web", inspected(case), holders={"47331": "nginx (pid 9)"}))
    assert (failure.service, failure.cause, failure.exit_code) == ("web", cause, code)
    assert words in failure.message
    assert failure.container.startswith("ready-rec-")


def test_the_output_of_the_health_check() -> None:
    assert explain(Evidence("web", inspected("unhealthy"))).probe_output == "the database is gone"


def test_a_health_check_without_output() -> None:
    silent = inspected("unhealthy")
    silent["State"]["Health"]["Log"][-1]["Output"] = ""
    assert explain(Evidence("web", silent)).probe_output == "exit code 1 and no output"


def test_twenty_lines_of_the_log() -> None:
    lines = tuple(f"line {number}" for number in range(30))
    assert explain(Evidence("web", inspected("exited_3"), log=lines)).log_tail == lines[10:]


def test_a_restarted_container_no_longer_says_what_killed_it() -> None:
    """The engine's events do."""
    verdict = Verdict(FAILED, cause="exit", message="web ended 2 times and was restarted each time")
    plain = explain(Evidence("web", inspected("running"), died_with=3), verdict)
    assert (plain.cause, plain.exit_code) == ("exit", 3)
    assert plain.message.endswith("the last time with exit code 3")
    killed = explain(Evidence("web", inspected("running"), died_with=137, oom_seen=True), verdict)
    assert (killed.cause, killed.exit_code) == ("oom", 137)


def test_a_container_that_runs_has_no_exit_code() -> None:
    assert explain(Evidence("web", inspected("running"))).exit_code is None


@pytest.mark.parametrize(
    ("missing", "cause", "words"),
    [
        (Missing(image="shop/web:2"), "image", "its image shop/web:2 is not on the host and cannot be had"),
        (Missing(networks=("edge",)), "config", "the network edge does not exist"),
        (Missing(volumes=("data",)), "config", "the volume data does not exist"),
        (Missing(files=("/srv/x",)), "config", "the file /srv/x does not exist"),
    ],
)
def test_what_is_missing(missing: Missing, cause: str, words: str) -> None:
    """Although the container of before runs."""
    failure = explain(Evidence("web", inspected("running"), missing=missing))
    assert (failure.cause, words in failure.message) == (cause, True)


def test_an_image_that_could_not_be_fetched() -> None:
    """The one of before is there, and its container runs."""
    failure = explain(Evidence("web", inspected("running"), cli_text="no route to host", fetching=True))
    assert (failure.cause, failure.message) == (
        "image",
        "the image of web could not be pulled or built. Compose says: no route to host",
    )


def test_a_full_disk() -> None:
    assert explain(Evidence("web", free_bytes=4096)).cause == "disk"


def test_an_engine_that_does_not_answer() -> None:
    failure = explain(Evidence("web", engine_error="connection refused"))
    assert (failure.cause, failure.message) == ("engine", "the engine does not answer: connection refused")


def test_words_of_compose_decide_nothing_and_are_masked() -> None:
    said = "Error: no such image, out of memory; PASSWORD=hunter2 exit 137"
    failure = explain(Evidence("web", cli_text=said))
    assert (failure.cause, failure.exit_code) == ("config", None)
    assert failure.message.endswith("PASSWORD=******** exit 137")


def test_a_dependency_is_named_with_its_log() -> None:
    guilty = Failure("db", "exit", "db ended with exit code 1", "shop-db-1", 1, "", ("no space",))
    waiting = Evidence("web", inspected("created"))
    failure = explain(waiting, dependency=guilty)
    assert (failure.service, failure.cause, failure.exit_code) == ("web", "dependency", 1)
    assert failure.message == "web was not started, since db is not up: db ended with exit code 1"
    assert (failure.container, failure.log_tail) == ("shop-db-1", ("no space",))
    assert explain(Evidence("web", inspected("exited_3")), dependency=guilty).cause == "exit", "its own fault first"


def test_who_is_to_blame() -> None:
    cases = ["running", "created", "unhealthy", "exited_3", "no_command"]
    assert [blame(Evidence("web", inspected(case))) for case in cases] == [0, 1, 2, 3, 5]
    assert blame(Evidence("web", inspected("running"), missing=Missing(image="x"))) == 4


# Secrets


def test_values_of_secret_variables_are_hidden_in_every_form() -> None:
    hidden = hidden_values([{"DB_PASSWORD": 'p"ss wörd/1', "MODE": "fast", "TOKEN_TTL": "3600"}])
    for text in ('p"ss wörd/1', r"p\"ss wörd/1", r"p\"ss w\u00f6rd/1", "p%22ss%20w%C3%B6rd%2F1", "cCJzcyB3w7ZyZC8x"):
        assert redact(f"got {text} fast 3600", hidden) == "got ******** fast 3600"


def test_a_password_within_a_url_is_hidden_alone_as_well() -> None:
    hidden = hidden_values([{"DATABASE": "postgres://app:badger@db/x"}])
    assert redact("cannot log in as app with badger", hidden) == "cannot log in as app with ********"


def test_contents_of_secrets_are_hidden_whole_and_by_line() -> None:
    hidden = hidden_values([], secrets=["first-line-of-it\nsecond-line-of-it\n", "USER=app\nPIN=squirrel\n"])
    assert redact("a second-line-of-it b squirrel", hidden) == "a ******** b ********"


def test_short_secrets_are_hidden_where_they_stand_alone() -> None:
    hidden = hidden_values([], secrets=["12"])
    assert redact("pin 12 at 2012-12-31 port 8012", hidden) == "pin ******** at 2012-********-31 port 8012"


def test_empty_secrets_hide_nothing() -> None:
    assert hidden_values([{"PASSWORD": ""}], secrets=["", "\n"], configs=[""]) == ()


def test_configs_are_hidden_where_they_name_a_secret() -> None:
    config = 'port: 8080\npassword: "open sesame"\n"api_key" = "magpie-77",\ntoken_ttl: 3600\n'
    hidden = hidden_values([], configs=[config])
    text = "port 8080, open sesame, magpie-77, 3600"
    assert redact(text, hidden) == "port 8080, ********, ********, 3600"


def test_everything_of_a_failure_is_masked() -> None:
    sick = inspected("unhealthy")
    sick["State"]["Health"]["Log"][-1]["Output"] = "cannot log in with badger"
    evidence = Evidence("web", sick, log=("badger", "fine"), hidden=("badger",))
    failure = explain(evidence, Verdict(FAILED, cause="probe", message="badger is no password"))
    assert failure.message == "******** is no password"
    assert failure.probe_output == "cannot log in with ********"
    assert failure.log_tail == ("********", "fine")
