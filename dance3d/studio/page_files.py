"""The files of the studio's pages: templates, scripts and styles, in ``studio/pages``."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

_TYPES = {".js": "text/javascript", ".css": "text/css"}


def asset(name: str) -> str:
    """The text of a file."""
    return (files("dance3d.studio") / "pages" / name).read_text(encoding="utf-8")


async def page_part(request: Request) -> Response:
    """A script or the style of a page."""
    name = request.path_params["name"]
    known = {one.name for one in (files("dance3d.studio") / "pages").iterdir()}
    kind = _TYPES.get(Path(name).suffix)
    if name not in known or kind is None:
        return PlainTextResponse("there is no such file\n", 404)
    return Response(asset(name), media_type=kind)
