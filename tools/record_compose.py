# SPDX-License-Identifier: GPL-3.0-or-later
"""Record what the real Docker Compose makes of the cases under tests/unit/cases/compose.

    python -m tools.record_compose [--check] [CASE...]

A case is a folder with the input as users write it. Beside it lies what `docker-compose config` said: config.out, or
error.out where it refused, as 2.40.3 does it; config-2.26.out or error-2.26.out where 2.26.1 does it differently;
warnings.out where 2.40.3 warned. --check writes nothing and exits 1 where a recording is not what Compose says now.

`case.yml` says how Compose was called, where that is not `-f compose.yaml` alone: `files`, `project_directory`,
`project_name`, `profiles`, `services`, `env_files` and `environment`. Every path is relative to the case's folder.
Compose runs in a copy, recorded as if it were /project, with no other variables than those and PATH and HOME below.
`unstable` says why an error is worded in several ways; its first recording is then kept as long as there is an error.
`finding` (what our errors must name) and `refused` (why we refuse what Compose takes) are for our own tests.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from tools.compose_cli import RELEASES, compose
from tools.prepare import ROOT, NotPossibleHereError

CASES = ROOT / "tests" / "unit" / "cases" / "compose"
AT_ONCE = 2
#: Constant for every case: HOME is what `~` becomes, and is Debian's word for a home that is not there.
ENVIRONMENT = {"HOME": "/nonexistent", "PATH": "/usr/bin:/bin"}
#: Where every case's folder lies, as far as recordings tell. So a project is called `project` if nothing else is said.
PROJECT = "/project"
#: The release that the plain names belong to; the other's recordings carry its number and exist where it differs.
NEWEST = "sid"
RECORDINGS = ("config.out", "error.out", "warnings.out", "config-2.26.out", "error-2.26.out")
#: Not part of the input.
OURS = (*RECORDINGS, "case.yml", "notes.md")
TIME_STAMP = re.compile(r'^time="[^"]*" (?=level=)')


@dataclass(frozen=True)
class Case:
    """A case's folder, and how Compose is called for it."""

    folder: Path
    files: tuple[str, ...] = ("compose.yaml",)
    project_directory: str = "."
    project_name: str | None = None
    profiles: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    env_files: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    finding: tuple[str, ...] = ()
    refused: str = ""
    unstable: str = ""

    def arguments(self, root: Path) -> list[str]:
        """The words after `docker-compose` for a copy of the case at `root`."""
        words = ["--project-directory", str(root / self.project_directory)]
        for option, values in {"--file": self.files, "--env-file": self.env_files}.items():
            words += [word for value in values for word in (option, str(root / value))]
        words += [word for profile in self.profiles for word in ("--profile", profile)]
        words += ["--project-name", self.project_name] if self.project_name else []
        return [*words, "config", *self.services]


def read_case(folder: Path) -> Case:
    path = folder / "case.yml"
    options: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    return Case(folder, **{key: tuple(value) if isinstance(value, list) else value for key, value in options.items()})


def recorded(folder: Path) -> dict[str, str]:
    return {name: (folder / name).read_text(encoding="utf-8") for name in RECORDINGS if (folder / name).exists()}


def record(programs: dict[str, Path], folder: Path) -> dict[str, str]:
    """The recordings of a case, by file name."""
    case = read_case(folder)
    said = {release: _ask(program, case) for release, program in programs.items()}
    plain = said.pop(NEWEST)
    result = dict(plain)
    for release, other in said.items():
        number = RELEASES[release].rpartition(".")[0]
        other.pop("warnings.out", None)
        result |= {
            name.replace(".out", f"-{number}.out"): text for name, text in other.items() if plain.get(name) != text
        }
    return _settled(result, recorded(folder)) if case.unstable else result


def _settled(said: dict[str, str], before: dict[str, str]) -> dict[str, str]:
    """Of errors that are worded in several ways the first recording is kept; where both releases refuse, of one."""
    names = [name for name in said if not (name.startswith("error-") and "error.out" in said)]
    return {name: before.get(name, said[name]) if name.startswith("error") else said[name] for name in names}


def _ask(program: Path, case: Case) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary).resolve() / PROJECT.strip("/")
        shutil.copytree(case.folder, root, ignore=lambda _folder, names: [name for name in names if name in OURS])
        done = subprocess.run(
            [program, *case.arguments(root)],
            cwd=root / case.project_directory,
            env={**ENVIRONMENT, **case.environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        texts = _recordings(done)
        return {name: _as_if_in(root, text) for name, text in texts.items() if text}


def _recordings(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    lines = [TIME_STAMP.sub("", line) for line in done.stderr.splitlines(keepends=True)]
    warnings = sorted(line for line in lines if line.startswith("level=warning"))  # Compose walks maps in any order
    errors = [line for line in lines if not line.startswith("level=warning")]
    if errors and errors[0].startswith("panic:"):
        del errors[1:]  # Go's stack, with addresses
    verdict = {"config.out": done.stdout} if done.returncode == 0 else {"error.out": "".join(errors)}
    return {**verdict, "warnings.out": "".join(warnings)}


def _as_if_in(root: Path, text: str) -> str:
    """The text as if the copy at `root` lay in the constant place."""
    return text.replace(str(root), PROJECT).replace(f"{root.parent}/", "/")


def write(folder: Path, recordings: dict[str, str]) -> None:
    for name in RECORDINGS:
        if name in recordings:
            (folder / name).write_text(recordings[name], encoding="utf-8")
        else:
            (folder / name).unlink(missing_ok=True)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 on a difference")
    parser.add_argument("case", nargs="*", help="names of cases or folders elsewhere; all cases if none is named")
    options = parser.parse_args(arguments)
    folders = [CASES / name if (CASES / name).is_dir() else Path(name).resolve() for name in options.case]
    if not all(folder.is_dir() for folder in folders):
        parser.error(f"no such case: {', '.join(folder.name for folder in folders if not folder.is_dir())}")
    folders = folders or sorted(path for path in CASES.iterdir() if path.is_dir())
    try:
        programs = {release: compose(release) for release in RELEASES}
    except NotPossibleHereError as problem:
        print(f"SKIPPED: {problem}")
        return 0
    changed = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for folder, recordings in zip(folders, pool.map(partial(record, programs), folders)):
            if recordings != recorded(folder):
                changed.append(folder.name)
                print(f"{'differs' if options.check else 'recorded'}: {folder.name}")
            if not options.check:
                write(folder, recordings)
    print(f"{len(folders)} cases, {len(changed)} {'differ' if options.check else 'recorded anew'}")
    return 1 if options.check and changed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
