# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last run's answer, given again where everything that it came from is as it was.

A plan depends on the options, on what Compose would read, on the files that containers get, and on what the engine
has. Where all four are what they were after the last run, nothing has to be done, and nothing of what works that out
has to be loaded: on a target each module is compiled anew, and that is most of the time that such a run takes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from ..._core.stack.picture import all_run_longer, picture
from ..compose.program import NoComposeError, Program, find
from ..engine.client import Engine
from ..engine.lists import lists
from ..file_hashes import of_file, of_folder
from ..private_files import write_private
from .inputs import gather
from .module import Context
from .place import Place, asked

FILE = "unchanged.json"
#: What says where a prediction comes from, or how long something may take, and never what is wanted.
_NO_MATTER = (
    *("controller_src", "controller_environment", "controller_images", "predicted"),
    *("lock_timeout", "wait_timeout", "stop_timeout"),
)
#: Options that ask for more than to compare.
_ASKS_MORE = {"drift": ("report", "repair"), "pull": ("always",), "build": ("always",), "recreate": ("always",)}
#: As in wish.py, which is not loaded for this.
_STABLE_SECONDS = 3.0


def recall(context: Context) -> dict[str, Any] | None:
    """The result, or None where it has to be worked out."""
    params = context.params
    if not may_be_kept(params):
        return None
    place = Place.of(params)
    name = place.name()
    memo = _read(place.root / name / FILE) if name and place.folder else None
    if memo is None or memo["options"] != _options(params) or not place.definition_is_written():
        return None
    try:
        program = find(params["compose_cli"])
    except NoComposeError:
        return None
    if not (_contents_are(memo["contents"]) and _same_model(context, memo, place, program)):
        return None
    with Engine(params["docker_host"]) as engine:
        found = lists(engine, memo["project"], memo["patterns"], memo["everything"])
        if picture(found) != memo["picture"] or (_ages(params) and not all_run_longer(found, _STABLE_SECONDS)):
            return None
        measured = {"cli_calls": context.compose.calls if context.compose else 0, "engine_requests": engine.requests}
    return {**memo["result"], "measured": measured}


def may_be_kept(params: Mapping[str, Any]) -> bool:
    plain = params["state"] == "present" and not params["predicted"] and not params["lock_file"]
    return plain and not any(params[name] in more for name, more in _ASKS_MORE.items())


def _ages(params: Mapping[str, Any]) -> bool:
    """Whether a container without a health check has to run for a while to be called good."""
    return params["ready"] is None and bool(params["wait"])


def _same_model(context: Context, memo: dict[str, Any], place: Place, program: Program) -> bool:
    """Where an input changed Compose is asked, and its model may still be the same. The answer is handed on."""
    now = gather(asked(place, program.fingerprint, context.params), os.environ).texts
    if now and now == memo["fingerprint"]:
        return True
    from .compose import compose  # a run whose inputs are known does without

    context.compose = compose(place, program, context.params)
    context.printed = context.compose.config()
    if _digest(context.printed) != memo["printed"]:
        return False
    if now and not context.check_mode:
        write_private(place.root / memo["project"] / FILE, json.dumps({**memo, "fingerprint": now}))
    return True


def keep(
    place: Place,
    params: Mapping[str, Any],
    project: str,
    model: Mapping[str, str],
    engine: Mapping[str, Any],
    contents: Mapping[str, str],
    result: Mapping[str, Any],
) -> None:
    """After a run that left everything as it is wanted. `model`: fingerprint and printed; `engine`: patterns,
    everything and lists."""
    path = place.root / project / FILE
    memo = {
        "project": project,
        "options": _options(params),
        "fingerprint": model["fingerprint"],
        "printed": model["printed"],
        "patterns": engine["patterns"],
        "everything": engine["everything"],
        "picture": picture(engine["lists"]),
        "contents": dict(contents),
        "result": dict(result),
    }
    if _read(path) != memo:
        write_private(path, json.dumps(memo))


def _read(path: Path) -> dict[str, Any] | None:
    try:
        memo: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return memo


def _options(params: Mapping[str, Any]) -> str:
    """Of this release of the code, too: another one may decide otherwise."""
    kept = {name: value for name, value in params.items() if name not in _NO_MATTER}
    return _digest(json.dumps([kept, _RELEASE], sort_keys=True, default=str))


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _contents_are(contents: Mapping[str, str]) -> bool:
    """Files by their path, folders with a slash behind it."""
    return all((of_folder(path) if path.endswith("/") else of_file(path)) == known for path, known in contents.items())


#: To be raised where the same facts shall lead to another plan.
_RELEASE = 1
