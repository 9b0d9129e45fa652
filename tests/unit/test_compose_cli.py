# SPDX-License-Identifier: GPL-3.0-or-later
"""How Compose's program is found and run, with small programs in its place; test_engine.py of the lab runs it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._io.compose import cli as compose_cli
from ansible_collections.slipway.containers.plugins.module_utils._io.compose import program as compose_program
from ansible_collections.slipway.containers.plugins.module_utils._io.compose.cli import (
    CliError,
    ComposeCli,
    NoComposeError,
    Program,
    Run,
    find,
    run,
    version,
)

SECRET = "hunter2hunter2"


def program(folder: Path, script: str = "echo 2.40.3", name: str = "docker-compose", first: str = "#!/bin/sh") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"{first}\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture(autouse=True)
def no_plugins_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folders = (str(tmp_path / "local"), str(tmp_path / "system"))
    monkeypatch.setattr(compose_program, "PLUGIN_FOLDERS", folders)


def environment(tmp_path: Path) -> dict[str, str]:
    return {"PATH": f"{tmp_path}/bin:{tmp_path}/sbin", "HOME": f"{tmp_path}/home"}


def test_places_in_their_order(tmp_path: Path) -> None:
    given = environment(tmp_path)
    for folder in ("system", "local", "home/.docker/cli-plugins", "sbin", "bin"):
        expected = program(tmp_path / folder)
        assert find(None, given).path == str(expected)
    own = program(tmp_path / "own" / "cli-plugins")
    assert find(None, {**given, "PATH": "", "DOCKER_CONFIG": f"{tmp_path}/own"}).path == str(own)
    explicit = program(tmp_path / "elsewhere", name="compose")
    assert find(str(explicit), given).path == str(explicit)


def test_what_cannot_be_run_is_passed_over(tmp_path: Path) -> None:
    program(tmp_path / "bin").chmod(0o644)
    (tmp_path / "sbin" / "docker-compose").mkdir(parents=True)
    expected = program(tmp_path / "system")
    assert find(None, environment(tmp_path)).path == str(expected)


def test_none_at_all_names_what_to_install_and_where_was_looked(tmp_path: Path) -> None:
    with pytest.raises(NoComposeError) as found:
        find(None, environment(tmp_path))
    assert str(found.value) == (
        f"found no Docker Compose, expected 2.26 or later in PATH, {tmp_path}/home/.docker/cli-plugins, "
        f"{tmp_path}/local, {tmp_path}/system (install docker-compose-plugin of Docker, docker-compose of Debian 13, "
        "or docker-compose-v2 of Ubuntu)"
    )
    with pytest.raises(NoComposeError, match=f"found no program at {tmp_path}/none, expected Docker Compose 2.26"):
        find(f"{tmp_path}/none", environment(tmp_path))


def old(folder: Path, packed: bool) -> Path:
    """Compose 1: a Python script, or one file that PyInstaller made, which ends in its mark."""
    if not packed:
        return program(folder, "print('1.29.2')", first="#!/usr/bin/env python3")
    path = program(folder, "echo 1.29.2; exit 0")
    path.write_bytes(path.read_bytes() + b"\0" * 5000 + b"MEI\014\013\012\013\016" + b"\0" * 80)
    return path


@pytest.mark.parametrize("packed", [False, True], ids=["script", "packed"])
def test_compose_1_is_passed_over_and_named_where_it_is_all_there_is(tmp_path: Path, packed: bool) -> None:
    given = environment(tmp_path)
    path = old(tmp_path / "bin", packed)
    for explicit in (None, str(path)):
        with pytest.raises(NoComposeError, match=f"found Compose 1.29.2 at {path}, expected 2.26 or later"):
            find(explicit, given)
    plugin = program(tmp_path / "system")
    assert find(None, given).path == str(plugin)


def test_compose_1_that_looks_like_a_later_one(tmp_path: Path) -> None:
    found = find(str(program(tmp_path, "echo 1.25.0")))
    with pytest.raises(NoComposeError, match=r"found Compose 1\.25\.0 at .*, expected 2.26 or later"):
        version(found)


def test_version(tmp_path: Path) -> None:
    assert version(find(str(program(tmp_path, "test $1-$2 = version---short && echo v2.26.1-4")))) == "2.26.1-4"
    with pytest.raises(CliError, match=r"version failed with exit code 3: broken"):
        version(find(str(program(tmp_path, "echo broken >&2; exit 3"))))
    with pytest.raises(CliError, match=r"version failed: it said nothing"):
        version(find(str(program(tmp_path, "exit 0"))))


def test_the_fingerprint_is_of_the_file(tmp_path: Path) -> None:
    path = program(tmp_path)
    first = find(str(path))
    assert find(str(path)) == first
    assert first.fingerprint == f"{path}:{path.stat().st_size}:{path.stat().st_mtime_ns}"
    program(tmp_path, "echo 2.40.4")
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))
    assert find(str(path)).fingerprint != first.fingerprint


RECORD = r"""
printf '%s\n' "$@" > args; env > env; cat > stdin; pwd > pwd
"""


def client(tmp_path: Path, script: str = RECORD, **options: Any) -> ComposeCli:
    found = find(str(program(tmp_path / "cli", script)))
    (tmp_path / "src").mkdir(exist_ok=True)
    return ComposeCli(found, "shop", str(tmp_path / "src"), **options)


def recorded(tmp_path: Path, what: str) -> list[str]:
    return (tmp_path / "src" / what).read_text(encoding="utf-8").splitlines()


BASE = ["--ansi", "never", "--progress", "plain", "--project-directory", "SRC", "--project-name", "shop"]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda cli: cli.config(), "config --format json"),
        (lambda cli: cli.config(["a"]), "config --format json a"),
        (lambda cli: cli.create(["a", "b"]), "create --no-build --pull never a b"),
        (
            lambda cli: cli.create(["a"], force_recreate=True, remove_orphans=True, assume_yes=True, scale={"a": 2}),
            "create --force-recreate --remove-orphans -y --no-build --pull never --scale a=2 a",
        ),
        (lambda cli: cli.create(no_recreate=True), "create --no-recreate --no-build --pull never"),
        (lambda cli: cli.start(["a"]), "up --detach --no-build --pull never --no-recreate --no-deps a"),
        (
            lambda cli: cli.start(["a"], scale={"a": 3}),
            "up --detach --no-build --pull never --no-recreate --no-deps --scale a=3 a",
        ),
        (lambda cli: cli.up(stop_timeout=5), "up --detach --no-build --pull never --timeout 5"),
        (lambda cli: cli.run_canary("a", "shop-a-canary"), "run --detach --no-deps --name shop-a-canary a"),
        (lambda cli: cli.pull(["a"]), "pull --quiet a"),
        (lambda cli: cli.pull(["a"], policy="always"), "pull --quiet --policy always a"),
        (lambda cli: cli.build(["a"], pull=True), "build --pull a"),
        (lambda cli: cli.stop(["a"], stop_timeout=0), "stop --timeout 0 a"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_words_of_each_command(tmp_path: Path, call: Callable[[ComposeCli], object], words: str) -> None:
    cli = client(tmp_path)
    call(cli)
    base = [cli.project_src if word == "SRC" else word for word in BASE]
    assert recorded(tmp_path, "args") == [*base, *words.split()]
    assert recorded(tmp_path, "pwd") == [str(tmp_path / "src")]
    assert cli.calls == 1


def test_project_files_and_profiles(tmp_path: Path) -> None:
    cli = client(tmp_path, files=["a", "b"], env_files=["e", "f"], profiles=["p", "q"])
    cli.project_name = None
    cli.config()
    given = ["--file", "a", "--file", "b", "--env-file", "e", "--env-file", "f", "--profile", "p", "--profile", "q"]
    assert recorded(tmp_path, "args") == [*BASE[:5], cli.project_src, *given, "config", "--format", "json"]


def test_variables_go_by_the_environment_and_never_by_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COMPOSE_REMOVE_ORPHANS", "COMPOSE_PROGRESS", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("COMPOSE_PROFILES", "mine")
    monkeypatch.setenv("DOCKER_HOST", "tcp://other:1")
    cli = client(tmp_path, docker_host="unix:///run/d.sock", environment={"DB_PASSWORD": SECRET})
    cli.up(["a"])
    found = dict(line.split("=", 1) for line in recorded(tmp_path, "env"))
    assert found["DOCKER_HOST"] == "unix:///run/d.sock"
    assert (found["COMPOSE_PROFILES"], found["DB_PASSWORD"]) == ("mine", SECRET)
    assert not {"COMPOSE_REMOVE_ORPHANS", "COMPOSE_PROGRESS", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY"} & set(found)
    assert SECRET not in " ".join(recorded(tmp_path, "args"))
    assert SECRET not in repr(cli.last)


def test_tls_is_left_to_an_engine_on_the_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    client(tmp_path, docker_host="tcp://box:2376").up()
    assert "DOCKER_TLS_VERIFY=1" in recorded(tmp_path, "env")


def test_a_model_by_stdin_only_where_it_is_asked_for(tmp_path: Path) -> None:
    client(tmp_path, files=["-"], stdin="name: x\n" * 50_000).config()  # more than a pipe holds
    assert len(recorded(tmp_path, "stdin")) == 50_000
    client(tmp_path, stdin="name: x\n").config()
    assert recorded(tmp_path, "stdin") == []


def test_a_program_that_does_not_read_its_stdin(tmp_path: Path) -> None:
    assert client(tmp_path, "echo '{}'", files=["-"], stdin="x" * 1_000_000).config() == "{}\n"


def test_standard_output_of_config_is_whole_and_apart(tmp_path: Path) -> None:
    script = "echo warned >&2; head -c 300000 /dev/zero | tr '\\0' x; echo; head -c 300000 /dev/zero | tr '\\0' y >&2"
    cli = client(tmp_path, script)
    assert cli.config() == "x" * 300_000 + "\n"
    assert cli.last and cli.last.lines[0] == "warned"


def test_only_the_last_lines_are_kept(tmp_path: Path) -> None:
    cli = client(tmp_path, "seq 1 5000; echo end >&2; head -c 9000 /dev/zero | tr '\\0' x")
    lines = cli.up().lines
    assert len(lines) == 100
    assert (lines[95:97], lines[97]) == (("5000", "end"), "x" * 4096)


def test_a_failure_says_why_without_secrets_and_warnings(tmp_path: Path) -> None:
    script = f"""
    echo 'time="2026-01-01T00:00:00Z" level=warning msg="The \\"A\\" variable is not set."' >&2
    echo 'service "web": DB_PASSWORD={SECRET} at https://me:{SECRET}@host/ is wrong' >&2
    exit 15
    """
    with pytest.raises(CliError) as found:
        client(tmp_path, script).config()
    masked = 'service "web": DB_PASSWORD=******** at https://me:********@host/ is wrong'
    assert (found.value.exit_code, found.value.lines) == (15, (masked,))
    assert str(found.value) == f"docker compose config failed with exit code 15: {masked}"
    assert found.value.message == str(found.value)


def test_warnings_are_shown_where_there_is_nothing_else() -> None:
    warning = 'time="2026-01-01T00:00:00Z" level=warning msg="x"'
    assert compose_cli.shown([warning, ""]) == (warning,)
    assert compose_cli.shown([str(number) for number in range(50)]) == tuple(str(number) for number in range(35, 50))


def test_a_secret_over_several_lines_is_masked() -> None:
    key = ["-----BEGIN PRIVATE KEY-----", "MIIabc", "-----END PRIVATE KEY-----", "after"]
    assert compose_cli.shown(key) == ("********", "after")


def test_what_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    script = "sleep 1000 & echo $! > child; echo working; wait"
    started = time.monotonic()
    cli = client(tmp_path, script)
    with pytest.raises(CliError, match=r"docker compose up did not end within 0.3 s: working") as found:
        cli.up(seconds=0.3)
    assert found.value.exit_code is None
    assert time.monotonic() - started < 30
    (child,) = recorded(tmp_path, "child")
    assert ends(child)


def ends(process: str) -> bool:
    """It was killed, which takes the kernel a moment."""
    limit = time.monotonic() + 10
    while state(process) not in ("", "Z") and time.monotonic() < limit:
        time.sleep(0.01)
    return state(process) in ("", "Z")


def state(process: str) -> str:
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return ""


def test_a_child_that_outlives_its_program_does_not_hold_us(tmp_path: Path) -> None:
    """It keeps the pipe open."""
    ended = run(
        Run((str(program(tmp_path, "sleep 1000 & echo $! > child; echo done")),), {}, str(tmp_path), seconds=0.3)
    )
    assert (ended.exit_code, ended.lines) == (None, ("done",))
    assert ends((tmp_path / "child").read_text(encoding="ascii").strip())


def test_a_program_that_went_away(tmp_path: Path) -> None:
    cli = ComposeCli(Program(f"{tmp_path}/none", ""), "shop", str(tmp_path))
    with pytest.raises(CliError, match=f"cannot be run: {tmp_path}/none: No such file or directory"):
        cli.config()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    cli = ComposeCli(find(str(program(tmp_path))), "shop", str(tmp_path / "none"))
    with pytest.raises(CliError, match=f"cannot be run: {tmp_path}/none: No such file or directory"):
        cli.config()


def test_results_are_plain_values(tmp_path: Path) -> None:
    assert json.dumps(client(tmp_path, "echo x").up().lines) == '["x"]'
