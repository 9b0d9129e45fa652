# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a project on its host: private, whole or not there, and survived when it is broken."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.learned import Learned, LearnedService
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.release import Release
from ansible_collections.slipway.containers.plugins.module_utils._io import run_journal
from ansible_collections.slipway.containers.plugins.module_utils._io.private_files import remove_folder
from ansible_collections.slipway.containers.plugins.module_utils._io.stack import copies
from ansible_collections.slipway.containers.plugins.module_utils._io.stack import store as stack_store
from ansible_collections.slipway.containers.plugins.module_utils._io.stack.store import LockedError, Store, StoreError

LEARNED = Learned(
    fingerprint="abc",
    cli="/usr/bin/docker-compose:1:2",
    services={"web": LearnedService("h", "h", "sha256:1", ("c1",), {"config a at /a": "f"})},
    networks={"shop_default": ("h", "h")},
    release=2,
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store("shop", tmp_path / "state")


def release(number: int, result: str = "good", image: str = "") -> Release:
    image = image or f"sha256:{number:064x}"
    model = {"name": "shop", "services": {"web": {"image": "web:1"}}}
    return Release(number, "shop", model, {"web": image}, {"web": "web:1"}, result=result)


def modes(folder: Path) -> set[tuple[bool, int]]:
    return {(path.is_dir(), path.stat().st_mode & 0o777) for path in folder.rglob("*")}


# What is kept


def test_nothing_is_made_by_reading(store: Store) -> None:
    assert store.learned() == Learned()
    assert (store.releases(), store.last_good(), store.next_number(), store.entries()) == ((), None, 1, [])
    assert not store.folder.parent.exists()


def test_what_was_learned_comes_back(store: Store) -> None:
    store.save_learned(LEARNED)
    assert store.learned() == LEARNED


def test_of_a_project_that_was_removed_the_journal_stays(store: Store) -> None:
    store.forget()
    store.save_learned(LEARNED)
    store.record(release(4), {"/etc/passwd": b"root"})
    store.journal({"release": 4})
    store.forget()
    store.forget()
    assert (store.learned(), store.last_good()) == (Learned(), None)
    assert [path.name for path in store.folder.iterdir()] == ["journal.jsonl"]
    assert store.next_number() == 5


def test_all_of_it_is_private_whatever_the_umask(store: Store) -> None:
    before = os.umask(0)
    try:
        store.record(release(1), {"/etc/passwd": b"root"})
        store.save_learned(LEARNED)
        store.journal({"release": 1})
        with store.locked(0, "me"):
            pass
    finally:
        os.umask(before)
    assert modes(store.folder) == {(True, 0o700), (False, 0o600)}
    assert store.folder.stat().st_mode & 0o777 == 0o700


def test_nothing_half_written_stays(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.save_learned(LEARNED)

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match=r"learned.json cannot be kept in .*: no space left on device"):
        store.save_learned(Learned())
    assert store.learned() == LEARNED
    assert [path.name for path in store.folder.iterdir()] == ["learned.json"]


def test_a_release_with_its_files(store: Store, tmp_path: Path) -> None:
    """Two files of one name in two folders are two copies."""
    files = [tmp_path / "a" / "app.conf", tmp_path / "b" / "app.conf"]
    for file in files:
        file.parent.mkdir()
        file.write_text(str(file), encoding="utf-8")
        file.chmod(0o640)
    kept = store.record(release(1), {str(file): file.read_bytes() for file in files})
    assert store.last_good() == kept
    assert {path: Path(copy).read_text(encoding="utf-8") for path, copy in kept.contents.items()} == {
        str(file): str(file) for file in files
    }
    written = json.loads((store.folder / "releases" / "1.json").read_text(encoding="utf-8"))
    assert written["images"] == {"web": f"sha256:{1:064x}"}, "the prune timer of docker_host reads this"


def test_a_copy_is_handed_out_as_the_original_was(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "app.conf"
    file.write_text("x", encoding="utf-8")
    file.chmod(0o440)
    os.chown(file, 1234, 2345) if os.geteuid() == 0 else None
    copy = store.record(release(1), {str(file): b"x"}).contents[str(file)]
    assert Path(copy).stat().st_mode & 0o777 == 0o600
    assert copies.hand_out(copy) == copy
    found, wanted = Path(copy).stat(), file.stat()
    assert (found.st_mode, found.st_uid, found.st_gid) == (wanted.st_mode, wanted.st_uid, wanted.st_gid)


def test_whether_a_file_differs_from_its_copy(tmp_path: Path) -> None:
    file, copy = tmp_path / "file", tmp_path / "copy"
    assert not copies.differs(str(file), str(copy)), "a copy that is lost replaces nothing"
    copy.write_text("one", encoding="utf-8")
    assert copies.differs(str(file), str(copy)), "the file is gone"
    file.write_text("one", encoding="utf-8")
    assert not copies.differs(str(file), str(copy))
    file.write_text("two", encoding="utf-8")
    assert copies.differs(str(file), str(copy))


def test_large_files_are_not_copied(store: Store) -> None:
    large = b"x" * (copies.MOST_BYTES + 1)
    assert store.record(release(1), {"/large": large}).contents == {}


def test_the_last_good_release_is_the_newest_that_worked(store: Store) -> None:
    for number, result in ((1, "good"), (9, "good"), (10, "good"), (11, "failed")):
        store.record(release(number, result), {})
    found = store.last_good()
    assert found is not None and found.number == 10
    assert [one.number for one in store.releases()] == [1, 9, 10, 11]
    assert store.next_number() == 12


def test_numbers_are_not_used_again(store: Store) -> None:
    store.save_learned(LEARNED)
    assert store.next_number() == 3
    store.journal({"release": 7, "result": "failed"})
    assert store.next_number() == 8


# What is broken


@pytest.mark.parametrize("text", ["", "{", "[]", '{"services": 5}', '{"networks": {"a": 1}}', "\udcff"])
def test_a_learned_file_that_means_nothing_is_moved_aside(store: Store, text: str) -> None:
    store.save_learned(LEARNED)
    file = store.folder / "learned.json"
    file.write_text(text, encoding="utf-8", errors="surrogateescape")
    assert store.learned() == Learned()
    assert len(store.warnings) == 1 and str(file) in store.warnings[0]
    assert not file.exists()
    assert [path.name.startswith("learned.json.corrupt-") for path in store.folder.iterdir()] == [True]


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"number": 2, "project": "shop", "model": 1, "images": {}}'])
def test_a_release_that_means_nothing_leaves_the_one_before(store: Store, text: str) -> None:
    store.record(release(1), {})
    store.record(release(2), {})
    (store.folder / "releases" / "2.json").write_text(text, encoding="utf-8")
    found = store.last_good()
    assert found is not None and found.number == 1
    assert len(store.warnings) == 1
    assert store.next_number() == 3, "the number of the broken one is not used again"


def test_check_mode_moves_nothing(store: Store, tmp_path: Path) -> None:
    store.save_learned(LEARNED)
    (store.folder / "learned.json").write_text("{", encoding="utf-8")
    looking = Store("shop", tmp_path / "state", read_only=True)
    assert looking.learned() == Learned()
    assert looking.warnings and (store.folder / "learned.json").exists()


def test_keys_of_a_newer_release_of_this_collection_are_passed_over(store: Store) -> None:
    store.record(release(1), {})
    file = store.folder / "releases" / "1.json"
    file.write_text(json.dumps({**json.loads(file.read_text(encoding="utf-8")), "new": 1}), encoding="utf-8")
    assert store.last_good() == release(1)


def test_a_torn_line_of_the_journal(store: Store) -> None:
    store.journal({"release": 1})
    with (store.folder / "journal.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"release": 2, "res')
    store.journal({"release": 3})
    assert [entry["release"] for entry in store.entries()] == [1, 3]
    assert all(entry["at"].endswith("Z") for entry in store.entries())


def test_the_journal_does_not_grow_for_ever(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_journal, "MOST_BYTES", 1000)
    for number in range(100):
        store.journal({"release": number})
    assert (store.folder / "journal.jsonl").stat().st_size < 1100
    assert store.entries()[-1]["release"] == 99


@pytest.mark.parametrize("name", ["../etc", "", "Shop", "a/b", ".names", "shop\n"])
def test_names_that_are_no_projects(tmp_path: Path, name: str) -> None:
    with pytest.raises(StoreError):
        Store(name, tmp_path)


@pytest.fixture
def nobody() -> Iterator[Path]:
    """A folder of a user without privileges, as whom the test runs."""
    with tempfile.TemporaryDirectory() as name:
        if os.geteuid() != 0:
            yield Path(name)
            return
        os.chown(name, 65534, 65534)
        os.seteuid(65534)
        try:
            yield Path(name)
        finally:
            os.seteuid(0)


def test_a_user_without_privileges_has_a_state_of_their_own(nobody: Path) -> None:
    store = Store("shop", nobody / "state")
    with store.locked(0, "me"):
        kept = store.record(release(1), {"/etc/passwd": b"root"})
        store.save_learned(LEARNED)
    assert (store.last_good(), store.learned()) == (kept, LEARNED)
    assert Path(copies.hand_out(kept.contents["/etc/passwd"])).read_bytes() == b"root"


def test_a_folder_that_may_not_be_written(nobody: Path) -> None:
    nobody.chmod(0o500)
    with pytest.raises(StoreError, match="permission denied"):
        Store("shop", nobody / "state").save_learned(LEARNED)


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("", encoding="utf-8")
    with pytest.raises(StoreError, match="cannot be kept"):
        Store("shop", tmp_path / "state").save_learned(LEARNED)


def test_where_it_is_without_root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    assert stack_store.state_root() == tmp_path / ".local/state/slipway/compose"
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "x"))
    assert stack_store.state_root() == tmp_path / "x/slipway/compose"
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    assert stack_store.state_root() == tmp_path / ".local/state/slipway/compose"
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert stack_store.state_root() == Path("/var/lib/slipway/compose")


# The lock


HOLDER = """
import sys, time
from pathlib import Path
from ansible_collections.slipway.containers.plugins.module_utils._io.stack.store import Store
with Store("shop", sys.argv[1]).locked(0, "ada@laptop"):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Any:
    """Another process that has the lock until its standard input ends."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-c", textwrap.dedent(HOLDER), str(tmp_path / "state")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_the_second_run_is_told_who_has_the_project(store: Store, holder: subprocess.Popen[str]) -> None:
    words = rf"another run has the project shop: ada@laptop since \d{{4}}-.*Z \(pid {holder.pid}\)$"
    with pytest.raises(LockedError, match=words), store.locked(0, "bob"):
        pass


def test_the_second_run_waits_for_the_first(store: Store, holder: subprocess.Popen[str]) -> None:
    assert holder.stdin is not None
    with pytest.raises(LockedError, match=r"waited 0.3 s"), store.locked(0.3, "bob"):
        pass
    holder.stdin.close()
    with store.locked(30, "bob"):
        assert json.loads((store.folder / "lock").read_text(encoding="utf-8"))["who"] == "bob"
    assert (store.folder / "lock").read_text(encoding="utf-8") == ""


def test_a_run_that_was_killed_leaves_no_lock(store: Store, holder: subprocess.Popen[str]) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with store.locked(0, "bob"):
        pass


def test_programs_that_a_run_starts_do_not_hold_its_lock(store: Store) -> None:
    with store.locked(0, "me"):
        child = subprocess.Popen(["sleep", "60"])
    try:
        with store.locked(0, "you"):
            pass
    finally:
        child.kill()
        child.wait()


def test_a_lock_that_somebody_deleted_keeps_nobody_out_for_ever(store: Store, holder: subprocess.Popen[str]) -> None:
    (store.folder / "lock").unlink()
    with store.locked(0, "bob"):
        assert holder.poll() is None


def test_other_projects_are_free(store: Store, holder: subprocess.Popen[str], tmp_path: Path) -> None:
    assert holder.poll() is None
    with Store("other", tmp_path / "state").locked(0, "bob"):
        pass


def test_the_lock_is_given_back_when_the_run_fails(store: Store) -> None:
    with pytest.raises(KeyError), store.locked(0, "me"):
        raise KeyError
    began = time.monotonic()
    with store.locked(5, "you"):
        assert time.monotonic() - began < 5


def test_a_folder_of_secrets_that_cannot_be_removed_is_an_error(tmp_path: Path) -> None:
    remove_folder(tmp_path / "nowhere")
    (tmp_path / "file").write_text("a secret", encoding="utf-8")
    with pytest.raises(NotADirectoryError):
        remove_folder(tmp_path / "file")
    assert (tmp_path / "file").exists()
    (tmp_path / "folder" / "within").mkdir(parents=True)
    remove_folder(tmp_path / "folder")
    assert not (tmp_path / "folder").exists()
