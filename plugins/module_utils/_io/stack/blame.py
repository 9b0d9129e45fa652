# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a command of Compose failed: the engine is asked, whatever Compose said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..._core.stack.diagnosis import explain, redacted
from ..._core.stack.evidence import Evidence, blame
from ..._core.stack.model import Stack
from ..._core.stack.wish import Failure
from ..engine.client import Engine, EngineError
from .evidence import hidden, of_service


def diagnose(engine: Engine, stack: Stack, service: str, cli_text: str = "", fetching: bool = False) -> Failure:
    """Why a command of Compose failed, asked of the engine. Without a service: whoever of the project is at fault.

    `fetching`: the command was to pull or build the service's image.
    """
    try:
        if fetching:
            return explain(replace(of_service(engine, stack, service, cli_text), fetching=True))
        if service:
            return _of_one(engine, stack, service, cli_text)
        return _of_worst(engine, stack, cli_text)
    except EngineError as error:
        return redacted(explain(Evidence(service, engine_error=str(error))), hidden(stack))


def _of_one(engine: Engine, stack: Stack, service: str, cli_text: str) -> Failure:
    evidence = of_service(engine, stack, service, cli_text)
    if blame(evidence) >= 2:
        return explain(evidence)
    guilty = next((one for one in _needed(engine, stack, service) if blame(one) >= 2), None)
    return explain(evidence, dependency=explain(guilty) if guilty else None)


def _needed(engine: Engine, stack: Stack, service: str) -> Iterator[Evidence]:
    """Of everything that a service waits for, the nearest first."""
    seen, ahead = {service}, [service]
    while ahead:
        own = stack.services.get(ahead.pop(0))
        for name in (*own.shares_with, *(one.service for one in own.depends_on)) if own else ():
            if name not in seen and name in stack.services:
                seen.add(name)
                ahead.append(name)
                yield of_service(engine, stack, name)


def _of_worst(engine: Engine, stack: Stack, cli_text: str) -> Failure:
    found = [of_service(engine, stack, name, cli_text) for name in stack.services]
    worst = max(found, key=blame, default=None)
    if worst is None or blame(worst) < 2:
        fallback = next((one for one in found if one.inspected is None), worst)
        return explain(fallback or Evidence("", cli_text=cli_text))
    return explain(worst)
