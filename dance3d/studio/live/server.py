"""The page of ``dance3d live``: one stream of events from the session, behind the studio's guard."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from importlib.resources import files

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from dance3d.studio.guard import Guard
from dance3d.studio.live.session import LiveSession, as_json, bones

_LOOK = 0.01  # seconds between two looks for a new state; chosen
_PARTS = {"live.js": "text/javascript", "live.css": "text/css", "studio.css": "text/css"}


def make_app(session: LiveSession, token: str, keep: Callable[[], str] | None = None) -> Guard:
    """The application, guarded.

    Args:
        session: what is shown.
        token: that whoever opens the page must have.
        keep: keeps the last minute and says where; none where nobody asked for a folder.
    """

    async def page(request: Request) -> Response:
        text = _asset("live.html").replace("{word}", guard.word).replace("{bones}", json.dumps(bones()))
        return HTMLResponse(text.replace("{keeps}", "" if keep else "hidden"))

    async def part(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in _PARTS:
            return PlainTextResponse("there is no such file\n", 404)
        return Response(_asset(name), media_type=_PARTS[name])

    async def events(request: Request) -> Response:
        return StreamingResponse(_events(session, request), media_type="text/event-stream")

    async def kept(request: Request) -> Response:
        if keep is None:
            return JSONResponse({"error": "start dance3d live with --keep FOLDER to keep what was danced"}, 400)
        try:
            return JSONResponse({"said": await asyncio.to_thread(keep)})
        except (ValueError, OSError) as error:
            return JSONResponse({"error": str(error)}, 400)

    routes = [
        Route("/", page),
        Route("/page/{name}", part),
        Route("/events", events),
        Route("/keep", kept, methods=["POST"]),
    ]
    guard = Guard(Starlette(routes=routes), token)
    return guard


async def _events(session: LiveSession, request: Request) -> AsyncIterator[str]:
    """Each state that is new when the last one has been sent; a slow page misses some."""
    shown = 0
    while not session.ended and not await request.is_disconnected():
        state = session.state
        if state is None or state.number == shown:
            await asyncio.sleep(_LOOK)
            continue
        shown = state.number
        yield f"data: {json.dumps(await asyncio.to_thread(as_json, state))}\n\n"
    yield "event: end\ndata: {}\n\n"


def _asset(name: str) -> str:
    return (files("dance3d.studio") / "pages" / name).read_text(encoding="utf-8")
