# SPDX-License-Identifier: GPL-3.0-or-later
"""Releases of a systemd app: their ids, which are kept, what of an archive may become one, and what is refused."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.left_out import read_patterns
from ansible_collections.slipway.containers.plugins.module_utils._core.placing import FILE, FOLDER, LINK, OTHER, Entry
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd import releases
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.places import MARKER
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.releases import Recipe, Release, Source
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.unpacking import Member, layout
from ansible_collections.slipway.containers.plugins.module_utils._io.placed.state import PlacingError
from ansible_collections.slipway.containers.plugins.module_utils._io.systemd.packing import pack
from ansible_collections.slipway.containers.plugins.module_utils._io.systemd.release_source import listed_directory
from ansible_collections.slipway.containers.plugins.module_utils._io.systemd.unpack import opened, write

SOURCE = Source("git", "1" * 40, "https://git.example.com/shop.git", "main")
RECIPE = Recipe("requirements.txt", ("a-1.whl 00",), "/usr/bin/python3 3.13", (("make", "dist"),), ("*.log",), 1)
MADE = {"a": "2026-01-01", "b": "2026-01-02", "c": "2026-01-03", "d": "2026-01-04"}


def test_an_id_is_what_a_release_is_made_of() -> None:
    made = releases.release_id(SOURCE, RECIPE)
    assert releases.is_release(made)
    assert releases.release_id(SOURCE, RECIPE) == made
    elsewhere = dataclasses.replace(SOURCE, place="git@mirror:shop", version="v1")
    assert releases.release_id(elsewhere, RECIPE) == made, "where it lies and what it is called there do not count"


@pytest.mark.parametrize(
    "change",
    [
        {"requirements": "other.txt"},
        {"wheels": ()},
        {"python": "/usr/bin/python3 3.11"},
        {"build": (("make", "all"),)},
        {"exclude": ()},
        {"strip": 0},
    ],
)
def test_another_recipe_is_another_release(change: dict[str, Any]) -> None:
    assert releases.release_id(SOURCE, dataclasses.replace(RECIPE, **change)) != releases.release_id(SOURCE, RECIPE)


def test_another_source_is_another_release() -> None:
    for source in (dataclasses.replace(SOURCE, identity="2" * 40), dataclasses.replace(SOURCE, kind="archive")):
        assert releases.release_id(source, RECIPE) != releases.release_id(SOURCE, RECIPE)


def test_a_marker_says_what_was_written() -> None:
    release = Release("0123456789ab", SOURCE, RECIPE, "2026-01-01T00:00:00Z", "me", ("a==1",), {"app.py": "0644:00"})
    assert releases.release_of(release.as_json()) == release
    newer = {**json.loads(release.as_json()), "more": 1}
    assert releases.release_of(json.dumps(newer)) == release, "of another release of the collection"


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"id": "x"}', '{"id": "x", "source": 1, "recipe": {}}'])
def test_a_damaged_marker_is_none(text: str) -> None:
    assert releases.release_of(text) is None


@pytest.mark.parametrize("name", ["0123456789AB", "0123456789abc", "backup", "", "../../../../x"])
def test_other_folders_are_not_ours(name: str) -> None:
    assert not releases.is_release(name)


@pytest.mark.parametrize(
    ("number", "needed", "kept"),
    [
        (2, (), ("d", "c")),
        (0, (), ()),
        (9, (), ("d", "c", "b", "a")),
        (2, ("a",), ("d", "a")),
        (1, ("a", "b"), ("b", "a")),
        (0, ("a",), ("a",)),
        (3, ("d", "c"), ("d", "c", "b")),
        (2, ("gone",), ("d", "c")),
    ],
)
def test_what_is_kept(number: int, needed: tuple[str, ...], kept: tuple[str, ...]) -> None:
    assert releases.keep(MADE, number, needed) == kept
    surplus = releases.surplus(MADE, number, needed)
    assert set(surplus) == set(MADE) - set(kept)
    assert list(surplus) == sorted(surplus, key=lambda name: MADE[name]), "oldest first"


@pytest.mark.parametrize(
    ("text", "loose"),
    [
        ("streamlit==1.40.0\n", ()),
        ("a==1 --hash=sha256:00\nb == 2.0 ; python_version > '3.8'  # why\n", ()),
        ("a==1 \\\n  --hash=sha256:00 \\\n  --hash=sha256:11\n", ()),
        ("# nothing\n\n-r more.txt\n--index-url https://x\n", ()),
        ("pkg[extra]==1\nname @ https://x/y.whl\n./wheels/z-1.whl\nq===1\n", ()),
        ("a\nb>=1\nc~=1.0\nd==1.*\n", ("a", "b>=1", "c~=1.0", "d==1.*")),
        ("a==1,<2\n", ("a==1,<2",)),
    ],
)
def test_lines_that_are_not_pinned(text: str, loose: tuple[str, ...]) -> None:
    assert releases.unpinned(text) == loose


def asked(**more: Any) -> list[str]:
    options = {"state": "present", "source": {"directory": "/x"}, **more}
    app, root = options.pop("app", "shop"), options.pop("root", "/srv/slipway/shop")
    return releases.problems(app, root, options["source"], options)


def test_what_is_right_has_no_problem() -> None:
    assert asked() == []
    assert asked(root="/srv/my apps/shop", requirements="a/b.txt", wheels="/opt/wheels", build=[["make"]]) == []
    assert asked(source={"git": {"repo": "git@host:x y.git", "version": "v1"}}, environment={"A": "b\n"}) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"app": "Shop!"}, "app: 'Shop!' is no name of an app"),
        ({"root": "srv"}, "root: found 'srv', expected an absolute path"),
        ({"root": "/srv/../etc"}, "expected an absolute path without .."),
        ({"root": '/srv/"shop"'}, "expected a path without quotes"),
        ({"root": "/srv/a:b"}, "without quotes, colons"),
        ({"source": {}}, "source: found nothing, expected exactly one of directory, git and archive"),
        ({"source": None}, "source: found nothing"),
        ({"source": {"directory": "/x", "git": {"repo": "y", "version": "z"}}}, "found directory and git"),
        ({"source": {"archive": {"strip": 1}}}, "source.archive: expected either path or url"),
        ({"source": {"archive": {"path": "/a", "strip": -1}}}, "source.archive.strip: found -1"),
        ({"source": {"archive": {"url": "https://b"}}}, "source.archive.sha256: it is missing"),
        ({"source": {"archive": {"path": "/a", "sha256": "XYZ"}}}, "expected 64 hex digits"),
        ({"source": {"git": {"repo": "--upload-pack=x", "version": "v"}}}, "source.git.repo: found '--upload-pack=x'"),
        ({"source": {"git": {"repo": "ext::sh -c x", "version": "v"}}}, "source.git.repo: found"),
        ({"source": {"git": {"repo": "x", "version": "-v"}}}, "source.git.version: found '-v'"),
        ({"requirements": "../r.txt"}, "requirements: '../r.txt' is no path within the source"),
        ({"requirements": "/r.txt"}, "requirements: '/r.txt' is no path within the source"),
        ({"wheels": "wheels"}, "wheels: there is nothing to install from them"),
        ({"build": [["make"], []]}, "build[1]: found no program"),
        ({"build_timeout": 0}, "build_timeout: found 0"),
        ({"environment": {"A-B": "x"}}, "environment: found the name 'A-B'"),
        ({"environment": {"A": "s3cr3t\0"}}, "environment.A: the value has a control character in it"),
    ],
)
def test_what_is_refused(options: dict[str, Any], message: str) -> None:
    (found,) = asked(**options)
    assert message in found
    assert "s3cr3t" not in found


def test_all_problems_at_once() -> None:
    assert len(asked(app="A", root="b", source={}, requirements="..", build=[[]])) == 5


def test_a_password_is_not_shown() -> None:
    source = Source("git", "1" * 40, "https://me:s3cr3t@git.example.com/x", "main")
    shown = releases.described(Release("0123456789ab", source, RECIPE))
    assert "s3cr3t" not in shown + source.as_text() + str(source.shown())
    assert "main" in shown and "make" in shown


def paths(*members: Member, **more: Any) -> list[str]:
    made = layout(members, **more)
    assert not made.problems
    return [entry.path for entry in made.entries]


def test_folders_come_before_what_is_in_them() -> None:
    assert paths(Member("a/b/c.txt"), Member("./z")) == ["a", "a/b", "a/b/c.txt", "z"]


def test_leading_folders_are_taken_off() -> None:
    members = (Member("shop-1", FOLDER), Member("shop-1/app.py"), Member("shop-1/lib/x.py"))
    assert paths(*members, strip=1) == ["app.py", "lib", "lib/x.py"]


def test_what_is_left_out() -> None:
    members = (Member("a.log"), Member("docs/x/y.md"), Member("app.py"))
    assert paths(*members, left_out=read_patterns(["*.log", "docs/"])) == ["app.py"]


def test_modes_are_the_usual_ones() -> None:
    made = layout([Member("a", FILE, 0o4777), Member("b", FILE, 0o600), Member("c", FOLDER, 0o700)])
    assert [entry.mode for entry in made.entries] == [0o755, 0o644, 0o755]


def test_a_later_member_wins_and_hard_links_are_files() -> None:
    made = layout([Member("a", size=1), Member("a", size=5), Member("b", same_as="a")])
    assert made.contents == {"a": "a", "b": "a"}
    assert made.size == 10


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ([Member("../etc/passwd")], "../etc/passwd leads out of the release"),
        ([Member("a/../../b")], "a/../../b leads out of the release"),
        ([Member("/etc/passwd")], "/etc/passwd leads out of the release"),
        ([Member("a\0b")], "leads out of the release"),
        ([Member("a", LINK, target="/etc")], "the link a leads to /etc"),
        ([Member("a/b", LINK, target="../../x")], "out of the folder"),
        ([Member("a", LINK, target="d"), Member("d", FOLDER), Member("a/x")], "a/x stands below a, which is no folder"),
        ([Member("a"), Member("a/x")], "a/x stands below a, which is no folder"),
        ([Member("d/up", LINK, target=".."), Member("out", LINK, target="d/up/../x")], "goes upwards behind another"),
        ([Member("pipe", OTHER)], "pipe is neither file, folder nor link"),
        ([Member("b", same_as="../x")], "b is a hard link to what is not there"),
        ([Member(MARKER)], "a name that releases need for themselves"),
    ],
)
def test_what_no_archive_may_hold(members: list[Member], problem: str) -> None:
    made = layout(members)
    assert any(problem in found for found in made.problems), made.problems


def folder_with(home: Path, **files: str) -> Path:
    folder = home / "source"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def test_a_directory_travels_as_it_is(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, **{"app.py": "1", 'it\'s "a" file': "2", "empty": "", ".env": "SECRET=1"})
    (folder / "run").write_text("#!")
    (folder / "run").chmod(0o700)
    (folder / "link").symlink_to("app.py")
    for made in (".git", "venv", "__pycache__", "sub"):
        (folder / made).mkdir()
        (folder / made / "x").touch()
    entries = listed_directory(folder, [])
    kept = ["app.py", "empty", 'it\'s "a" file', "link", "run", "sub", "sub/x"]
    assert [entry.path for entry in entries] == kept
    pack(tmp_path / "x.tar.gz", folder, entries)
    (tmp_path / "release").mkdir()
    with opened(tmp_path / "x.tar.gz") as packed:
        written = write(packed, layout(packed.members()), tmp_path / "release")
    assert releases.tree_identity(written) == releases.tree_identity(entries)
    assert releases.tree_identity(listed_directory(tmp_path / "release", [])) == releases.tree_identity(entries)


def test_umasks_do_not_count_and_contents_do(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, a="1")
    first = releases.tree_identity(listed_directory(folder, []))
    (folder / "a").chmod(0o600)
    assert releases.tree_identity(listed_directory(folder, [])) == first
    (folder / "a").chmod(0o700)
    assert releases.tree_identity(listed_directory(folder, [])) != first
    (folder / "a").chmod(0o600)
    (folder / "a").write_text("2")
    assert releases.tree_identity(listed_directory(folder, [])) != first


def test_what_is_left_out_comes_back_when_asked_for(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, **{".env": "A=1", "a.log": "", ".slipwayignore": "*.log\n"})
    assert [entry.path for entry in listed_directory(folder, ["!.env"])] == [".env"]


def test_a_file_that_changes_meanwhile_is_noticed(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, a="1")
    entries = listed_directory(folder, [])
    (folder / "a").write_text("2")
    with pytest.raises(PlacingError, match="changed while it was read"):
        pack(tmp_path / "x.tar.gz", folder, entries)


def test_what_a_marker_says_of_files() -> None:
    entries = [Entry("b", FILE, 0o755, "00"), Entry("a", LINK, 0o777, target="b")]
    assert releases.files_of(entries) == {"a": "0777:b", "b": "0755:00"}
