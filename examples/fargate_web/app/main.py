# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP service, and how it starts and stops."""

from __future__ import annotations

import hmac
import logging
import os
import signal
import sys
import time
from types import FrameType
from typing import Annotated, Any, NoReturn

import uvicorn
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from .links import CodeTakenError, Link, LinkError, LinkStore, StoreFullError, parse_links
from .logs import AccessLog, configure_logs
from .settings import Settings, SettingsError, read_settings

VERSION = "1.0.0"
log = logging.getLogger("app")
router = APIRouter()


class NewLink(BaseModel):
    """What a client sends to make a link."""

    url: str
    code: str | None = None


class LinkView(BaseModel):
    """What a client sees of a link."""

    code: str
    url: str
    hits: int


def store_of(request: Request) -> LinkStore:
    """The store of the app that serves this request."""
    store: LinkStore = request.app.state.store
    return store


def check_token(request: Request, authorization: Annotated[str, Header()] = "") -> None:
    """Let a change through only with the token; without a configured token nothing may change."""
    token: str = request.app.state.settings.api_token
    if not token:
        raise HTTPException(403, "links are read-only here: API_TOKEN is not set")
    if not hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
        raise HTTPException(401, "a valid bearer token is needed", {"WWW-Authenticate": "Bearer"})


Store = Annotated[LinkStore, Depends(store_of)]
writer = [Depends(check_token)]


# The handlers are `async` although nothing in them waits: so they all run on the event loop's one
# thread, and the store needs no lock.


@router.get("/health")
async def health(request: Request, store: Store) -> dict[str, Any]:
    """Say that the service answers, for a load balancer or a container engine."""
    uptime = time.monotonic() - request.app.state.started
    return {"status": "ok", "version": VERSION, "links": len(store), "uptime_seconds": round(uptime, 1)}


@router.get("/links")
async def list_links(store: Store) -> list[LinkView]:
    """All links, by code."""
    return [_view(link) for link in store]


@router.post("/links", status_code=201, dependencies=writer)
async def add_link(new: NewLink, store: Store, response: Response) -> LinkView:
    """Make a link."""
    try:
        link = store.add(new.url, new.code)
    except (CodeTakenError, StoreFullError) as error:
        raise HTTPException(409, str(error)) from error
    except LinkError as error:
        raise HTTPException(422, str(error)) from error
    response.headers["Location"] = f"/{link.code}"
    log.info("link added", extra={"fields": {"code": link.code}})
    return _view(link)


@router.get("/links/{code}")
async def show_link(code: str, store: Store) -> LinkView:
    """One link and its count, without following it."""
    return _view(_find(store, code))


@router.delete("/links/{code}", status_code=204, dependencies=writer)
async def remove_link(code: str, store: Store) -> None:
    """Forget a link."""
    if not store.remove(code):
        raise HTTPException(404, f"no link {code!r}")
    log.info("link removed", extra={"fields": {"code": code}})


@router.get("/{code}", status_code=307, response_class=RedirectResponse)
async def follow(code: str, store: Store) -> RedirectResponse:
    """Send the browser on, and count it."""
    link = _find(store, code)
    link.hits += 1
    # A cached redirect would be followed without being counted, and outlive the link.
    return RedirectResponse(link.url, 307, {"Cache-Control": "no-store"})


def _find(store: LinkStore, code: str) -> Link:
    link = store.get(code)
    if link is None:
        raise HTTPException(404, f"no link {code!r}")
    return link


def _view(link: Link) -> LinkView:
    return LinkView(code=link.code, url=link.url, hits=link.hits)


def create_app(settings: Settings) -> FastAPI:
    """Build the app with the links that the environment names."""
    # The API's own pages go below /api, so that /docs is free for a link.
    app = FastAPI(
        title="Team short links",
        version=VERSION,
        docs_url="/api/docs",
        openapi_url="/api/openapi.json",
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.started = time.monotonic()
    app.state.store = LinkStore(settings.max_links)
    for code, url in parse_links(settings.links):
        app.state.store.add(url, code)
    app.include_router(router)
    app.add_middleware(AccessLog)
    return app


def main() -> int:
    """Serve until SIGTERM or SIGINT, then finish the open requests and leave with 0."""
    try:
        settings = read_settings(os.environ)
        app = create_app(settings)
    except (SettingsError, LinkError) as error:
        print(f"configuration: {error}", file=sys.stderr)
        return 2
    configure_logs(settings.log_level)
    # uvicorn raises the signal once more after a clean shutdown, which would end the process as
    # "killed by SIGTERM". A planned stop is a success, so that second signal leaves with 0.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    try:
        _server(app, settings).run()
    finally:
        log.info("stopped")
    return 1  # uvicorn came back without a signal: it never started


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def _server(app: FastAPI, settings: Settings) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=settings.grace_seconds,
    )
    return uvicorn.Server(config)


if __name__ == "__main__":
    sys.exit(main())
