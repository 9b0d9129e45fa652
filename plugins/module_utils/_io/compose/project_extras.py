# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host gets beside the files of a project's folder: its `.env`, and the files of secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..._core.compose.document import ComposeError
from ..._core.compose.dotenv_write import as_text, env_text
from ..._core.compose.request import Request, files_of, name_of, variables_of
from ..._core.compose.secret_files import SecretFile, problems, secret_files
from ..._core.compose.sources import Sources, World
from ..placed.state import PlacingError
from . import project, yaml_text
from .files import Files
from .project_folder import Extra

ENV_FILE = ".env"
_ABOVE = "# What stands below was given to the deployment, and wins over what stands above.\n"


@dataclass(frozen=True)
class App:
    """A project on the controller, and what is told of it beside its files."""

    name: str
    folder: Path
    dest: str
    files: Sequence[str] = ()
    environment: Mapping[str, Any] | None = None
    secrets: Mapping[str, Any] | None = None


def name_in(folder: Path, dest: str, files: Sequence[str] = (), environment: Mapping[str, Any] | None = None) -> str:
    """The name that Compose itself gives the project in the folder `dest`. Raises ComposeError."""
    texts = {name: as_text(value) for name, value in (environment or {}).items()}
    request = Request(project_directory=str(folder), files=tuple(files), environment=texts)
    sources = Sources(World(Files().read, yaml_text.parse, str(Path.home())), str(folder))
    variables = variables_of(request, sources)
    found = files_of(request, variables, sources)
    return name_of(replace(request, project_directory=dest), found, variables, sources)


def extras(app: App, warn: list[str]) -> Iterator[Extra]:
    """Raises PlacingError, and ComposeError where the files cannot be read and secrets were given."""
    yield from _env_file(app)
    yield from _secrets(app, warn)


def _env_file(app: App) -> Iterator[Extra]:
    """The folder's own variables, with those given below them: of a name that stands twice, the last one counts."""
    own = app.folder / ENV_FILE
    try:
        given = env_text({**_so_that_compose_agrees(app), **(app.environment or {})})
    except ValueError as problem:
        raise PlacingError(str(problem)) from problem
    if own.is_file():
        above = own.read_bytes()
        if given and above and not above.endswith(b"\n"):
            above += b"\n"
        yield Extra(ENV_FILE, 0o600, above + ((_ABOVE + given).encode() if given else b""))
    elif given:
        yield Extra(ENV_FILE, 0o600, given.encode())


def _so_that_compose_agrees(app: App) -> dict[str, str]:
    """What makes `docker compose` by hand mean the same project and the same files; often nothing."""
    said: dict[str, str] = {}
    if app.files:
        said["COMPOSE_FILE"] = ":".join(app.files)
    try:
        own = name_in(app.folder, app.dest, app.files, app.environment)
    except ComposeError:  # compose_stack says what is wrong with the files
        own = app.name
    return said if own == app.name else {**said, "COMPOSE_PROJECT_NAME": app.name}


def _secrets(app: App, warn: list[str]) -> Iterator[Extra]:
    """Files of secrets with the owner that has to read them, whether they were given or are in the folder."""
    given = app.secrets or {}
    options = {"project_directory": str(app.folder), "files": app.files, "environment": app.environment}
    try:
        model = project.load({**options, "project_name": app.name}).model
    except ComposeError as problem:
        if given:
            raise
        warn.append(f"whether there are files of secrets is not known, since the project cannot be read: {problem}")
        return
    known = secret_files(model, str(app.folder))
    wrong = problems(given, known, model)
    if wrong:
        raise PlacingError("; ".join(wrong))
    for name, file in known.items():
        if name in given:
            yield _secret(file, as_text(given[name]).encode())
        elif file.is_shared:
            warn.append(f"{file.path} keeps its mode: users {file.owners} read the secret {name}")
        else:
            yield _secret(file, None)


def _secret(file: SecretFile, content: bytes | None) -> Extra:
    return Extra(file.path, 0o400, content, *file.owner)
