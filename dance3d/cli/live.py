"""``dance3d live``: a camera or a stream as it comes, with joints, the body in space and current movements."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any

from dance3d.cli.common import say
from dance3d.cli.options import Parser, count, seconds
from dance3d.stages.keypoints.qualities import QUALITIES

if TYPE_CHECKING:
    from dance3d.studio.live.session import LiveSession, LiveState

LOOPBACK, PORT = "127.0.0.1", 8361
"""Where the page is; the port was chosen."""
LATE = 0.6
"""Seconds, chosen: about what lifting and reading take on two cores."""
SAID_EVERY = 1.0
"""Seconds between two lines without a page; chosen."""


def arguments(parser: Parser) -> None:
    """Add the command's arguments."""
    text = "number of a camera (0), a device, an address (rtsp://, http://), or a file, played at its own pace"
    parser.option("source", metavar="SOURCE", help=text)
    text = "show the body and words so many seconds behind, if this machine is as fast (%(default)s)"
    parser.option("--late", type=seconds, default=LATE, metavar="SECONDS", help=text)
    parser.option("--quality", choices=tuple(QUALITIES), default="fast", help="of the detector (%(default)s)")
    parser.option("--seconds", type=seconds, metavar="S", help="end after so many seconds of the stream")
    parser.option("--frames", type=count, metavar="N", help="end after so many pictures were answered")
    parser.option("--no-page", action="store_true", help="print a line every second, and serve no page")
    parser.option("--port", type=int, default=PORT, metavar="N", help="port of the page (%(default)s); 0: any")
    text = "keep the last minute, at the end or whenever the page's button asks, and run it as any video into FOLDER"
    parser.option("--keep", type=Path, metavar="FOLDER", help=text)


def run(options: Any) -> None:
    """Go on until the stream ends, its time is over, or Ctrl-C.

    Raises:
        VideoError: the stream cannot be opened, or broke off.
        ValueError: the extra ``studio``, which has the page, is not installed.
        OSError: the port is taken, or the folder cannot be written.
    """
    from dance3d.studio.live.session import LiveSession, in_words
    from dance3d.studio.live.stream_source import StreamSource

    source = StreamSource(options.source)
    kept: list[Path] = []

    def keep() -> str:
        folder = options.keep / time.strftime("%Y-%m-%d-%H%M%S")
        folder.mkdir(parents=True)
        length = source.keep(folder / "live.mkv")
        kept.append(folder)
        return f"{length:.0f} s are in {folder / 'live.mkv'}; they are run when the stream ends"

    session = LiveSession(source, options.quality, options.late)
    with ExitStack() as afterwards:  # also where the stream broke off
        afterwards.callback(_run_kept, kept, options)
        with _page(options, session, keep if options.keep else None), source:
            try:
                with suppress(KeyboardInterrupt):  # the usual way to end it
                    session.run(_told(options))
            finally:
                if session.state is not None:
                    print(in_words(session.state.figures), flush=True)
                if options.keep and not kept and session.state is not None:
                    say(options, f"  {keep()}")


def _told(options: Any) -> Callable[[LiveState], bool]:
    """What is done with each state: a line now and then, and an end."""
    from dance3d.studio.live.session import in_words

    said = [0.0]

    def told(state: LiveState) -> bool:
        at = state.picture.time
        if options.no_page and at - said[0] >= SAID_EVERY:
            said[0] = at
            words = ", ".join(state.body.words[:4]) if state.body else ""
            say(options, f"  {at:.1f} s: {in_words(state.figures)}{'; ' * bool(words)}{words}")
        over = options.seconds is not None and at >= options.seconds
        return not over and (options.frames is None or state.number < options.frames)

    return told


@contextmanager
def _page(options: Any, session: LiveSession, keep: Callable[[], str] | None) -> Iterator[None]:
    """Serves the page meanwhile."""
    if options.no_page:
        yield
        return
    try:
        import uvicorn

        from dance3d.studio.live.server import make_app
    except ImportError as error:
        text = f"the page needs the package {error.name}: pip install 'dance3d[studio]', or give --no-page"
        raise ValueError(text) from error
    from threading import Thread

    from dance3d.cli.studio import listening

    token = token_urlsafe(32)
    with listening(LOOPBACK, options.port) as place:
        port = place.getsockname()[1]
        app = make_app(session, token, keep)
        server = uvicorn.Server(
            uvicorn.Config(app, log_level="error", access_log=False, server_header=False, timeout_graceful_shutdown=2)
        )
        thread = Thread(target=server.run, kwargs={"sockets": [place]}, name="dance3d serves a page", daemon=True)
        thread.start()
        print(f"http://{LOOPBACK}:{port}/?token={token}", flush=True)
        say(options, "  Ctrl-C ends it")
        try:
            yield
        finally:
            server.should_exit = True
            thread.join(5)


def _run_kept(folders: Sequence[Path], options: Any) -> None:
    """Run the kept minutes as any video; the results of each lie beside it."""
    from dance3d.cli.main import main

    for folder in folders:
        say(options, f"  {folder}: running what was kept")
        film, out = folder / "live.mkv", folder / "results"
        if code := main(["run", str(film), "-o", str(out), *["-q"] * bool(options.quiet)]):
            raise ValueError(f"{film}: was kept, but its run ended with exit code {code}")
