# SPDX-License-Identifier: GPL-3.0-or-later
"""What containers get from the host, and what images are built from, as hashes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.dockerignore import Ignored
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.reader import read
from ansible_collections.slipway.containers.plugins.module_utils._io import file_hashes
from ansible_collections.slipway.containers.plugins.module_utils._io.stack.contents import (
    build_hashes,
    content_hashes,
    inodes,
)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def project(**service: Any) -> Any:
    raw = {"name": "shop", "services": {"web": service}}
    for kind in ("configs", "secrets"):
        raw[kind] = service.pop(f"top_{kind}", {})
    return read(raw)


def bind(source: Path, target: str = "/x", **more: Any) -> dict[str, Any]:
    return {"type": "bind", "source": str(source), "target": target, **more}


# Contents


def test_hashes_of_all_kinds(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("in the file")
    stack = project(
        configs=[{"source": name} for name in ("inline", "file", "variable", "dotenv", "unset")],
        secrets=[{"source": "file", "target": "/s"}, {"source": "absent"}],
        volumes=[bind(file, "/b"), bind(tmp_path, "/folder"), bind(tmp_path / "absent", "/absent")],
        top_configs={
            "inline": {"content": "5$$"},
            "file": {"file": str(file)},
            "variable": {"environment": "A"},
            "dotenv": {"environment": "B"},
            "unset": {"environment": "C"},
        },
        top_secrets={"file": {"file": str(file)}, "absent": {"file": str(tmp_path / "absent")}},
    )
    found = content_hashes(stack, {"A": "of the process"}, {"A": "of the file", "B": "b"})
    assert found == {
        "web": {
            "config inline at /inline": sha256("5$"),
            "config file at /file": sha256("in the file"),
            "config variable at /variable": sha256("of the process"),
            "config dotenv at /dotenv": sha256("b"),
            "secret file at /s": sha256("in the file"),
            f"bind {file} at /b": sha256("in the file"),
        }
    }


def test_a_large_file_is_told_by_size_and_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_hashes, "LARGE", 10)
    file = tmp_path / "f"
    file.write_text("a" * 11)
    first = file_hashes.of_file(str(file))
    os.utime(file, ns=(1, 1))
    assert {first, file_hashes.of_file(str(file))} == {first, "11 bytes of 1"}
    file.write_text("a" * 10)
    assert file_hashes.of_file(str(file)) == sha256("a" * 10)


def test_files_of_the_kernel_have_no_hash() -> None:
    """They are other ones each time, and no deployment wrote them."""
    stack = project(volumes=[bind(Path("/proc/uptime"))])
    assert content_hashes(stack, {}, {}) == {"web": {}}


def test_folders_count_for_services_that_reload(tmp_path: Path) -> None:
    folder = tmp_path / "conf"
    (folder / "deep").mkdir(parents=True)
    stack = project(volumes=[bind(folder, "/conf", read_only=True), bind(folder, "/rw")])

    def now() -> dict[str, str]:
        return content_hashes(stack, {}, {}, str(tmp_path), ("web",))["web"]

    assert content_hashes(stack, {}, {}, str(tmp_path), ("other",)) == {"web": {}}
    assert content_hashes(stack, {}, {}, str(folder), ("web",)) == {"web": {}}, "not within the project"
    seen = [now()]
    for name, text in (("a", "1"), ("a", "2"), ("deep/b", "2")):
        (folder / name).write_text(text)
        seen.append(now())
    assert len({tuple(sorted(each.items())) for each in seen}) == 4
    os.utime(folder / "a", (1, 1))
    assert now() == seen[-1]


def test_a_folder_with_too_much_in_it_has_no_hash(tmp_path: Path) -> None:
    for number in range(501):
        (tmp_path / str(number)).touch()
    assert file_hashes.of_folder(str(tmp_path)) == ""


def test_inodes_are_of_all_that_is_bound(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.touch()
    stack = project(
        configs=[{"source": "c"}],
        volumes=[bind(file), bind(tmp_path, "/folder"), bind(tmp_path / "absent", "/absent")],
        top_configs={"c": {"file": str(file)}},
    )
    first = inodes(stack)
    assert first["web"] == {str(path): f"{path.stat().st_dev}:{path.stat().st_ino}" for path in (file, tmp_path)}
    file.write_text("in place")
    assert inodes(stack) == first
    new = tmp_path / "new"
    new.touch()
    new.rename(file)
    assert inodes(stack) != first


# What .dockerignore leaves out: each row was also built by BuildKit, and the image looked into


@pytest.mark.parametrize(
    ("patterns", "left_out", "kept"),
    [
        ("*.txt", ["a.txt"], ["b/a.txt", "a.txt.bak"]),
        ("**/*.txt", ["a.txt", "b/a.txt", "b/c/a.txt"], ["a.txt/b".replace(".txt", ".md")]),
        ("**/a", ["a", "b/a", "b/c/a", "a/x"], ["ba"]),
        ("**a", ["a", "ba", "x/ba"], ["ab"]),
        ("a/**", ["a/b", "a/b/c"], ["a", "ab"]),
        ("a", ["a", "a/b", "a/b/c"], ["b/a"]),
        ("/a\n./b\nc/\nd/../e", ["a", "b", "c", "c/x", "e"], ["d", "x/a"]),
        ("*\n!keep", ["a", "b/keep"], ["keep", "keep/x"]),
        ("a\n!a/b", ["a", "a/c"], ["a/b", "a/b/c"]),
        ("!a\na", ["a"], ["b"]),
        ("**\n!**/keep", ["a", "b/a"], ["keep", "b/keep"]),
        ("a?b\n[xy]z", ["acb", "xz", "yz"], ["ab", "a/b", "zz"]),
        ("[^a]", ["b"], ["a", "bb"]),
        ("# comment\n  spaced  \n! kept\n\n", ["spaced"], ["# comment", "kept"]),
        ("\\[x\\]\na.b", ["[x]", "a.b"], ["x", "axb"]),
        ("\ufeffa\r\nb", ["a", "b"], ["c"]),
        ("a/*/c", ["a/b/c"], ["a/c", "a/b/b/c"]),
        ("a*\n!ab/c\nab", ["ab/d", "ax"], ["ab/c"]),
        ("a/**/c", ["a/c", "a/b/c", "a/b/b/c"], ["a/b"]),
    ],
    ids=range(19),
)
def test_dockerignore(patterns: str, left_out: list[str], kept: list[str]) -> None:
    ignored = Ignored.read(patterns)

    def is_left_out(path: str) -> bool:
        matched: tuple[bool, ...] = ()
        parts = path.split("/")
        for number in range(1, len(parts) + 1):
            out, matched = ignored.left_out("/".join(parts[:number]), matched)
        return out

    assert [path for path in left_out if not is_left_out(path)] == []
    assert [path for path in kept if is_left_out(path)] == []


# Build contexts


class Context:
    """A folder that an image is built from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.build: dict[str, Any] = {"context": str(folder), "dockerfile": "Dockerfile"}
        self.write("Dockerfile", "FROM scratch\nCOPY . /\n")
        self.write("app/main.py", "print()\n")
        self.write("docs/index.md", "#\n")

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    @property
    def hash(self) -> str:
        return build_hashes(project(build=self.build))["web"]

    def differs(self, change: Callable[[], object]) -> bool:
        before = self.hash
        change()
        return self.hash != before


@pytest.fixture
def context(tmp_path: Path) -> Context:
    folder = tmp_path / "src"
    folder.mkdir()
    return Context(folder)


def test_contents_names_modes_and_links_count(context: Context) -> None:
    main = context.folder / "app" / "main.py"
    assert context.differs(lambda: context.write("app/main.py", "print(1)\n"))
    assert context.differs(lambda: main.chmod(0o755))
    assert context.differs(lambda: main.rename(main.with_name("other.py")))
    assert context.differs((context.folder / "empty").mkdir)
    assert context.differs(lambda: (context.folder / "link").symlink_to("app/other.py"))
    (context.folder / "link").unlink()
    assert context.differs(lambda: (context.folder / "link").symlink_to("/nowhere"))


def test_times_and_the_order_of_making_do_not_count(context: Context) -> None:
    context.write("b", "")
    context.write("a", "")
    first = context.hash
    for name in ("a", "b"):
        (context.folder / name).unlink()
        context.write(name, "")
    os.utime(context.folder / "app" / "main.py", (1, 1))
    assert context.hash == first


def test_what_is_ignored_does_not_count(context: Context) -> None:
    context.write(".dockerignore", "docs\n*.log\n!keep.log\n")
    assert not context.differs(lambda: context.write("docs/index.md", "new"))
    assert not context.differs(lambda: context.write("a.log", "new"))
    assert context.differs(lambda: context.write("keep.log", "new"))
    assert context.differs(lambda: context.write("app/a.log", "new"))
    assert context.differs(lambda: context.write(".dockerignore", "*.log\n"))


def test_a_file_brought_back_from_an_ignored_folder_counts(context: Context) -> None:
    for patterns in ("docs\n!docs/index.md\n", "docs\n!**/index.md\n"):
        context.write(".dockerignore", patterns)
        assert context.differs(lambda: context.write("docs/index.md", f"{context.hash}\n"))
        assert not context.differs(lambda: context.write("docs/other.md", f"{context.hash}\n"))


def test_the_dockerfile_counts_even_where_it_is_ignored(context: Context) -> None:
    context.write(".dockerignore", "*\n")
    assert context.differs(lambda: context.write("Dockerfile", "FROM scratch\nCMD x\n"))


def test_a_dockerfile_elsewhere_counts(context: Context, tmp_path: Path) -> None:
    other = tmp_path / "Dockerfile.other"
    for name in ("../Dockerfile.other", str(other)):
        context.build["dockerfile"] = name
        other.write_text("FROM scratch\n")
        assert context.differs(lambda: other.write_text("FROM scratch\nCMD y\n"))


def test_a_dockerfile_may_have_patterns_of_its_own(context: Context) -> None:
    context.write(".dockerignore", "docs\n")
    assert context.differs(lambda: context.write("Dockerfile.dockerignore", "app\n"))
    assert context.differs(lambda: context.write("docs/index.md", "new"))
    assert not context.differs(lambda: context.write("app/main.py", "new"))
    context.write("Dockerfile.dockerignore", "")
    assert context.differs(lambda: context.write("docs/index.md", "newer"))


def test_the_build_section_counts(context: Context) -> None:
    for change in ({"args": {"A": "1"}}, {"args": {"A": "$$2"}}, {"target": "last"}, {"dockerfile_inline": "FROM a"}):
        before = context.hash
        context.build.update(change)
        assert context.hash != before


def test_additional_contexts_count(context: Context, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    context.build["additional_contexts"] = {"other": str(other), "image": "docker-image://alpine", "s": "service:a"}
    assert context.differs(lambda: (other / "f").write_text("1"))
    assert context.differs(lambda: (other / ".dockerignore").write_text("f"))
    assert not context.differs(lambda: (other / "f").write_text("2"))


def test_a_service_that_is_a_context_counts(context: Context, tmp_path: Path) -> None:
    other = tmp_path / "base"
    other.mkdir()
    services = {
        "web": {"build": {**context.build, "additional_contexts": {"base": "service:base"}}},
        "base": {"build": {"context": str(other), "additional_contexts": {"web": "service:web"}}},
    }
    stack = read({"name": "shop", "services": services})
    before = build_hashes(stack)
    (other / "f").touch()
    assert build_hashes(stack)["web"] != before["web"]


@pytest.mark.parametrize("url", ["https://example.org/a.git#main", "git@example.org:a.git", "github.com/a/b"])
def test_a_remote_context_is_its_address(url: str) -> None:
    assert build_hashes(project(build={"context": url})) == build_hashes(project(build={"context": url}))
    assert build_hashes(project(build={"context": url})) != build_hashes(project(build={"context": url + "x"}))


def test_a_dollar_in_a_path_is_one(tmp_path: Path) -> None:
    folder = tmp_path / "a$b"
    folder.mkdir()
    build = {"context": f"{tmp_path}/a$$b", "dockerfile": "Dockerfile"}
    before = build_hashes(project(build=build))
    (folder / "f").touch()
    assert build_hashes(project(build=build)) != before


def test_what_is_not_built_has_no_hash() -> None:
    assert build_hashes(project(image="a")) == {}
