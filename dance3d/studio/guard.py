"""Who may talk to the studio: the browser that was given the address with the token, and pages of the studio alone.

Any web page that is open in the same browser can send requests to a server on this machine. So every request must name
this server as its host (which ends DNS rebinding), carry the cookie that the address with the token gave, and, where
it changes something, come from the studio's own page and repeat a word that only this page knows (which ends forged
requests). Results are shown without cookie, by a key in their path, in a sandbox: a report is a page with scripts, and
none of them may ask the studio for anything.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CHANGES = ("POST", "PUT", "DELETE", "PATCH")
WORD = "x-dance3d-word"
"""Header with the word of the page."""
_PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_RESULT = (
    "sandbox allow-scripts allow-downloads allow-popups; default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' data: blob:; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'none'"
)


class Guard:
    """Lets a request through to an application, or refuses it.

    Args:
        app: the application.
        token: of the address that the user was given.
        names: by which this server may be called, beside ``localhost`` and numbers.
    """

    def __init__(self, app: ASGIApp, token: str, names: tuple[str, ...] = ()) -> None:
        self.app, self.token = app, token
        self.names = {"localhost", *(name.lower() for name in names)}
        self.cookie, self.word, self.key = (derived(token, use) for use in ("cookie", "word", "files"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the application answer, with the headers that keep pages apart."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            else:  # a web socket, of which the page has none
                await send({"type": "websocket.close", "code": 1008})
            return
        request = Request(scope, receive)
        shows = request.url.path.startswith(f"/f/{self.key}/")
        answer = self._refused(request, shows)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["content-security-policy"] = _RESULT if shows else _PAGE
                headers["x-content-type-options"] = "nosniff"
                headers["referrer-policy"] = "no-referrer"
                headers["cross-origin-opener-policy"] = "same-origin"
                headers.setdefault("cache-control", "no-store")
            await send(message)

        await (answer or self.app)(scope, receive, guarded)

    def _refused(self, request: Request, shows: bool) -> Response | None:
        """An answer that is not the application's, or none."""
        if not self.is_ours(request.headers):
            return PlainTextResponse("this is not the address of the studio\n", 421)
        if shows and request.method in ("GET", "HEAD"):
            return None
        given = request.query_params.get("token", "")
        if request.url.path == "/" and _equal(given, self.token):
            answer = RedirectResponse("/", 303)
            answer.set_cookie(self.cookie_name(request), self.cookie, httponly=True, samesite="strict")
            return answer
        if not _equal(request.cookies.get(self.cookie_name(request), ""), self.cookie):
            return PlainTextResponse("open the address that dance3d studio has printed, with its token\n", 403)
        if request.method in CHANGES:
            origin, word = request.headers.get("origin", ""), request.headers.get(WORD, "")
            if urlsplit(origin).netloc != request.headers["host"] or not _equal(word, self.word):
                return PlainTextResponse("this did not come from a page of this studio; load the page again\n", 403)
        return None

    def is_ours(self, headers: Headers) -> bool:
        """Whether a request names this server: by a number, which no name server can give to others, or its name."""
        if len(headers.getlist("host")) != 1:
            return False
        try:
            host = (urlsplit(f"//{headers['host']}").hostname or "").lower()
            return host in self.names or bool(ip_address(host))
        except ValueError:
            return False

    @staticmethod
    def cookie_name(request: Request) -> str:
        """Of the cookie: browsers share cookies between the ports of a host, and so between two studios."""
        return f"dance3d-{request.url.port or 80}"


def derived(token: str, use: str) -> str:
    """A secret for one use, from which no other can be told."""
    return hmac.new(token.encode(), use.encode(), sha256).hexdigest()


def _equal(given: str, known: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), known.encode())
