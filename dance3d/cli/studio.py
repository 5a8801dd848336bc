"""``dance3d studio``: a local page from which videos are run, put right, compared, labelled and learned from."""

from __future__ import annotations

import socket
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from dance3d.cli.common import say
from dance3d.cli.options import Parser, count

LOOPBACK, PORT = "127.0.0.1", 8360
"""Where the page is if nothing else is asked for; the port was chosen."""


def arguments(parser: Parser) -> None:
    """Add the command's arguments."""
    text = "folder with the videos, results and jobs of this studio, made if need be (%(default)s)"
    parser.option("folder", nargs="?", type=Path, default=Path("dance3d-studio"), metavar="FOLDER", help=text)
    text = "address to listen at; other than 127.0.0.1 lets others in who have the token, over plain HTTP"
    parser.option("--host", default=LOOPBACK, metavar="ADDRESS", help=text)
    parser.option("--port", type=int, default=PORT, metavar="N", help="port (%(default)s); 0: any that is free")
    parser.option("-j", "--jobs", type=count, default=1, metavar="N", help="do so many jobs at once (1)")
    parser.option("--cache", type=Path, metavar="FOLDER", help="cache folder (or DANCE3D_CACHE)")


def run(options: Any) -> None:
    """Serve the page until Ctrl-C.

    Raises:
        ValueError: another studio has the folder, or the extra ``studio`` is not installed.
        OSError: the address is taken, or none of this machine.
    """
    try:
        import starlette  # noqa: F401
        import uvicorn
    except ImportError as error:
        raise ValueError(f"the studio needs the package {error.name}: pip install 'dance3d[studio]'") from error

    from dance3d.studio.app import Studio, make_app
    from dance3d.studio.jobs import Jobs
    from dance3d.studio.one_server import only_server
    from dance3d.studio.workspace import Workspace

    space, token = Workspace(options.folder.absolute()), token_urlsafe(32)
    sharing = ("--cache", str(options.cache.absolute())) if options.cache else ()
    studio = Studio(space, Jobs(space.folder("jobs"), options.jobs), sharing)
    with only_server(space.root), listening(options.host, options.port) as place:
        host, port = place.getsockname()[:2]
        address = f"[{host}]" if ":" in host else host
        if not is_loopback(host):
            say(options, f"  note: others who reach {address} and have the token can use this studio, unencrypted")
        say(options, f"  {space.root}; Ctrl-C ends the studio, and what runs goes on at its next start")
        print(f"http://{address}:{port}/?token={token}", flush=True)
        app = make_app(studio, token, (options.host, socket.gethostname()))
        settings = uvicorn.Config(
            app, log_level="error", access_log=False, server_header=False, timeout_graceful_shutdown=3
        )
        uvicorn.Server(settings).run(sockets=[place])


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens at an address.

    Raises:
        OSError: the address is taken, or none of this machine; says which.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise OSError(f"{host}, port {port}: cannot listen there ({why}); choose with --host and --port") from error


def is_loopback(host: str) -> bool:
    """Whether an address is of this machine alone."""
    return host.startswith("127.") or host == "::1"
