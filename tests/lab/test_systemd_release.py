# SPDX-License-Identifier: GPL-3.0-or-later
"""Releases on real hosts: each source, what is built and by whom, and that one is there as a whole or not at all."""

from __future__ import annotations

import hashlib
import json
import subprocess
import tarfile
import time
import zipfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from . import engine
from .disks import disk
from .hosts import PYTHON, Host, playbook, python_name

SECRET = "s3cr3t-Value/+=$x"
#: What pip needs behind the proxy of the machines that test this.
CERTIFICATES = {"PIP_CERT": "/etc/ssl/certs/ca-certificates.crt"}
PINNED = "iniconfig==2.1.0\n"

#: Says whether a word was ever in the arguments of any process, until it is told to end.
WATCHER = """
import pathlib, sys, time
word, found = sys.argv[1][::-1].encode(), b""
pathlib.Path("/root/watching").touch()
while not pathlib.Path("/root/enough").exists():
    for file in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes()
        except OSError:
            continue
        if word in line:
            found = line
    time.sleep(0.005)
pathlib.Path("/root/seen").write_bytes(found)
"""
#: Serves /srv/www with a password.
SERVER = """
import base64, http.server, os
os.chdir("/srv/www")
class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        sent = self.headers.get("Authorization", "")
        if self.path.startswith("/closed") and sent != "Basic " + base64.b64encode(b"me:hunter2secret").decode():
            self.send_response(401)
            self.send_header("WWW-Authenticate", "Basic realm=x")
            self.end_headers()
        else:
            super().do_GET()
http.server.ThreadingHTTPServer(("127.0.0.1", 8000), Handler).serve_forever()
"""


@pytest.fixture(scope="module", params=["trixie", "bookworm"])
def machine(request: pytest.FixtureRequest) -> Iterator[Host]:
    with Host.create(f"release-{request.param}", suite=request.param, docker=False) as host:
        prepare(host)
        yield host


@pytest.fixture(scope="module")
def trixie() -> Iterator[Host]:
    """For what does not depend on the version of systemd or Python."""
    with Host.create("release-one", docker=False) as host:
        prepare(host)
        yield host


def prepare(host: Host) -> None:
    host.run("apt-get", "-qq", "update")
    host.run("apt-get", "-qq", "install", "--yes", "--no-install-recommends", "python3-venv", "git")


@dataclass(frozen=True)
class App:
    """An app of its own for each test, with its source on the controller."""

    host: Host
    name: str
    folder: Path
    home: Path

    @property
    def root(self) -> str:
        return f"/srv/slipway/{self.name}"

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)

    def options(self, **options: Any) -> dict[str, Any]:
        return {"app": self.name, "source": {"directory": str(self.folder)}, **options}

    def play(self, *words: str, **options: Any) -> dict[str, Any]:
        """The result of the task, run by Ansible, with what was printed as `output`."""
        return self.plays(options, words=words)[0]

    def plays(self, *steps: dict[str, Any], words: Iterable[str] = ()) -> list[dict[str, Any]]:
        """Several in one run of Ansible; a step may have `check_mode`."""
        kept = self.home / "results.json"
        tasks = [self.task(number, step) for number, step in enumerate(steps)]
        results = "{{ [" + ", ".join(f"made_{number}" for number in range(len(steps))) + "] | to_json }}"
        keep = {
            "name": "Keep",
            "ansible.builtin.copy": {"content": results, "dest": str(kept), "mode": "0600"},
            "delegate_to": "localhost",
            "vars": {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"},
            "check_mode": False,
            "diff": False,
        }
        play = [{"name": "Try", "hosts": "lab", "gather_facts": False, "tasks": [*tasks, keep]}]
        file = self.home / "play.yml"
        file.write_text(yaml.safe_dump(play))
        done = playbook(file, *words, hosts=[self.host])
        assert kept.exists(), done.stdout + done.stderr
        found: list[dict[str, Any]] = json.loads(kept.read_text())
        kept.unlink()
        return [{**result, "output": done.stdout + done.stderr} for result in found]

    def task(self, number: int, step: dict[str, Any]) -> dict[str, Any]:
        options = dict(step)
        check_mode = options.pop("check_mode", False)
        return {
            "name": f"Release {number}",
            "slipway.containers.systemd_release": self.options(**options),
            "register": f"made_{number}",
            "failed_when": False,
            **({"check_mode": True} if check_mode else {}),
        }

    def module(self, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        """Without a controller, for a source that is on the host. Variables come as the action plugin sends them."""
        variables = options.pop("environment", {})
        self.host.write("/root/environment.json", json.dumps(variables), mode="0600")
        options["sent"] = {"environment": "/root/environment.json"}
        return self.host.module("systemd_release", {"app": self.name, **options}, check_mode=check_mode, diff=True)

    def make(self, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        """The same from a copy of the source on the host, which is quicker."""
        return self.module(check_mode, **{"source": self.push(), **options})

    def push(self) -> dict[str, Any]:
        """The source on the host; it as an option."""
        self.host.run("rm", "-rf", f"/root/{self.name}")
        self.host.push(self.folder, f"/root/{self.name}")
        return {"directory": f"/root/{self.name}", "remote_src": True}

    def releases(self) -> list[str]:
        listed = self.host.run("ls", "-A", f"{self.root}/releases", check=False).stdout.split()
        return sorted(listed)

    def read(self, made: dict[str, Any], path: str) -> str:
        return self.host.read(f"{made['path']}/{path}")


@pytest.fixture
def app(request: pytest.FixtureRequest, machine: Host, tmp_path: Path) -> App:
    return fresh(request, machine, tmp_path)


@pytest.fixture
def shop(request: pytest.FixtureRequest, trixie: Host, tmp_path: Path) -> App:
    return fresh(request, trixie, tmp_path)


def fresh(request: pytest.FixtureRequest, host: Host, home: Path) -> App:
    name = request.node.originalname.removeprefix("test_").replace("_", "-")[:40]
    folder = home / "the source"
    folder.mkdir()
    made = App(host, name, folder, home)
    made.write("app.py", "print('one')\n")
    return made


def ok(result: dict[str, Any]) -> dict[str, Any]:
    assert not result.get("failed") and "made" in result, result.get("msg")
    return result


def failed(result: dict[str, Any]) -> str:
    assert result.get("failed") or "msg" in result, result
    assert not result["changed"]
    return str(result["msg"])


# Sources


def test_directory(app: App) -> None:
    app.write('it\'s "a" file.txt', "quotes")
    app.write("sub folder/run.sh", "#!/bin/sh\n", 0o700)
    app.write(".env", "PASSWORD=x")
    (app.folder / "link").symlink_to("sub folder/run.sh")
    other = app.home / "other"
    other.mkdir()
    (other / "app.py").write_text("print('two')\n")
    check, changed = {"check_mode": True}, {"source": {"directory": str(other)}}
    steps = map(ok, app.plays(check, {}, {}, check, changed, {}, words=["--diff"]))
    foreseen, made, again, again_foreseen, second, back = steps
    assert foreseen["changed"] and foreseen["made"]
    assert made["output"].count(f"+release: {foreseen['release']}") == 2, "check mode and the real run show the same"
    assert (made["changed"], made["made"], made["release"]) == (True, True, foreseen["release"])
    for same in (again, again_foreseen, back):
        assert (same["changed"], same["made"], same["release"]) == (False, False, made["release"])
    assert second["changed"] and second["release"] != made["release"]
    assert app.releases() == sorted([made["release"], second["release"]])
    assert app.read(made, 'it\'s "a" file.txt') == "quotes"
    listed = app.host.run("find", made["path"], "-printf", "%U:%G %m %y %P\n").stdout.splitlines()
    assert "0:0 755 f sub folder/run.sh" in listed and "0:0 755 d sub folder" in listed
    assert "0:0 777 l link" in listed and not [line for line in listed if line.endswith(".env")]
    assert all(line.startswith("0:0 ") for line in listed)


def test_a_run_that_changes_nothing_sends_nothing(shop: App) -> None:
    ok(shop.make())
    again = ok(shop.play("-vvv", environment={"TOKEN": SECRET}))
    assert not again["changed"]
    assert f"<{shop.host.container}> PUT " not in again["output"]
    assert SECRET not in again["output"]


def test_git(app: App) -> None:
    host = app.host
    host.run("rm", "-rf", "/root/git")
    host.run("git", "init", "--quiet", "-b", "main", "/root/git")
    commit = ("git", "-C", "/root/git", "-c", "user.name=me", "-c", "user.email=me@example.com")
    ids = []
    for text in ("one", "two"):
        host.write("/root/git/app.py", text)
        host.run("git", "-C", "/root/git", "add", ".")
        host.run(*commit, "commit", "--quiet", "-m", text)
        host.run(*commit, "tag", "-a", "-m", text, text)
        ids.append(host.run("git", "-C", "/root/git", "rev-parse", "HEAD").stdout.strip())
    source = {"git": {"repo": "/root/git", "version": "main"}}
    foreseen = ok(app.module(source=source, check_mode=True))
    made = ok(app.module(source=source))
    assert made["release"] == foreseen["release"] and app.read(made, "app.py") == "two"
    assert host.run("test", "-e", f"{made['path']}/.git", check=False).returncode == 1
    for version in ("main", "two", ids[1]):
        again = ok(app.module(source={"git": {"repo": "/root/git", "version": version}}))
        assert (again["changed"], again["release"]) == (False, made["release"]), "one commit is one release"
    assert app.read(ok(app.module(source={"git": {"repo": "/root/git", "version": "one"}})), "app.py") == "one"
    older = ok(app.module(source={"git": {"repo": "/root/git", "version": ids[0]}}))
    assert not older["changed"]
    said = failed(app.module(source={"git": {"repo": "/root/git", "version": "three"}}))
    assert said == "/root/git has no 'three', expected a branch, a tag or a full commit"
    assert "cannot be read" in failed(app.module(source={"git": {"repo": "/nowhere", "version": "main"}}))


def test_git_without_git(shop: App) -> None:
    """The role installs it. Check mode comes before that."""
    source = {"git": {"repo": "https://git.example.com/x", "version": "main"}}
    with Host.create("release-bare", docker=False) as host:
        bare = App(host, shop.name, shop.folder, shop.home)
        foreseen = ok(bare.module(source=source, check_mode=True))
        assert foreseen["changed"] and foreseen["release"] == ""
        assert failed(bare.module(source=source)) == "git is not on this host; install the package git"
        said = failed(bare.module(source=bare.push(), requirements="app.py"))
        assert "install its package python3-venv" in said
        assert host.run("ls", "-A", bare.root, check=False).stdout == ""


def test_a_password_of_git_is_in_no_argument(shop: App) -> None:
    host = shop.host
    host.run("git", "init", "--quiet", "-b", "main", "/root/closed")
    host.write("/root/closed/app.py", "closed")
    host.run("git", "-C", "/root/closed", "add", ".")
    host.run(
        *("git", "-C", "/root/closed", "-c", "user.name=me", "-c", "user.email=me@example.com"),
        *("commit", "--quiet", "-m", "x"),
    )
    host.run("git", "clone", "--quiet", "--bare", "/root/closed", "/srv/www/closed")
    host.run("git", "-C", "/srv/www/closed", "update-server-info")
    serve(host)
    source = {"git": {"repo": "http://me:hunter2secret@127.0.0.1:8000/closed", "version": "main"}}
    with Watched(host, "hunter2secret"):
        made = ok(shop.module(source=source))
    assert shop.read(made, "app.py") == "closed"
    assert "hunter2secret" not in json.dumps(made)
    assert "hunter2secret" not in shop.read(made, ".slipway-release.json")
    wrong = shop.module(source={"git": {"repo": "http://me:hunter3secret@127.0.0.1:8000/closed", "version": "x"}})
    assert "hunter3secret" not in json.dumps(wrong) and "cannot be read" in failed(wrong)


def serve(host: Host) -> None:
    host.run("mkdir", "-p", "/srv/www")
    host.write("/root/server.py", SERVER)
    if host.run("systemctl", "is-active", "server", check=False).returncode != 0:
        host.run("systemd-run", "--quiet", "--unit=server", "--collect", "python3", "/root/server.py")
    for _attempt in range(50):
        if host.run("bash", "-c", "</dev/tcp/127.0.0.1/8000", check=False).returncode == 0:
            return
        time.sleep(0.1)
    raise AssertionError("the server does not answer")


class Watched:
    """While it lasts, no process of the host has this word in its arguments."""

    def __init__(self, host: Host, word: str) -> None:
        self.host = host
        self.word = word

    def __enter__(self) -> None:
        self.host.run("rm", "-f", "/root/enough", "/root/seen", "/root/watching")
        self.host.write("/root/watcher.py", WATCHER)
        backwards = self.word[::-1]  # or it would find itself
        self.host.run("systemd-run", "--quiet", "--collect", "python3", "/root/watcher.py", backwards)
        self.wait_for("/root/watching")

    def __exit__(self, *problem: object) -> None:
        self.host.run("touch", "/root/enough")
        self.wait_for("/root/seen")
        seen = self.host.read("/root/seen")
        assert seen == "", seen

    def wait_for(self, path: str) -> None:
        for _attempt in range(100):
            if self.host.run("test", "-e", path, check=False).returncode == 0:
                return
            time.sleep(0.05)
        raise AssertionError(path)


def test_the_watcher_sees_arguments(shop: App) -> None:
    with pytest.raises(AssertionError, match="a-word-in-argv"), Watched(shop.host, "a-word-in-argv"):
        shop.host.run("sleep", "0.5a-word-in-argv", check=False)
        shop.host.run("sh", "-c", "sleep 1; : a-word-in-argv")


def tar_gz(path: Path, folder: Path, top: str = "shop-1.0") -> str:
    with tarfile.open(path, "w:gz") as tar:
        tar.add(folder, top)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def zipped(path: Path, folder: Path, top: str = "shop-1.0") -> str:
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, f"{top}/{file.relative_to(folder)}")
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(("name", "make"), [("shop.tar.gz", tar_gz), ("shop.zip", zipped)])
def test_archive(shop: App, name: str, make: Any) -> None:
    shop.write("sub/run.sh", "#!/bin/sh\n", 0o755)
    shop.write("drafts/x", "")
    sha256 = make(shop.home / name, shop.folder)
    archive = {"path": str(shop.home / name), "sha256": sha256, "strip": 1}
    options = {"source": {"archive": archive}, "exclude": ["drafts/"]}
    foreseen, made, again = map(ok, shop.plays({**options, "check_mode": True}, options, options))
    assert made["release"] == foreseen["release"]
    assert shop.host.run("ls", "-A", made["path"]).stdout.split() == [".slipway-release.json", "app.py", "sub"]
    assert shop.host.run("stat", "-c", "%a", f"{made['path']}/sub/run.sh").stdout == "755\n"
    assert made["made"] and not again["changed"]


def test_an_archive_that_is_another_is_refused_before_anything_changes(shop: App) -> None:
    sha256 = tar_gz(shop.home / "shop.tar.gz", shop.folder)
    wrong = "0" * 64
    local = {"archive": {"path": str(shop.home / "shop.tar.gz"), "sha256": wrong}}
    shop.host.push(shop.home / "shop.tar.gz", "/srv/www/shop.tar.gz")
    serve(shop.host)
    remote = {"archive": {"url": "http://127.0.0.1:8000/shop.tar.gz", "sha256": wrong, "strip": 1}}
    for result in (shop.play(source=local), shop.module(source=remote)):
        assert f"found sha256 {sha256}, expected {wrong}" in failed(result)
        assert shop.host.run("ls", "-A", shop.root, check=False).stdout == ""
    remote["archive"]["sha256"] = sha256
    made = ok(shop.module(source=remote))
    assert shop.read(made, "app.py") == "print('one')\n"
    assert not ok(shop.module(source=remote))["changed"]
    assert shop.host.run("ls", "-A", f"/var/lib/slipway/systemd/{shop.name}").stdout == "lock\n"


def test_an_archive_that_leads_out_is_refused(shop: App) -> None:
    archives = {}
    for number, name in enumerate(("../../../../../../root/evil", "/root/evil")):
        with tarfile.open(shop.home / f"{number}.tar", "w") as tar:
            tar.addfile(tarfile.TarInfo(name))
        with zipfile.ZipFile(shop.home / f"{number}.zip", "w") as archive:
            archive.writestr(name, "x")
        archives.update({f"{number}.tar": "leads out of the release", f"{number}.zip": "leads out of the release"})
    with tarfile.open(shop.home / "link.tar", "w") as tar:
        link = tarfile.TarInfo("out")
        link.type, link.linkname = tarfile.SYMTYPE, "/root"
        tar.addfile(link)
        tar.addfile(tarfile.TarInfo("out/evil"))
    (shop.home / "no.tar").write_text("this is no archive")
    archives.update({"link.tar": "out leads to /root", "no.tar": "cannot be read"})
    results = shop.plays(*({"source": {"archive": {"path": str(shop.home / name)}}} for name in archives))
    for result, problem in zip(results, archives.values(), strict=True):
        assert problem in failed(result)
    assert shop.host.run("ls", "-A", shop.root, "/root/evil", check=False).stdout == ""


# What is built, and by whom


def test_commands_do_not_run_as_root(app: App) -> None:
    words = """
        id -un > who; echo "$1|$2|$3" > words; echo $HOME > home
        cat /proc/self/status > status; touch /etc/x /srv/x; true
    """
    build = [
        ["sh", "-c", words, "sh", "a b", 'it\'s "$HOME" $$ %n %%', "back\\slash"],
        ["sh", "-c", "cd sub && pwd > ../where; mkfifo pipe; chmod 7777 .; ln -s /etc/passwd link"],
        ["./sub/run.sh"],
    ]
    app.write("sub/run.sh", "#!/bin/sh\necho ran > ran\n", 0o755)
    made = ok(app.make(build=build))
    assert app.read(made, "who") == "slipway-build\n"
    assert app.read(made, "words") == 'a b|it\'s "$HOME" $$ %n %%|back\\slash\n'
    assert app.read(made, "where") == f"{made['path']}/sub\n"
    assert app.read(made, "ran") == "ran\n"
    status = dict(line.split(":\t", 1) for line in app.read(made, "status").splitlines() if ":\t" in line)
    assert status["Uid"].split()[0] != "0" and int(status["CapBnd"], 16) == 0 and status["NoNewPrivs"] == "1"
    listed = app.host.run("find", made["path"], "-printf", "%U:%G %m %y %P\n").stdout.splitlines()
    assert all(line.startswith("0:0 ") for line in listed)
    assert "0:0 755 d sub" in listed and not [line for line in listed if line.endswith("sub/pipe")]
    assert app.host.run("ls", "/etc/x", "/srv/x", check=False).stdout == ""
    assert app.host.run("stat", "-c", "%u %a", "/etc/passwd").stdout == "0 644\n", "a link was not followed"
    assert not ok(app.make(build=build))["changed"]


def test_requirements_from_an_index(app: App) -> None:
    app.write("requirements.txt", PINNED)
    made = ok(app.make(requirements="requirements.txt", environment=CERTIFICATES))
    shown = app.host.run(f"{made['path']}/venv/bin/python", "-c", "import iniconfig; print(iniconfig.__file__)").stdout
    assert shown.startswith(f"{made['path']}/venv/")
    assert "iniconfig==2.1.0" in json.loads(app.read(made, ".slipway-release.json"))["installed"]
    again = ok(app.make(requirements="requirements.txt"))
    assert not again["changed"] and "warnings" not in again
    app.write("requirements.txt", "iniconfig>=2\n")
    loose = ok(app.make(requirements="requirements.txt", environment=CERTIFICATES))
    assert "does not pin iniconfig>=2" in str(loose["warnings"])


def wheel(folder: Path, name: str, version: str = "1.0") -> None:
    """A package that is nothing but its name."""
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"NAME = {name!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD"))
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        for path, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(path, text)


#: An index with one package, which says of its files that they never change, as PyPI's does.
INDEX = """
from http.server import SimpleHTTPRequestHandler, test

class Handler(SimpleHTTPRequestHandler):
    def end_headers(self):
        self.send_header("Cache-Control", "max-age=365000000, immutable, public")
        super().end_headers()

test(Handler, port=8099, bind="127.0.0.1")
"""


def test_what_was_loaded_once_is_not_loaded_again(app: App) -> None:
    wheel(app.home, "tiny")
    file = "/opt/index/simple/tiny/tiny-1.0-py3-none-any.whl"
    app.host.run("mkdir", "-p", str(Path(file).parent))
    app.host.push(app.home / "tiny-1.0-py3-none-any.whl", file)
    app.host.write("/opt/index.py", INDEX)
    app.host.run("systemd-run", "--unit=index", "--working-directory=/opt/index", "python3", "/opt/index.py")
    # pip keeps only what came over TLS, or from a host that it was told to trust.
    index = {"PIP_INDEX_URL": "http://127.0.0.1:8099/simple", "PIP_TRUSTED_HOST": "127.0.0.1"}
    options: dict[str, Any] = {"requirements": "requirements.txt", "environment": index}
    app.write("requirements.txt", "tiny==1.0\n")
    first = ok(app.make(**options))
    app.host.run("rm", file)
    app.host.run("sh", "-c", f"echo '<a href={Path(file).name}>{Path(file).name}</a>' > {Path(file).parent}/index.html")
    app.write("new.txt", "another release\n")
    assert ok(app.make(**options))["release"] != first["release"]
    cache = f"/var/cache/slipway/{app.name}"
    assert app.host.run("stat", "-c", "%U %a", cache).stdout == "slipway-build 700\n"
    ok(app.host.module("systemd_release", {"app": app.name, "state": "absent"}))
    assert app.host.run("ls", cache, check=False).stdout == ""
    app.host.run("systemctl", "stop", "index")


def test_wheels_without_a_network(app: App) -> None:
    """The index is one that nobody answers at, and pip has no network anyway."""
    unreachable = {"PIP_INDEX_URL": "http://192.0.2.1/simple", "PIP_RETRIES": "0", "PIP_DEFAULT_TIMEOUT": "3"}
    app.write("requirements.txt", "tiny==1.0\n")
    wheel(app.folder / "my wheels", "tiny")
    made = ok(app.make(requirements="requirements.txt", wheels="my wheels", environment=unreachable))
    assert app.host.run(f"{made['path']}/venv/bin/python", "-c", "import tiny; print(tiny.NAME)").stdout == "tiny\n"
    (app.folder / "my wheels/tiny-1.0-py3-none-any.whl").rename(app.home / "tiny-1.0-py3-none-any.whl")
    app.host.push(app.home / "tiny-1.0-py3-none-any.whl", "/opt/wheels/tiny-1.0-py3-none-any.whl")
    outside = ok(app.make(requirements="requirements.txt", wheels="/opt/wheels"))
    assert outside["release"] != made["release"]
    assert not ok(app.make(requirements="requirements.txt", wheels="/opt/wheels"))["changed"]
    app.write("requirements.txt", "tiny==2.0\n")
    refused = app.make(requirements="requirements.txt", wheels="/opt/wheels")
    assert "tiny==2.0" in failed(refused) and refused["failure"]["exit_code"] == 1
    assert len(app.releases()) == 2
    assert "cannot be run" in failed(app.make(requirements="requirements.txt", python="/usr/bin/python9"))
    assert "gone.txt is not in the source" in failed(app.make(requirements="gone.txt"))


def test_a_root_with_spaces(shop: App) -> None:
    root = f"/srv/my apps & more/{shop.name} 100%"
    shop.write("requirements.txt", "tiny==1.0\n")
    wheel(shop.folder / "wheels", "tiny")
    options = {"root": root, "requirements": "requirements.txt", "wheels": "wheels"}
    build = [["python", "-c", "import tiny, sys; open('where', 'w').write(sys.prefix)"], ["pip", "--version"]]
    made = ok(shop.make(**options, build=build))
    assert made["path"].startswith(f"{root}/releases/")
    assert shop.read(made, "where") == f"{made['path']}/venv", "venv/bin is first in PATH"
    assert not ok(shop.make(**options, build=build))["changed"]


# What goes wrong


def test_a_command_that_fails(app: App) -> None:
    first = ok(app.make())
    build = [["sh", "-c", 'echo "token is $TOKEN"; echo no such thing >&2; exit 3']]
    result = app.play("-vvv", build=build, environment={"TOKEN": SECRET})
    assert "ended with 3: no such thing" in failed(result)
    assert result["failure"]["exit_code"] == 3 and not result["failure"]["timed_out"]
    assert result["failure"]["log_tail"] == ["token is ********", "no such thing"]
    assert SECRET not in result["output"] and SECRET not in json.dumps(result["failure"])
    assert app.releases() == [first["release"]]
    assert "127" in failed(app.make(build=[["no-such-program"]]))


def test_a_command_that_hangs(app: App) -> None:
    started = time.monotonic()
    result = app.make(build=[["sh", "-c", "echo before; sleep 987 & sleep 987"]], build_timeout=3)
    assert time.monotonic() - started < 300, "it would sleep for longer"
    assert "did not end in the time of build_timeout" in failed(result)
    assert result["failure"]["timed_out"] and result["failure"]["log_tail"] == ["before"]
    assert app.host.run("pgrep", "-f", "^sleep 987", check=False).stdout == ""
    assert app.releases() == []


def test_secrets_are_nowhere(shop: App) -> None:
    """Not in arguments, results, -vvv, files that stay, nor the journal; and the command gets exactly the value."""
    multiline = 'two\nlines of "it" \\ `$HOME`'
    build = [["sh", "-c", 'printf %s "$TOKEN" | sha256sum > sum; printf %s "$MORE" | sha256sum >> sum; sleep 0.5']]
    with Watched(shop.host, SECRET):
        made = ok(shop.play("-vvv", "--diff", build=build, environment={"TOKEN": SECRET, "MORE": multiline}))
    sums = [hashlib.sha256(text.encode()).hexdigest() for text in (SECRET, multiline)]
    assert shop.read(made, "sum").split() == [sums[0], "-", sums[1], "-"]
    assert SECRET not in made["output"] and SECRET not in json.dumps(made)
    left = shop.host.run(
        *("grep", "-rlF", "--exclude-dir=proc", "--exclude-dir=sys", SECRET),
        *("/etc", "/run", "/srv", "/var/lib/slipway", "/root", "/tmp", "/var/tmp", "/var/log"),
        check=False,
    )
    assert left.stdout == ""
    assert SECRET not in shop.host.run("journalctl", "--no-pager").stdout
    other = ok(shop.make(build=build, environment={"TOKEN": "another"}))
    assert not other["changed"], "a token may change"


def begin(app: App, source: dict[str, Any], **options: Any) -> subprocess.Popen[bytes]:
    """A run of the module that goes on meanwhile."""
    request = {"ANSIBLE_MODULE_ARGS": {"app": app.name, "source": source, **options}}
    app.host.write("/root/request.json", json.dumps(request))
    words = f"exec python3 -m {python_name('systemd_release')} < /root/request.json"
    command = ("docker", "exec", "--env", f"PYTHONPATH={PYTHON}", app.host.container, "sh", "-c", words)
    environment = {"PATH": engine.search_path(), "DOCKER_HOST": engine.SOCKET}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)


def wait_for(app: App, *words: str) -> None:
    for _attempt in range(200):
        if app.host.run(*words, check=False).returncode == 0:
            return
        time.sleep(0.05)
    raise AssertionError(words)


@pytest.mark.fault
def test_a_killed_run_is_cleaned_up(app: App) -> None:
    source = app.push()
    first = ok(app.module(source=source))
    build = [["sh", "-c", "touch half; if [ -e /run/hang ]; then sleep 876; fi"]]
    app.host.run("touch", "/run/hang")
    process = begin(app, source, build=build)
    wait_for(app, "sh", "-c", f"ls {app.root}/releases/*/half")
    app.host.run("pkill", "-KILL", "-f", "[s]ystemd_release$")
    process.wait()
    app.host.run("rm", "/run/hang")
    half = [name for name in app.releases() if name != first["release"]]
    assert len(half) == 1
    foreseen = ok(app.module(source=source, build=build, check_mode=True))
    assert foreseen["changed"] and foreseen["removed"] == half
    other = ok(app.module(source=source))
    assert other["changed"] and not other["made"] and other["removed"] == half, "any run cleans up"
    assert app.host.run("pgrep", "-f", "sleep 876", check=False).stdout == ""
    assert app.releases() == [first["release"]]
    assert app.host.run("ls", "-A", "/run/slipway").stdout == ""
    again = ok(app.module(source=source, build=build))
    assert again["made"] and again["release"] == half[0] and app.read(again, "half") == ""


@pytest.mark.fault
def test_two_runs_at_once(app: App) -> None:
    source = app.push()
    build = [["sh", "-c", "sleep 1; date +%N > when"]]
    with ThreadPoolExecutor(2) as both:
        runs = [both.submit(app.module, source=source, build=build) for _count in range(2)]
        results = [ok(run.result()) for run in runs]
    assert sorted(result["made"] for result in results) == [False, True]
    assert len({result["release"] for result in results}) == 1 and len(app.releases()) == 1
    process = begin(app, source, build=[["sh", "-c", "until [ -e /run/go ]; do sleep 0.1; done"]])
    wait_for(app, "systemctl", "is-active", "--quiet", f"slipway-build-{app.name}.service")
    said = failed(app.module(source=source, build=[["sleep", "0"]], lock_timeout=0))
    assert said.startswith(f"another run has the project {app.name}: root since")
    app.host.run("touch", "/run/go")
    assert process.wait() == 0
    app.host.run("rm", "/run/go")


@pytest.mark.fault
def test_a_full_disk_leaves_the_old_release(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    with disk(48) as folder, Host.create("release-full", docker=False, volumes=[f"{folder}:/srv"]) as host:
        app = fresh(request, host, tmp_path)
        first = ok(app.make())
        host.run("ln", "-s", f"releases/{first['release']}", f"{app.root}/current")
        build = [["sh", "-c", "head -c 100000000 /dev/zero > large"]]
        sentence = f"the disk of {app.root}/releases is too full for the release "
        for options in ({"build": build}, {"source": large(app)}):
            said = failed(app.make(**options))
            assert said.startswith(sentence) and "\n" not in said
            assert said.endswith("nothing of it was kept, and what runs was not touched")
            assert app.releases() == [first["release"]]
        assert host.read(f"{app.root}/current/app.py") == "print('one')\n"
        assert host.run("stat", "-fc", "%a", "/srv").stdout != "0\n"
        assert ok(app.make(build=[["touch", "small"]]))["made"]


def large(app: App) -> dict[str, Any]:
    """Said to be larger than the disk before any of it is written."""
    app.host.run("mkdir", "-p", "/root/large")
    app.host.run("truncate", "--size=100M", "/root/large/file")
    return {"directory": "/root/large", "remote_src": True}


def test_absent(shop: App) -> None:
    made = ok(shop.make())
    shop.host.run("ln", "-s", f"releases/{made['release']}", f"{shop.root}/current")
    options = {"source": None, "state": "absent"}
    assert f"still leads to the release {made['release']}" in failed(shop.make(**options))
    shop.host.run("rm", f"{shop.root}/current")
    foreseen = ok(shop.make(check_mode=True, **options))
    assert foreseen["changed"] and shop.releases() == [made["release"]]
    gone = ok(shop.make(**options))
    assert gone["changed"] and gone["removed"] == [made["release"]]
    assert shop.host.run("ls", shop.root, check=False).returncode != 0
    assert not ok(shop.make(**options))["changed"]


def test_bad_values_before_anything_is_touched(shop: App) -> None:
    (shop.folder / "out").symlink_to("/etc/shadow")
    many = {"source": {"directory": "/x", "git": {"repo": "y"}}, "build": [[]], "requirements": "../x"}
    results = shop.plays(many, {"source": {"directory": "/no/such/folder"}}, {}, {"root": '/srv/a "quoted" root'})
    said = [failed(result) for result in results]
    assert len(said[0].splitlines()) == 3
    assert "is no folder" in said[1]
    assert "out leads to /etc/shadow, out of the folder" in said[2]
    assert said[3].startswith("root: found") and "without quotes" in said[3]
    assert shop.host.run("ls", shop.root, check=False).returncode != 0
