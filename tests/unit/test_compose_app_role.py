# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role compose_app stands on: files that are placed and put back, `.env`, secrets, archives of images."""

from __future__ import annotations

import io
import json
import os
import stat
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.slipway.containers.plugins.filter.compose_name import compose_name
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.document import ComposeError
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.dotenv import parse_env
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.dotenv_write import env_text
from ansible_collections.slipway.containers.plugins.module_utils._core.left_out import is_left_out, read_patterns
from ansible_collections.slipway.containers.plugins.module_utils._core.placing import (
    FOLDER,
    LINK,
    Entry,
    decide,
    link_problem,
    path_problem,
)
from ansible_collections.slipway.containers.plugins.module_utils._io.compose.image_archives import (
    ArchiveError,
    read_archive,
)
from ansible_collections.slipway.containers.plugins.module_utils._io.compose.project_extras import App, extras
from ansible_collections.slipway.containers.plugins.module_utils._io.compose.project_folder import (
    collect,
    write_archive,
)
from ansible_collections.slipway.containers.plugins.module_utils._io.placed import files as placed_files
from ansible_collections.slipway.containers.plugins.module_utils._io.placed.run import work
from ansible_collections.slipway.containers.plugins.module_utils._io.placed.state import PlacingError
from hypothesis import example, given
from hypothesis import strategies as st

COMPOSE = "services: {web: {image: web:1}}\n"


# --- .env -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("plain-1.0:8/x@y", "A=plain-1.0:8/x@y"),
        ("", "A=''"),
        ("a b", "A='a b'"),
        ("a #b", "A='a #b'"),
        ("$HOME ${X}", "A='$HOME ${X}'"),
        ("it's", r"A='it\'s'"),
        ('say "hi"', "A='say \"hi\"'"),
        ("a\nb", "A='a\nb'"),
        ("back\\", r'A="back\\"'),
        (r"\$X", r'A="\\\$X"'),
        ("a\r\nb", 'A="a\\r\nb"'),
        (True, "A=true"),
        (8080, "A=8080"),
        (None, "A=''"),
    ],
)
def test_a_value_is_quoted_as_far_as_it_has_to_be(value: Any, line: str) -> None:
    assert env_text({"A": value}) == f"{line}\n"


@given(
    st.dictionaries(
        st.sampled_from(["A", "B_2", "c.d"]), st.text(st.characters(exclude_characters="\0", codec="utf-8"))
    )
)
@example({"A": "\\'", "B_2": "'\\", "c.d": "\\\\$$\\"})
def test_values_are_read_back_as_they_were(values: dict[str, str]) -> None:
    assert parse_env(env_text(values), {"A": None}.get) == values


def test_what_no_env_file_can_say_is_refused_without_showing_it() -> None:
    with pytest.raises(ValueError, match="value of 'PASSWORD' has a NUL") as refused:
        env_text({"PASSWORD": "hunter2\0"})
    assert "hunter2" not in str(refused.value)
    with pytest.raises(ValueError, match="'1A' is no name"):
        env_text({"1A": "x"})


# --- what is left out -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "path", "is_folder", "verdict"),
    [
        (".git", ".git", True, True),
        (".git", "sub/.git", True, True),
        ("*.pyc", "app/x.pyc", False, True),
        ("*.pyc", "app/x.py", False, False),
        ("/name", "name", False, True),
        ("/name", "sub/name", False, False),
        ("docs/drafts", "docs/drafts", True, True),
        ("docs/drafts", "x/docs/drafts", True, False),
        ("build/", "build", False, False),
        ("build/", "build", True, True),
        ("a/**/z", "a/b/c/z", False, True),
        ("a/**/z", "a/z", False, True),
        ("logs/**", "logs", True, False),
        ("logs/**", "logs/a", False, True),
        ("[ab].txt", "b.txt", False, True),
        ("[!ab].txt", "b.txt", False, False),
        ("?.txt", "bb.txt", False, False),
        ("a.b", "axb", False, False),
    ],
)
def test_a_pattern_matches_as_in_a_gitignore(pattern: str, path: str, is_folder: bool, verdict: bool) -> None:
    assert is_left_out(path, is_folder, read_patterns([pattern])) is verdict


def test_the_last_pattern_decides() -> None:
    patterns = read_patterns(["# comment", "", "*.env", "!sample.env"])
    assert is_left_out("dev.env", False, patterns)
    assert not is_left_out("sample.env", False, patterns)


# --- what has to be done ----------------------------------------------------------------------------


def test_others_files_are_in_the_way_and_ours_are_not() -> None:
    wanted = [Entry("a", sha256="new", mode=0o644)]
    seen = {"a": Entry("a", sha256="old", mode=0o644)}
    assert decide(wanted, [], seen).foreign == ("a",)
    assert decide(wanted, ["a"], seen).foreign == ()
    assert decide(wanted, [], seen, adopt=True).foreign == ()
    assert decide(wanted, [], {"a": Entry("a", sha256="new", mode=0o600)}).foreign == ()


def test_only_what_was_placed_is_removed_innermost_first() -> None:
    seen = {"d": Entry("d", FOLDER), "d/x": Entry("d/x"), "theirs": Entry("theirs")}
    assert [entry.path for entry in decide([], ["d", "d/x", "gone"], seen).remove] == ["d/x", "d"]


def test_an_owner_counts_where_one_is_asked_for() -> None:
    seen = Entry("a", mode=0o400, sha256="x", uid=0, gid=0)
    assert Entry("a", mode=0o400, sha256="x").same(seen)
    assert not Entry("a", mode=0o400, sha256="x", uid=10001).same(seen)
    assert Entry("d", FOLDER, mode=0o755).same(Entry("d", FOLDER, mode=0o700, uid=999))


@pytest.mark.parametrize("path", ["", ".", "/etc/passwd", "../x", "a/../../x", "a//b", "a/"])
def test_a_path_that_leaves_its_folder_is_a_problem(path: str) -> None:
    assert path_problem(path)
    assert not path_problem("a/b")


@pytest.mark.parametrize(("target", "fine"), [("b", True), ("../b", True), ("../../b", False), ("/etc", False)])
def test_a_link_stays_in_its_folder(target: str, fine: bool) -> None:
    assert (link_problem("d/a", target) == "") is fine


# --- a folder here, and a folder there --------------------------------------------------------------


@dataclass
class Deployment:
    """The controller's folder `src`, and a host's folder `dest`, with all that happens between them."""

    root: Path
    name: str = "shop"
    dest_name: str = "shop"
    options: dict[str, Any] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)

    @property
    def src(self) -> Path:
        return self.root / "src"

    @property
    def dest(self) -> Path:
        return self.root / "opt" / self.dest_name

    @property
    def state(self) -> Path:
        return self.root / "state"

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        file = self.src / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)

    def read(self, path: str) -> str:
        return (self.dest / path).read_text(encoding="utf-8")

    def mode(self, path: str) -> int:
        return stat.S_IMODE((self.dest / path).stat().st_mode)

    def work(self, state: str = "present", check: bool = False, diff: bool = False, **params: Any) -> dict[str, Any]:
        """One call of the module."""
        given = {"entries": [], "archive": None, "adopt": False, **params}
        common = {"name": self.name, "dest": str(self.dest), "state_directory": str(self.state), "state": state}
        return work({**common, **given}, check, diff)

    def place(self, check: bool = False, diff: bool = False, adopt: bool = False, **told: Any) -> dict[str, Any]:
        """As the action plugin does it."""
        app = App(self.name, self.src, str(self.dest), **told)
        wanted = collect(self.src, [".git"], extras(app, []))
        entries = [entry.as_dict() for entry in wanted.entries.values()]
        first = self.work(entries=entries, check=check, diff=diff, adopt=adopt)
        self.sent = first["needs"]
        if check or not first["needs"]:
            return first
        write_archive(self.root / "files.tar.gz", first["needs"], wanted.contents)
        return self.work(entries=entries, archive=str(self.root / "files.tar.gz"), diff=diff, adopt=adopt)


@pytest.fixture
def app(tmp_path: Path) -> Deployment:
    made = Deployment(tmp_path)
    made.write("compose.yaml", COMPOSE)
    made.write("conf/nginx.conf", "v1")
    made.write("run.sh", "#!/bin/sh", 0o775)
    return made


def test_files_arrive_once(app: Deployment) -> None:
    first = app.place()
    assert first["changed"] and set(first["created"]) == {"compose.yaml", "conf", "conf/nginx.conf", "run.sh"}
    assert app.read("conf/nginx.conf") == "v1"
    assert app.mode("run.sh") == 0o755
    second = app.place()
    assert not second["changed"] and app.sent == []


def test_check_mode_tells_the_same_and_leaves_nothing(app: Deployment) -> None:
    told = app.place(check=True)
    assert not app.dest.exists() and not app.state.exists()
    done = app.place()
    assert {key: told[key] for key in ("created", "updated", "removed")} == {
        key: done[key] for key in ("created", "updated", "removed")
    }


def test_only_what_changed_travels(app: Deployment) -> None:
    app.place()
    app.write("conf/nginx.conf", "v2")
    result = app.place(diff=True)
    assert result["updated"] == ["conf/nginx.conf"] and len(app.sent) == 1
    assert result["before"] == {"conf/nginx.conf": "v1"}


def test_a_mode_alone_changes_the_file_that_is_there(app: Deployment) -> None:
    app.place()
    inode = (app.dest / "run.sh").stat().st_ino
    (app.src / "run.sh").chmod(0o700)
    assert app.place()["updated"] == ["run.sh"] and app.sent == []
    assert app.mode("run.sh") == 0o700 and (app.dest / "run.sh").stat().st_ino == inode


def test_what_is_placed_no_more_goes_and_what_others_wrote_stays(app: Deployment) -> None:
    app.place()
    (app.dest / "data").mkdir()
    (app.dest / "data/db").write_text("theirs")
    (app.src / "conf/nginx.conf").unlink()
    (app.src / "conf").rmdir()
    assert app.place()["removed"] == ["conf", "conf/nginx.conf"]
    assert not (app.dest / "conf").exists()
    assert app.read("data/db") == "theirs"


def test_a_folder_of_somebody_else_is_refused(app: Deployment) -> None:
    app.dest.mkdir(parents=True)
    (app.dest / "compose.yaml").write_text("theirs")
    with pytest.raises(PlacingError, match=r"holds compose\.yaml, which was not placed here for shop.*adopt"):
        app.place()
    assert app.read("compose.yaml") == "theirs" and not app.state.exists()
    app.place(adopt=True)
    assert app.read("compose.yaml") == COMPOSE


def test_what_a_container_wrote_is_not_written_over(app: Deployment) -> None:
    app.place()
    (app.dest / "cache").write_text("theirs")
    app.write("cache", "ours")
    with pytest.raises(PlacingError, match="cache came from somebody else"):
        app.place()
    assert app.read("cache") == "theirs"


def test_the_folder_of_another_app_is_refused(app: Deployment) -> None:
    app.place()
    for place in ("shop", "shop/inner"):
        other = Deployment(app.root, name="other", dest_name=place)
        with pytest.raises(PlacingError, match="the folder of the app shop"):
            other.place()
    with pytest.raises(PlacingError, match=r"shop stands in .*/shop, and cannot be in"):
        Deployment(app.root, dest_name="elsewhere").place()


def test_a_link_that_took_the_place_of_a_folder_is_not_written_through(app: Deployment, tmp_path: Path) -> None:
    """As a container could do it that may write to the folder."""
    app.place()
    (tmp_path / "etc").mkdir()
    (app.dest / "conf/nginx.conf").unlink()
    (app.dest / "conf").rmdir()
    (app.dest / "conf").symlink_to(tmp_path / "etc")
    app.write("conf/nginx.conf", "v2")
    app.place()
    assert list((tmp_path / "etc").iterdir()) == []
    assert not (app.dest / "conf").is_symlink() and app.read("conf/nginx.conf") == "v2"


def test_a_file_becomes_a_folder_and_a_link_becomes_a_file(app: Deployment) -> None:
    (app.src / "link").symlink_to("run.sh")
    app.write("thing", "file")
    app.place()
    assert (app.dest / "link").readlink() == Path("run.sh")
    (app.src / "link").unlink()
    (app.src / "thing").unlink()
    app.write("link", "file")
    app.write("thing/inside", "x")
    app.place()
    assert app.read("link") == "file" and app.read("thing/inside") == "x" and app.read("run.sh") == "#!/bin/sh"
    app.work("restored")  # nothing was ever accepted: what was placed last stays
    assert app.read("thing/inside") == "x"


def test_what_leads_out_of_the_folder_is_refused(app: Deployment) -> None:
    (app.src / "out").symlink_to("/etc/passwd")
    with pytest.raises(PlacingError, match="the link out leads to /etc/passwd"):
        app.place()
    app.write(".slipwayignore", "out\n")
    app.place()
    assert not (app.dest / "out").exists() and not (app.dest / ".slipwayignore").exists()


# --- back to what was good --------------------------------------------------------------------------


@pytest.fixture
def good(app: Deployment) -> Deployment:
    """With a version that was accepted."""
    app.place()
    app.work("accepted")
    return app


def everything(folder: Path) -> dict[str, tuple[str, int]]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): (path.read_text(), path.stat().st_mode) for path in files}


def new_version(app: Deployment) -> None:
    app.write("conf/nginx.conf", "v2")
    app.write("added/file", "new")
    (app.src / "run.sh").unlink()
    app.place()


def test_a_version_that_failed_is_undone(good: Deployment) -> None:
    before, inode = everything(good.dest), (good.dest / "conf/nginx.conf").stat().st_ino
    new_version(good)
    assert everything(good.dest) != before
    assert good.work("restored", check=True)["changed"] and everything(good.dest) != before
    assert good.work("restored")["restored"] == ["added", "added/file", "conf/nginx.conf", "run.sh"]
    assert everything(good.dest) == before
    assert (good.dest / "conf/nginx.conf").stat().st_ino == inode, "who has it bound sees the file that is there"
    assert not good.work("restored")["changed"]


def test_a_version_after_one_that_was_never_accepted_goes_back_to_the_good_one(good: Deployment) -> None:
    """As when a run was killed, and the next one had another version, which failed."""
    before = everything(good.dest)
    new_version(good)
    good.write("conf/nginx.conf", "v3")
    good.write("added/file", "newer")
    assert good.place()["pending"]
    good.work("restored")
    assert everything(good.dest) == before


def test_a_version_that_was_accepted_stays(good: Deployment) -> None:
    new_version(good)
    good.work("accepted")
    after = everything(good.dest)
    assert not good.work("restored")["changed"]
    assert everything(good.dest) == after
    assert not good.place()["pending"]


def test_the_first_version_stays_to_be_looked_at(app: Deployment) -> None:
    app.place()
    assert not app.work("restored")["changed"]
    assert app.read("conf/nginx.conf") == "v1"
    app.write("conf/nginx.conf", "v2")
    app.place()
    assert app.read("conf/nginx.conf") == "v2"


def test_an_error_half_way_leaves_the_folder_as_it_was(good: Deployment) -> None:
    (good.dest / "zzz").mkdir()
    (good.dest / "zzz/theirs").write_text("theirs")
    before = everything(good.dest)
    good.write("zzz", "a file, where a folder is not empty")
    good.write("conf/nginx.conf", "v2")
    with pytest.raises(PlacingError, match=r"Directory not empty .*/zzz.*; they are as before"):
        good.place(adopt=True)
    assert everything(good.dest) == before


def test_a_damaged_archive_is_refused(good: Deployment) -> None:
    before = everything(good.dest)
    wanted = [Entry("compose.yaml", sha256="f" * 64, mode=0o644).as_dict()]
    archive = good.root / "bad.tar"
    with tarfile.open(archive, "w") as tar:
        member = tarfile.TarInfo("f" * 64)
        member.size = 3
        tar.addfile(member, io.BytesIO(b"abc"))
    with pytest.raises(PlacingError, match="came damaged"):
        good.work(entries=wanted, archive=str(archive))
    assert everything(good.dest) == before


def test_absent_leaves_what_others_wrote(good: Deployment) -> None:
    (good.dest / "data").write_text("theirs")
    assert good.work("absent", check=True)["changed"] and good.read("conf/nginx.conf") == "v1"
    assert good.work("absent")["changed"]
    assert everything(good.dest).keys() == {"data"} and not good.state.exists()
    assert not good.work("absent")["changed"]


def test_absent_removes_a_folder_that_is_empty(good: Deployment) -> None:
    good.work("absent")
    assert not good.dest.exists()


# --- secrets ----------------------------------------------------------------------------------------

SECRETS = """
services:
  web: {image: "web:1", user: "10001:10002", secrets: [key]}
  db: {image: "db:1", secrets: [key]}
  job: {image: "job:1", user: "10003", secrets: [both]}
  cron: {image: "job:1", user: "10001", secrets: [both], profiles: [night]}
secrets:
  key: {file: ./secrets/key.txt}
  both: {file: ./secrets/both.txt}
  elsewhere: {file: /run/key}
  variable: {environment: KEY}
"""


@pytest.fixture
def guarded(app: Deployment) -> Deployment:
    app.write("compose.yaml", SECRETS)
    app.write("secrets/key.txt", "for development")
    return app


def entry_of(app: Deployment, path: str, **told: Any) -> Entry:
    return collect(app.src, [], extras(App("shop", app.src, str(app.dest), **told), [])).entries[path]


def test_a_secret_belongs_to_the_user_who_reads_it(guarded: Deployment) -> None:
    entry = entry_of(guarded, "secrets/key.txt", secrets={"key": "hunter2"})
    assert (entry.mode, entry.uid, entry.gid, entry.secret) == (0o400, 10001, 10002, True)
    own = entry_of(guarded, "secrets/key.txt")
    assert replace(own, sha256="") == replace(entry, sha256="") and own.sha256 != entry.sha256


def test_the_folder_of_secrets_is_for_root_where_nothing_else_made_it(app: Deployment) -> None:
    app.write("compose.yaml", SECRETS)
    assert entry_of(app, "secrets", secrets={"key": "hunter2"}).mode == 0o700


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nokey", "is not in the Compose file; those with a file of the project are: both, key"),
        ("variable", "has another source"),
        ("elsewhere", "has another source"),
        ("both", "is read by users 10001 and 10003"),
    ],
)
def test_a_secret_that_cannot_be_placed_is_named(guarded: Deployment, name: str, why: str) -> None:
    with pytest.raises(PlacingError, match=why):
        entry_of(guarded, "compose.yaml", secrets={name: "hunter2"})


def test_secrets_need_a_project_that_can_be_read(guarded: Deployment) -> None:
    guarded.write("compose.yaml", "services: [")
    warnings: list[str] = []
    assert list(extras(App("shop", guarded.src, "/opt/shop"), warnings)) == []
    assert len(warnings) == 1
    with pytest.raises(ComposeError):
        list(extras(App("shop", guarded.src, "/opt/shop", secrets={"key": "x"}), []))


def test_env_and_secrets_are_not_in_a_diff(app: Deployment) -> None:
    app.write("compose.yaml", COMPOSE)
    app.place(environment={"PASSWORD": "hunter2"})
    assert app.mode(".env") == 0o600
    result = app.place(environment={"PASSWORD": "hunter3"}, diff=True)
    assert result["updated"] == [".env"] and "hunter" not in json.dumps(result)


# --- .env of a project ------------------------------------------------------------------------------


def env_of(app: Deployment, name: str = "src", dest: str = "/opt/src", **told: Any) -> str | None:
    found = {extra.path: extra.content for extra in extras(App(name, app.src, dest, **told), [])}
    content = found.get(".env")
    return content.decode() if content is not None else None


def test_what_is_given_stands_below_what_the_folder_has(app: Deployment) -> None:
    app.write(".env", "TAG=dev\nPORT=80")
    text = env_of(app, environment={"TAG": "2"})
    assert text is not None and text.startswith("TAG=dev\nPORT=80\n#")
    assert parse_env(text, {}.get) == {"TAG": "2", "PORT": "80"}


def test_there_is_no_env_file_for_nothing(app: Deployment) -> None:
    assert env_of(app) is None


def test_compose_by_hand_means_the_same_project(app: Deployment) -> None:
    assert env_of(app, name="other") == "COMPOSE_PROJECT_NAME=other\n"
    assert env_of(app, name="other", dest="/opt/other") is None
    app.write("compose.yaml", f"name: shop\n{COMPOSE}")
    assert env_of(app, name="shop") is None
    app.write("prod.yaml", COMPOSE)
    assert env_of(app, name="shop", files=["compose.yaml", "prod.yaml"]) == "COMPOSE_FILE=compose.yaml:prod.yaml\n"


def test_the_name_is_the_one_that_compose_gives(app: Deployment) -> None:
    assert compose_name(str(app.src)) == "src"
    app.write("compose.yaml", f"name: ${{WHO:-shop}}\n{COMPOSE}")
    assert compose_name(str(app.src)) == "shop"
    assert compose_name(str(app.src), environment={"WHO": "store"}) == "store"
    with pytest.raises(AnsibleFilterError, match="no folder on the controller"):
        compose_name(str(app.src / "nowhere"))
    (app.src / "compose.yaml").unlink()
    with pytest.raises(AnsibleFilterError, match="no Compose file"):
        compose_name(str(app.src))


# --- archives ---------------------------------------------------------------------------------------


def saved(path: Path, files: dict[str, Any], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as tar:
        for name, value in files.items():
            data = json.dumps(value).encode()
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


@pytest.fixture(params=["w", "w:gz"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    layout = [
        {"Config": "aa.json", "RepoTags": ["web:1", "web:latest"]},
        {"Config": "blobs/sha256/bb", "RepoTags": None},
    ]
    annotations = {"io.containerd.image.name": "docker.io/library/web:1"}
    index = {"manifests": [{"digest": "sha256:mm", "annotations": annotations}]}
    yield saved(tmp_path / "images.tar", {"manifest.json": layout, "index.json": index}, request.param)


def test_images_of_an_archive_have_the_ids_of_both_stores(archive: Path) -> None:
    assert [(image.name, image.ids) for image in read_archive(archive)] == [
        ("web:1", ("sha256:aa", "sha256:mm")),
        ("web:latest", ("sha256:aa",)),
        ("", ("sha256:bb",)),
    ]


def test_what_is_no_archive_is_named(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello")
    for path, why in {
        tmp_path / "text": "cannot be read as an archive",
        saved(tmp_path / "other.tar", {"x": 1}): "has no manifest.json",
        tmp_path / "nowhere": "there is no file",
    }.items():
        with pytest.raises(ArchiveError, match=why):
            read_archive(path)


def test_the_same_files_give_the_same_archive(tmp_path: Path) -> None:
    contents: dict[str, bytes | Path] = {placed_files.hashlib.sha256(text).hexdigest(): text for text in (b"a", b"b")}
    for name in ("one", "two"):
        write_archive(tmp_path / name, contents, contents)
        os.utime(tmp_path / name, (0, 0))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_link_is_an_entry_of_its_own(app: Deployment) -> None:
    (app.src / "link").symlink_to("run.sh")
    assert collect(app.src, [], []).entries["link"] == Entry("link", LINK, target="run.sh")
