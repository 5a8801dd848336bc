"""The page of ``dance3d live``: one stream of events from the session, behind the studio's guard."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from dance3d.studio.guard import Guard
from dance3d.studio.live.session import LiveSession, as_json, bones
from dance3d.studio.page_files import asset, page_part

_LOOK = 0.01  # seconds between two looks for a new state; chosen


def make_app(session: LiveSession, token: str, keep: Callable[[], str] | None = None) -> Guard:
    """The application, guarded.

    Args:
        session: what is shown.
        token: that whoever opens the page must have.
        keep: keeps the last minute and says where; none where nobody asked for a folder.
    """

    async def page(request: Request) -> Response:
        text = asset("live.html").replace("{word}", guard.word).replace("{bones}", json.dumps(bones()))
        return HTMLResponse(text.replace("{keeps}", "" if keep else "hidden"))

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
        Route("/page/{name}", page_part),
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
