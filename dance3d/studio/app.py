"""The studio's server: thin handlers that list what is on disk and put commands into the queue of jobs."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from dance3d.io.export_files.formats import FORMATS
from dance3d.studio import edits, results, teaching
from dance3d.studio.guard import Guard
from dance3d.studio.jobs import Jobs, plain
from dance3d.studio.page_files import asset, page_part
from dance3d.studio.thumbnails import version
from dance3d.studio.workspace import Workspace, free_name

_MOST_JSON = 4 << 20  # bytes of a request that is no upload; chosen
Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Studio:
    """What handlers work with.

    Attributes:
        space: the folder.
        jobs: the queue.
        sharing: options of commands that share a cache, as ``--cache FOLDER``.
    """

    space: Workspace
    jobs: Jobs
    sharing: tuple[str, ...] = ()

    # ---- what there is ----------------------------------------------------------------------------------------------

    async def state(self, request: Request) -> Response:
        """Everything that the first page lists."""
        classes = teaching.classes_of(self.space)
        done = [self.space.folder("results") / name for name in self.space.folders("results")]
        return JSONResponse(
            {
                "videos": [{"name": name, "dance": classes.get(name, "")} for name in self.space.videos()],
                "jobs": [plain(job) for job in self.jobs.listed()],
                "results": [results.row_of(folder) for folder in done if results.is_finished(folder)],
                "comparisons": self.space.folders("comparisons"),
                "trained": teaching.trained(self.space),
                "formats": list(FORMATS),
            }
        )

    async def result(self, request: Request) -> Response:
        """One result."""
        folder = self._result(request)
        return JSONResponse(results.page_of(folder, self.space.folder("thumbnails") / folder.name))

    async def log(self, request: Request) -> Response:
        """What a job has said."""
        return PlainTextResponse(self.jobs.log(request.path_params["id"]))

    async def file(self, request: Request) -> Response:
        """A file of a result, shown in a sandbox."""
        path = self.space.shown(request.path_params["path"])
        return PlainTextResponse("there is no such file\n", 404) if path is None else FileResponse(path)

    # ---- what is asked for ------------------------------------------------------------------------------------------

    async def upload(self, request: Request) -> Response:
        """Take in a video."""
        length = request.headers.get("content-length", "")
        size = int(length) if length.isdecimal() else None
        name = await self.space.receive(request.query_params.get("name", ""), size, request.stream())
        return JSONResponse({"name": name})

    async def run(self, request: Request) -> Response:
        """Run the chain on a video."""
        asked = await _json(request)
        video = self.space.video(asked.get("video"))
        out = self.space.folder("results") / video.stem
        words = ["dance3d", "run", str(video), "-o", str(out), *self.sharing]
        if people := asked.get("people"):
            words += ["--people", str(_whole(people, "people"))]
        if height := asked.get("height"):
            words += ["--height", repr(_number(height, "height"))]
        words += teaching.run_with(self.space, _list(asked.get("trained", [])))
        return self._queued("run", video.name, f"results/{out.name}", [words], besides=[self._thumbnails(out)])

    async def tracks(self, request: Request) -> Response:
        """Put right who is who."""
        folder, asked = self._result(request), await _json(request)
        target = f"results/{folder.name}"
        if asked.get("version") != version(folder) or self.jobs.busy(target):
            raise teaching.Stale(f"{folder.name} was changed meanwhile, or is being changed; look at it as it is now")
        edit = edits.words(asked)
        action, options = edit[0], [*self.sharing, "--", str(folder), *edit[1:]]
        words = ["dance3d", "tracks", action, *edits.when(asked, action), *options]
        return self._queued("tracks", f"{folder.name}: {action}", target, [words], besides=[self._thumbnails(folder)])

    async def remove_result(self, request: Request) -> Response:
        """Remove a result that nothing works on."""
        folder = self._result(request)
        if self.jobs.busy(f"results/{folder.name}"):
            raise teaching.Stale(f"{folder.name} is being changed; cancel its job first")
        self.space.remove_result(folder.name)
        return JSONResponse({})

    async def remove_video(self, request: Request) -> Response:
        """Remove a video that nothing works on."""
        video = self.space.video(request.path_params["name"])
        if self.jobs.busy(f"results/{video.stem}"):
            raise teaching.Stale(f"{video.name} is being run; cancel its job first")
        self.space.remove_video(video.name)
        return JSONResponse({})

    async def export(self, request: Request) -> Response:
        """Write files of a result in further formats."""
        folder, asked = self._result(request), await _json(request)
        formats = [str(name) for name in _list(asked.get("formats"))]
        if not formats or set(formats) - set(FORMATS):
            raise ValueError(f"choose formats from {', '.join(FORMATS)}")
        words = ["dance3d", "export", str(folder), "--to", ",".join(formats)]
        return self._queued("export", f"{folder.name}: {', '.join(formats)}", f"results/{folder.name}", [words])

    async def compare(self, request: Request) -> Response:
        """Compare two dancers."""
        asked = await _json(request)
        a, b = (self.space.made("results", asked.get(which)) for which in ("a", "b"))
        one, other = (_whole(asked.get(f"person_{which}"), "dancer") for which in ("a", "b"))
        out = free_name(self.space.folder("comparisons"), f"{a.name}-{one}-vs-{b.name}-{other}")
        words = ["dance3d", "compare", str(a), str(b), "-o", str(out)]
        words += ["--person-a", str(one), "--person-b", str(other), *["--mirror"] * bool(asked.get("mirror"))]
        return self._queued("compare", out.name, f"comparisons/{out.name}", [words])

    async def train(self, request: Request) -> Response:
        """Train movements or dances of the user's own."""
        asked = await _json(request)
        folder, words = teaching.training(self.space, asked.get("stage"), asked.get("name"), self.sharing)
        return self._queued("train", folder.name, f"trained/{folder.name}", [words], keep=str(folder))

    async def cancel(self, request: Request) -> Response:
        """End a job."""
        self.jobs.cancel(request.path_params["id"])
        return JSONResponse({})

    async def again(self, request: Request) -> Response:
        """Go on with a job."""
        self.jobs.again(request.path_params["id"])
        return JSONResponse({})

    async def labels(self, request: Request) -> Response:
        """The labels of movements, or new ones in their place."""
        if request.method == "PUT":
            asked = await _json(request)
            return JSONResponse(
                {"version": teaching.save_labels(self.space, asked.get("labels"), asked.get("version"))}
            )
        return JSONResponse(teaching.labels_page(self.space))

    async def dance(self, request: Request) -> Response:
        """Say which dance a video shows."""
        asked = await _json(request)
        teaching.set_class(self.space, asked.get("video"), asked.get("dance"))
        return JSONResponse({})

    # ---- shared -----------------------------------------------------------------------------------------------------

    def _result(self, request: Request) -> Path:
        return self.space.made("results", request.path_params["name"])

    def _thumbnails(self, result: Path) -> list[str]:
        return ["dance3d.studio.thumbnails", str(result), str(self.space.folder("thumbnails") / result.name)]

    def _queued(self, *what: Any, **how: Any) -> Response:
        return JSONResponse({"job": self.jobs.add(*what, **how)})


def make_app(studio: Studio, token: str, names: tuple[str, ...] = ()) -> Guard:
    """The application, guarded; its jobs are done while it runs.

    Args:
        studio: what handlers work with.
        token: that whoever opens the page must have.
        names: of this machine by which it may be called, see ``Guard``.
    """

    @asynccontextmanager
    async def working(app: Starlette) -> AsyncIterator[None]:
        studio.jobs.start()
        yield
        studio.jobs.stop()

    async def page(request: Request) -> Response:
        text = asset("studio.html").replace("{word}", guard.word).replace("{files}", f"/f/{guard.key}")
        return HTMLResponse(text)

    routes = [
        Route("/", page),
        Route("/page/{name}", page_part),
        Route("/f/{key}/{path:path}", studio.file),
        Route("/api/state", studio.state),
        Route("/api/videos", studio.upload, methods=["POST"]),
        Route("/api/runs", studio.run, methods=["POST"]),
        Route("/api/results/{name}", studio.result),
        Route("/api/results/{name}", studio.remove_result, methods=["DELETE"]),
        Route("/api/videos/{name}", studio.remove_video, methods=["DELETE"]),
        Route("/api/results/{name}/tracks", studio.tracks, methods=["POST"]),
        Route("/api/results/{name}/export", studio.export, methods=["POST"]),
        Route("/api/comparisons", studio.compare, methods=["POST"]),
        Route("/api/trainings", studio.train, methods=["POST"]),
        Route("/api/labels", studio.labels, methods=["GET", "PUT"]),
        Route("/api/dances", studio.dance, methods=["PUT"]),
        Route("/api/jobs/{id}/log", studio.log),
        Route("/api/jobs/{id}/cancel", studio.cancel, methods=["POST"]),
        Route("/api/jobs/{id}/again", studio.again, methods=["POST"]),
    ]
    handlers: Mapping[Any, Any] = {teaching.Stale: _told(409), ValueError: _told(400), OSError: _told(507)}
    guard = Guard(Starlette(routes=routes, lifespan=working, exception_handlers=handlers), token, names)
    return guard


def _told(status: int) -> Callable[[Request, Exception], Response]:
    """An answer that says an error in one line."""

    def answer(request: Request, error: Exception) -> Response:
        return JSONResponse({"error": " ".join(str(error).split())}, status)

    return answer


async def _json(request: Request) -> dict[str, Any]:
    """What a request says.

    Raises:
        ValueError: it is too long, or no JSON object.
    """
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_JSON:
            raise ValueError("the request is too long")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ValueError("the request is no JSON") from error
    if not isinstance(found, dict):
        raise ValueError("the request is no JSON object")
    return found


def _whole(value: object, what: str) -> int:
    if type(value) is not int or not 0 < value < 10_000:
        raise ValueError(f"{what}: expected a whole number from 1 on")
    return value


def _number(value: object, what: str) -> float:
    if type(value) not in (int, float) or not 0 < value < 10_000:  # type: ignore[operator]
        raise ValueError(f"{what}: expected a positive number")
    return float(value)  # type: ignore[arg-type]


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("expected a list")
    return value
