# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Releases of an app: what one is made of, what it is called, and which are kept.

A release is called by what it is made of, so the same source with the same recipe is the same release, on every host
and at any time. It lies in `releases/<id>`. Its marker is written last: without one, a build was interrupted.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ..placing import FOLDER, LINK, Entry, path_problem
from ..secrets import mask
from .places import ROOTS

#: The folder in a release that holds the Python environment.
VENV = "venv"
DIRECTORY, GIT, ARCHIVE = "directory", "git", "archive"
#: What is left out of a directory, unless a pattern takes it back: history, secrets, and what other programs made.
LEFT_OUT = (".git", ".env", "__pycache__/", "*.pyc", "node_modules/", "/venv/", "/.venv/")

_FORMAT = 1
_ID = re.compile(r"[0-9a-f]{12}")
_APP = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
#: name==1.0, name @ address, or a wheel of its own; hashes and what follows a ; do not matter.
_PINNED = re.compile(
    r"[A-Za-z0-9][\w.\-]*\s*(\[[^\]]*\])?\s*===?\s*[^\s*,;]+\s*(;.*)?|[\w.\-\[\],]+\s*@\s*\S.*|\S+\.whl", re.DOTALL
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Source:
    """Where the code comes from. `identity` is a commit, the sha256 of an archive, or the hash of a tree."""

    kind: str
    identity: str
    place: str = ""
    version: str = ""

    def shown(self) -> Source:
        """Without a password in its address."""
        return replace(self, place=mask(self.place))

    def as_text(self) -> str:
        asked = f" {self.version}" if self.version and self.version != self.identity else ""
        identity = f" ({self.identity[:12]})" if self.identity else ""
        return f"{self.kind} {mask(self.place)}{asked}{identity}"


@dataclass(frozen=True)
class Recipe:
    """What is made of the source. `python` is a program with its version, `wheels` names with hashes."""

    requirements: str = ""
    wheels: tuple[str, ...] = ()
    python: str = ""
    build: tuple[tuple[str, ...], ...] = ()
    exclude: tuple[str, ...] = ()
    strip: int = 0

    @property
    def runs_something(self) -> bool:
        return bool(self.requirements or self.build)


@dataclass(frozen=True)
class Release:
    """What the marker of a finished one says. `made` is a time as 2026-11-21T23:00:00Z, `by` who ran Ansible.

    `files` are the source's, by path: their mode and hash, or where a link leads.
    """

    id: str
    source: Source
    recipe: Recipe = Recipe()
    made: str = ""
    by: str = ""
    installed: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> str:
        return json.dumps({"format": _FORMAT, **asdict(self)}, indent=2) + "\n"


def release_of(text: str) -> Release | None:
    """What a marker says; None where it is damaged, which is as good as none."""
    try:
        value = json.loads(text)
        recipe = {name: _frozen(item) for name, item in _known(Recipe, value["recipe"]).items()}
        source = Source(**_known(Source, value["source"]))
        others = {name: _frozen(item) for name, item in _known(Release, value).items()}
        return Release(**{**others, "source": source, "recipe": Recipe(**recipe)})
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _known(noun: type[Any], value: Mapping[str, Any]) -> dict[str, Any]:
    """Of what another release of this collection wrote, unknown keys are left out."""
    return {name: item for name, item in value.items() if name in noun.__dataclass_fields__}


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def release_id(source: Source, recipe: Recipe) -> str:
    """12 hex digits. Where the source lies and what it is called there do not count, nor does what made it."""
    facts = [_FORMAT, source.kind, source.identity, asdict(recipe)]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode("utf-8", "surrogateescape")).hexdigest()[:12]


def is_release(name: str) -> bool:
    """Whether a folder is called as releases are; others in the folder are not ours."""
    return bool(_ID.fullmatch(name))


def files_of(entries: Iterable[Entry]) -> dict[str, str]:
    """What a marker says of the source's files. Of a mode nothing counts but whether it runs: umasks differ."""
    lines = {entry.path: f"{entry.mode:04o}:{entry.sha256 or entry.target}" for entry in entries}
    return {path: lines[path] for path in sorted(lines)}


def tree_identity(entries: Iterable[Entry]) -> str:
    """The hash of a directory: of its files, folders and links, by what they hold."""
    lines = sorted(json.dumps([entry.path, entry.kind, entry.mode, entry.sha256, entry.target]) for entry in entries)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def usual_mode(kind: str, mode: int) -> int:
    """What a file or folder of a release may: all may read it, and nobody but root may write to it."""
    if kind == LINK:
        return 0o777
    return 0o755 if kind == FOLDER or mode & 0o100 else 0o644


def keep(made: Mapping[str, str], number: int, never_remove: Iterable[str] = ()) -> tuple[str, ...]:
    """Of ids with when they were made, those that stay, newest first: so many, and those that are needed.

    What is needed, such as the one that runs and the one to go back to, counts among the number.
    """
    newest = sorted(made, key=lambda name: (made[name], name), reverse=True)
    needed = [name for name in newest if name in set(never_remove)]
    others = [name for name in newest if name not in needed]
    kept = {*needed, *others[: max(0, number - len(needed))]}
    return tuple(name for name in newest if name in kept)


def surplus(made: Mapping[str, str], number: int, never_remove: Iterable[str] = ()) -> tuple[str, ...]:
    """Those that `keep` does not name, oldest first."""
    kept = keep(made, number, never_remove)
    return tuple(sorted((name for name in made if name not in kept), key=lambda name: (made[name], name)))


def default_root(app: str) -> str:
    return f"{ROOTS}/{app}"


def problems(app: str, root: str, source: Mapping[str, Any] | None, options: Mapping[str, Any]) -> list[str]:
    """All that is wrong with what was asked for, before anything is looked at."""
    found = environment_problems(options.get("environment") or {})
    if not _APP.fullmatch(app):
        found.append(f"app: '{app}' is no name of an app, expected lower case letters, digits, - and _")
    if not root.startswith("/") or root != root.rstrip("/") or ".." in root.split("/"):
        found.append(f"root: found '{root}', expected an absolute path without .. and without a / at its end")
    if re.search(r"""["'\\:\x00-\x1f\x7f]""", root):
        found.append(f"root: found '{root}', expected a path without quotes, colons, backslashes and line breaks")
    if options.get("state") == "present":
        found.extend(_source_problems(source or {}))
    for name in ("requirements", "wheels"):
        path = options.get(name) or ""
        if path and not (name == "wheels" and path.startswith("/")) and path_problem(path):
            found.append(f"{name}: {path_problem(path).replace('the folder', 'the source')}")
    if options.get("wheels") and not options.get("requirements"):
        found.append("wheels: there is nothing to install from them, expected requirements beside it")
    for position, words in enumerate(options.get("build") or ()):
        if not words or not words[0]:
            found.append(f"build[{position}]: found no program, expected a list of words")
    if options.get("build_timeout", 1) < 1:
        found.append(f"build_timeout: found {options['build_timeout']}, expected at least 1 second")
    return found


def _source_problems(source: Mapping[str, Any]) -> list[str]:
    given = [kind for kind in (DIRECTORY, GIT, ARCHIVE) if source.get(kind)]
    if len(given) != 1:
        return [f"source: found {' and '.join(given) or 'nothing'}, expected exactly one of directory, git and archive"]
    archive, git = source.get(ARCHIVE) or {}, source.get(GIT) or {}
    found = []
    if archive and bool(archive.get("path")) == bool(archive.get("url")):
        found.append("source.archive: expected either path or url")
    if archive.get("url") and not archive.get("sha256"):
        found.append("source.archive.sha256: it is missing, and what comes over a network has to be known before")
    if archive.get("sha256") and not re.fullmatch(r"[0-9a-f]{64}", archive["sha256"]):
        found.append(f"source.archive.sha256: found '{archive['sha256']}', expected 64 hex digits in lower case")
    if archive.get("strip", 0) < 0:
        found.append(f"source.archive.strip: found {archive['strip']}, expected a number of folders")
    wrong = [name for name in ("repo", "version") if git and not _is_for_git(git.get(name) or "")]
    found += [f"source.git.{name}: found '{mask(git.get(name) or '')}', expected {_GIT_NOUNS[name]}" for name in wrong]
    return found


_GIT_NOUNS = {"repo": "the address of a repository", "version": "a branch, a tag or a full commit"}


def _is_for_git(text: str) -> bool:
    """Neither an option of git, nor a program to run instead of a connection."""
    return bool(text) and not text.startswith(("-", "ext::", "fd::")) and not _CONTROL.search(text)


def environment_problems(variables: Mapping[str, Any]) -> list[str]:
    """What systemd cannot carry to a command, without any value."""
    names = [name for name in variables if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name)]
    values = [name for name, value in variables.items() if re.search(r"[\x00-\x08\x0b-\x1f\x7f]", str(value))]
    found = [f"environment: found the name '{name}', expected letters, digits and _" for name in names]
    return [*found, *(f"environment.{name}: the value has a control character in it" for name in values)]


def unpinned(requirements: str) -> tuple[str, ...]:
    """Lines of a requirements file that may install something else next time."""
    joined = re.sub(r"\\\r?\n", " ", requirements)
    lines = (re.sub(r"(^|\s)#.*$", "", line) for line in joined.splitlines())
    names = (re.sub(r"\s--hash[=\s]\S+", "", line).strip() for line in lines)
    return tuple(line for line in names if line and not line.startswith("-") and not _PINNED.fullmatch(line))


def described(release: Release | None) -> str:
    """A release as a diff shows it."""
    if release is None:
        return ""
    recipe = release.recipe
    lines = [f"release: {release.id}", f"source: {release.source.as_text()}"]
    lines += [f"requirements: {recipe.requirements} with {recipe.python}"] if recipe.requirements else []
    lines += [f"wheel: {wheel}" for wheel in recipe.wheels]
    lines += [f"build: {json.dumps(mask(list(words)))}" for words in recipe.build]
    return "".join(f"{line}\n" for line in lines)
