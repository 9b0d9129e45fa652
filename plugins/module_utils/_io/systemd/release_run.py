# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`systemd_release` on the target: look whether the release is there, and if not, make the whole of it or nothing."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ..._core.placing import FILE
from ..._core.redaction import hidden_values
from ..._core.secrets import named_like_a_secret
from ..._core.systemd import releases
from ..._core.systemd.places import Places
from ..._core.systemd.releases import ARCHIVE, DIRECTORY, GIT, Recipe, Release, Source
from ..._core.systemd.unpacking import Layout, layout
from ..app_module import AppError, Context
from ..local_folder import patterns_of
from ..placed.state import PlacingError
from ..private_files import remove_folder
from . import build, release_folder
from .app_lock import locked
from .release_source import Asked, NotThereYetError, asked_for, unpackable
from .unpack import write

#: What has to stay free on the disk beside the code.
_SPARE_BYTES = 8 * 1024 * 1024
_TEMPORARY = "release-"
_FULL = (errno.ENOSPC, errno.EDQUOT)
_NAMED = 5


@dataclass
class Run:
    """What is known of one run of the module, as it goes along."""

    context: Context
    places: Places
    started: float = field(default_factory=time.monotonic)
    progress: list[str] = field(default_factory=list)

    @property
    def params(self) -> dict[str, Any]:
        return self.context.params

    @property
    def sent(self) -> Mapping[str, Any]:
        return self.params["sent"] or {}

    def say(self, text: str) -> None:
        self.progress.append(f"{time.monotonic() - self.started:.1f} s: {text}")


def work(context: Context) -> dict[str, Any]:
    """The result of the module; raises AppError and OSError."""
    params = context.params
    root = params["root"] or releases.default_root(params["app"])
    found = releases.problems(params["app"], root, params["source"], params)
    if found:
        raise AppError("\n".join(found))
    run = Run(context, Places(params["app"], root))
    try:
        return _present(run) if params["state"] == "present" else _absent(run)
    except PlacingError as problem:
        raise AppError(str(problem)) from problem


def _absent(run: Run) -> dict[str, Any]:
    names = sorted({*release_folder.finished(run.places), *release_folder.unfinished(run.places)})
    in_use = release_folder.current(run.places)
    if in_use in names:
        raise AppError(f"{run.places.current} still leads to the release {in_use}; remove the app first (systemd_app)")
    if names and not run.context.check_mode:
        with _alone(run):
            build.end_leftover(run.places.name)
            release_folder.remove_all(run.places)
    return {"changed": bool(names), "made": False, "removed": names, "progress": run.progress}


def _present(run: Run) -> dict[str, Any]:
    try:
        asked = asked_for(run.params)
    except NotThereYetError as problem:
        if not run.context.check_mode:
            raise
        run.context.warn(f"check mode cannot tell the id of the release: {problem}")
        return _answer(run, Asked(_unknown(run.params["source"]), Recipe()), made=True)
    left = release_folder.unfinished(run.places)
    there = release_folder.release_at(run.places, asked.id) is not None
    if there and not left:
        return _answer(run, asked, made=False)
    if run.context.check_mode or run.sent.get("only_ask"):
        return {**_answer(run, asked, made=not there, removed=left), "needs": not run.context.check_mode}
    with _alone(run):
        return _make(run, asked)


def _unknown(source: Mapping[str, Any]) -> Source:
    kind = GIT if source.get(GIT) else ARCHIVE if source.get(ARCHIVE) else DIRECTORY
    facts = source[kind] if isinstance(source[kind], dict) else {"path": source[kind]}
    return Source(
        kind, "", facts.get("repo") or facts.get("path") or facts.get("url") or "", facts.get("version") or ""
    )


@contextlib.contextmanager
def _alone(run: Run) -> Iterator[None]:
    if os.geteuid() != 0:
        raise AppError("releases can only be made and removed by root; the task needs become: true")
    with locked(run.places, run.params["lock_timeout"], run.context.who):
        yield


def _answer(run: Run, asked: Asked, made: bool, removed: tuple[str, ...] = ()) -> dict[str, Any]:
    place = run.places.release(asked.id) if asked.id else ""
    answer = {"changed": made or bool(removed), "made": made, "release": asked.id, "path": place}
    facts = {"source": asked.source.as_text(), "removed": list(removed), "progress": run.progress}
    return {**answer, **facts, **_diff(run, asked, made)}


def _diff(run: Run, asked: Asked, made: bool) -> dict[str, Any]:
    """Against the one that runs, else the newest."""
    if not made or not run.context.diff:
        return {}
    there = release_folder.finished(run.places)
    there.pop(asked.id, None)
    newest = releases.keep({name: release.made for name, release in there.items()}, 1)
    former = there.get(release_folder.current(run.places)) or (there[newest[0]] if newest else None)
    new = Release(asked.id, asked.source, asked.recipe)
    header = dict.fromkeys(("before_header", "after_header"), run.places.releases)
    return {"diff": {**header, "before": releases.described(former), "after": releases.described(new)}}


def _make(run: Run, asked: Asked) -> dict[str, Any]:
    left = release_folder.unfinished(run.places)
    if left:
        build.end_leftover(run.places.name)
        release_folder.remove(run.places, left)
        run.say(f"removed what an interrupted run left: {', '.join(left)}")
    for forgotten in Path(run.places.state).glob(f"{_TEMPORARY}*"):
        remove_folder(forgotten)
    if release_folder.release_at(run.places, asked.id):  # another run was faster
        return _answer(run, asked, made=False, removed=left)
    answer = _answer(run, asked, made=True, removed=left)
    try:
        _fill(run, asked)
    except BaseException as problem:
        full = isinstance(problem, build.DiskFullError) or (isinstance(problem, OSError) and problem.errno in _FULL)
        sentence = _no_space(run, asked) if full else ""
        release_folder.remove(run.places, [asked.id])
        release_folder.remove_empty(run.places)
        if full:
            raise AppError(sentence) from problem
        raise
    return answer


def _fill(run: Run, asked: Asked) -> None:
    folder = Path(run.places.release(asked.id))
    with _temporary(run) as temporary, unpackable(asked, run.params, temporary) as packed:
        plan = layout(packed.members(), asked.recipe.strip, patterns_of(asked.recipe.exclude))
        _check(run, asked, plan)
        folder.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        _check_space(run, plan)
        folder.mkdir(mode=0o755)
        entries = write(packed, plan, folder)
    if asked.source.kind == DIRECTORY and releases.tree_identity(entries) != asked.source.identity:
        raise AppError("a file of the source changed while it was read; run it again")
    run.say(f"unpacked {asked.source.as_text()}")
    installed = _build(run, asked, folder)
    release_folder.settle(folder)
    made = datetime.now(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")
    files = releases.files_of(entries)
    release_folder.finish(
        folder, Release(asked.id, asked.source.shown(), asked.recipe, made, run.context.who, installed, files)
    )
    run.say(f"finished {folder}")


@contextlib.contextmanager
def _temporary(run: Run) -> Iterator[Path]:
    """For what is fetched: for root alone, and on a disk, since it may be large."""
    with tempfile.TemporaryDirectory(prefix=_TEMPORARY, dir=run.places.state) as folder:
        yield Path(folder)


def _check(run: Run, asked: Asked, plan: Layout) -> None:
    """What can be known before anything of the release is written."""
    if plan.problems:
        more = f"; and {len(plan.problems) - _NAMED} more" if len(plan.problems) > _NAMED else ""
        raise AppError(f"{asked.source.as_text()}: {'; '.join(plan.problems[:_NAMED])}{more}")
    files = {entry.path for entry in plan.entries if entry.kind == FILE}
    if not files:
        raise AppError(f"{asked.source.as_text()}: there is no file in it")
    recipe = asked.recipe
    if not recipe.requirements:
        return
    if recipe.requirements not in files:
        raise AppError(f"requirements: {recipe.requirements} is not in the source")
    wheels = run.params["wheels"] or ""
    if wheels and not wheels.startswith("/") and not any(file.startswith(f"{wheels}/") for file in files):
        raise AppError(f"wheels: the source has no folder {wheels} with files in it")
    if any(entry.path.partition("/")[0] == releases.VENV for entry in plan.entries):
        raise AppError(f"the source has a {releases.VENV} of its own, where the environment goes; exclude it")
    build.check_python(recipe.python.rpartition(" ")[0])


def _check_space(run: Run, plan: Layout) -> None:
    facts = os.statvfs(run.places.releases)
    blocks = plan.size + len(plan.entries) * facts.f_frsize + _SPARE_BYTES
    if blocks > facts.f_bavail * facts.f_frsize or (facts.f_files and len(plan.entries) > facts.f_favail):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), run.places.releases)


def _no_space(run: Run, asked: Asked) -> str:
    place = run.places.releases if Path(run.places.releases).exists() else run.places.state
    facts = os.statvfs(place)
    free = facts.f_bavail * facts.f_frsize / 1024 / 1024
    return (
        f"the disk of {place} is too full for the release {asked.id} of {run.places.name} ({free:.0f} MiB and "
        f"{facts.f_favail} inodes are free); nothing of it was kept, and what runs was not touched"
    )


def _build(run: Run, asked: Asked, folder: Path) -> tuple[str, ...]:
    if not asked.recipe.runs_something:
        return ()
    wheels = run.params["wheels"] or ""
    if asked.recipe.requirements:
        loose = releases.unpinned((folder / asked.recipe.requirements).read_text(encoding="utf-8", errors="replace"))
        if loose:
            named = ", ".join(loose[:_NAMED])
            run.context.warn(f"{asked.recipe.requirements} does not pin {named}: another host may get other versions")
    variables = {str(name): str(value) for name, value in run.params["environment"].items()}
    user = build.user()
    release_folder.give(folder, user.pw_uid, user.pw_gid)
    return build.perform(
        build.Build(
            app=run.places.name,
            folder=folder,
            recipe=asked.recipe,
            wheels=wheels if wheels.startswith("/") or not wheels else f"{folder}/{wheels}",
            variables={**build.inherited(), **variables},
            hidden=_hidden(variables),
            until=time.monotonic() + run.params["build_timeout"],
            say=run.say,
        )
    )


def _hidden(variables: Mapping[str, str]) -> tuple[str, ...]:
    """All values but such as 1 and true: nobody can tell which are secrets."""
    values = [value for value in variables.values() if named_like_a_secret("password", value)]
    return hidden_values([variables], values)
