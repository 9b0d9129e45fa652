# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`compose_stack` from its options to its result: which project, and its lock. The rest is in outcome.py."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from ..._core.stack import options
from ..._core.stack.wish import Wish
from ..compose import cli
from ..engine.client import Engine
from . import reading
from .module import Context, StackError
from .outcome import carry_out
from .place import Place
from .reading import Model, Source
from .session import Session
from .store import Store

#: What needs no model, and so no Compose: the containers say what belongs to the project.
TAKES_AWAY = ("stopped", "absent")


class NeedsModelError(Exception):
    """Check mode on a host without Compose: the action plugin reads the project and asks again."""


class NotThereYetError(Exception):
    """Check mode, and the files are not there: a task before this one would have put them there."""


def work(context: Context) -> dict[str, Any]:
    """Raises StackError with one message where something is wrong, and with the failure's block where it failed."""
    wish, wrong = options.read(context.params)
    if wrong:
        raise StackError.of(wrong, "compose_stack")
    try:
        source = _source(context, wish)
    except NeedsModelError:
        return {"changed": False, "needs_model": True}
    except NotThereYetError:
        return _unknown(context)
    with Engine(context.params["docker_host"]) as engine:
        return _on_project(context, source, engine)


def _source(context: Context, wish: Wish) -> Source:
    """What reads the project. A host without Compose is one only in check mode, or where nothing has to be made."""
    params = context.params
    place = Place.of(params)
    needs_none = wish.state in TAKES_AWAY or params["predicted"] is not None
    if not needs_none and context.check_mode and not place.has_files:
        raise NotThereYetError
    if not needs_none and not place.has_folder:
        raise place.refusal()
    try:
        program = cli.find(params["compose_cli"])
    except cli.NoComposeError:
        if not needs_none:
            if context.check_mode:
                raise NeedsModelError from None
            raise
        program = None
    return reading.source_of(place, wish, program, context)


def _unknown(context: Context) -> dict[str, Any]:
    """Nothing can be told but that something will change."""
    folder = context.params["project_src"]
    context.warn(f"There is no Compose file at {folder} yet: what it brings is not predicted without controller_src.")
    known = {"services": [], "actions": [], "findings": [], "rolled_back": False, "prediction_exact": False}
    return {"changed": True, "project": context.params["project_name"] or "", **known}


def _on_project(context: Context, source: Source, engine: Engine) -> dict[str, Any]:
    """A name that was remembered may be out of date: then another project's lock and state are the right ones."""
    model = _model_before_lock(context, source)
    name = model.name if model else str(source.place.name())
    while True:
        store = Store(name, source.place.root, read_only=context.check_mode)
        with _locked(context, store):
            learned = store.learned()
            model = model or source.model(store, learned)
            if model.name == name:
                result = carry_out(Session(context, source, engine, store, learned, model))
                for warning in store.warnings:
                    context.warn(warning)
                return result
        name = model.name


def _model_before_lock(context: Context, source: Source) -> Model | None:
    """The model where it has to be known to know the name, or where nothing has to be read for it."""
    name = source.place.name()
    if context.params["predicted"] is not None:
        return reading.lent(context.params["predicted"])
    if source.wish.state in TAKES_AWAY:
        return reading.empty(name or source.name())
    return None if name else source.parse()


def _locked(context: Context, store: Store) -> AbstractContextManager[object]:
    """Check mode waits for nobody and writes nothing."""
    return nullcontext() if context.check_mode else store.locked(context.params["lock_timeout"], context.who)
