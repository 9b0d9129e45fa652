# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A repository, through the host's own git: which commit a name means, and what is in it as a tar."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from ..._core.secrets import mask
from ..app_module import AppError
from ..program_run import Ended, Run, run

_SECONDS = 600.0
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
#: Nothing of the repository may run here, and nobody is there to answer a question.
_CONFIG = ("-c", "core.hooksPath=/dev/null", "-c", "protocol.ext.allow=never")
_ANSWERS = {"GIT_TERMINAL_PROMPT": "0", "GIT_SSH_COMMAND": "ssh -o BatchMode=yes", "LC_ALL": "C"}


class GitMissingError(AppError):
    """There is no git on this host."""


class Repository:
    """One address, seen from a folder for its own temporary use. Its password is in a file there, never in argv."""

    def __init__(self, address: str, folder: Path) -> None:
        self._shown = mask(address)
        self._folder = folder
        self._address, self._config = _without_password(address, folder)

    def commit(self, version: str) -> str:
        """The commit that a branch or tag means now."""
        if _COMMIT.fullmatch(version):
            return version
        said = self._git("ls-remote", "--", self._address, version, f"{version}^{{}}")
        lines = (line.partition("\t") for line in said.stdout.splitlines())
        found = {name: commit for commit, _tab, name in lines}
        for name in (f"refs/tags/{version}^{{}}", f"refs/tags/{version}", f"refs/heads/{version}", version):
            if name in found:
                return found[name]
        raise AppError(f"{self._shown} has no '{version}', expected a branch, a tag or a full commit")

    def archive(self, commit: str, version: str) -> Path:
        """The files of a commit as a tar."""
        store, tar = self._folder / "git", self._folder / "source.tar"
        self._git("init", "--quiet", "--bare", "--", str(store))
        self._fetch(store, commit, version)
        self._git("--git-dir", str(store), "archive", "--format=tar", f"--output={tar}", commit)
        return tar

    def _fetch(self, store: Path, commit: str, version: str) -> None:
        """Just the commit; where a server does not give single commits, all that it has."""
        fetch = ("--git-dir", str(store), "fetch", "--quiet", "--no-tags")
        wanted = ("--depth=1", "--", self._address, commit)
        if self._git(*fetch, *wanted, check=False).exit_code == 0:
            return
        self._git(*fetch, "--", self._address, "+refs/*:refs/fetched/*")
        if self._git("--git-dir", str(store), "cat-file", "-e", f"{commit}^{{commit}}", check=False).exit_code != 0:
            raise AppError(f"{self._shown} has no commit {commit} (for {version})")

    def _git(self, *words: str, check: bool = True) -> Ended:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        given = {name: os.environ[name] for name in _ANSWERS if name in os.environ}
        environment = {**inherited, **_ANSWERS, **given}
        command = ("git", *_CONFIG, *self._config, *words)
        try:
            ended = run(Run(command, environment, folder="/", seconds=_SECONDS, whole=True))
        except FileNotFoundError as problem:
            raise GitMissingError("git is not on this host; install the package git") from problem
        if check and ended.exit_code != 0:
            said = " ".join(line.strip() for line in ended.lines[-5:]) or "it took too long"
            raise AppError(f"{self._shown} cannot be read: {mask(said)}")
        return ended


def _without_password(address: str, folder: Path) -> tuple[str, tuple[str, ...]]:
    """The address as it may stand in argv, and what tells git where the password is."""
    parts = urlsplit(address) if "://" in address else None
    if parts is None or parts.password is None:
        return address, ()
    netloc = parts.netloc.rpartition("@")[2]
    kept = folder / "credentials"
    kept.touch(mode=0o600)
    kept.write_text(f"{parts.scheme}://{parts.netloc}\n", encoding="utf-8")
    plain = urlunsplit(parts._replace(netloc=f"{parts.username}@{netloc}"))
    return plain, ("-c", "credential.helper=", "-c", f"credential.helper=store --file={kept}")
