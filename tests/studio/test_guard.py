"""Who is let in: the token, the cookie, the host, the origin, the word of the page; and results in a sandbox."""

import asyncio

import pytest
from studio_pages import TOKEN, client_of, studio_in


@pytest.fixture
def app(tmp_path):
    return studio_in(tmp_path)[1]


def test_without_the_token_nothing_is_told(app):
    stranger = client_of(app, enter=False)
    for path in ("/", "/?token=wrong", "/api/state", "/page/studio.js", "/f/guessed/videos/a.mp4"):
        answer = stranger.get(path)
        assert answer.status_code == 403 and app.word not in answer.text
    assert client_of(app).get("/api/state").status_code == 200


def test_the_token_leaves_the_address_for_a_cookie_that_scripts_cannot_read(app):
    answer = client_of(app, enter=False).get(f"/?token={TOKEN}", follow_redirects=False)
    cookie = answer.headers["set-cookie"]
    assert answer.headers["location"] == "/" and "HttpOnly" in cookie and "samesite=strict" in cookie.lower()
    assert TOKEN not in cookie


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost@evil.example:8360"])
def test_a_name_that_is_not_ours_is_refused_even_with_the_cookie(app, host):
    assert client_of(app).get("/api/state", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8360", "localhost:8360", "[::1]:8360"])
def test_numbers_and_localhost_are_ours(app, host):
    assert client_of(app, enter=False).get(f"http://{host}/?token={TOKEN}").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://evil.example"}, {"origin": "null"}, {"origin": ""}, {"x-dance3d-word": "wrong"}],
    ids=["another origin", "a sandbox", "no origin", "another word"],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_what_changes_something_must_come_from_our_page(app, method, headers):
    client = client_of(app)
    assert client.request(method, "/api/jobs/x/cancel", headers=headers, json={}).status_code == 403


def test_results_are_shown_by_their_key_and_in_a_sandbox(app, tmp_path):
    (tmp_path / "results" / "a").mkdir()
    (tmp_path / "results" / "a" / "report.html").write_text("<script>fetch('/api/state')</script>")
    stranger = client_of(app, enter=False)
    answer = stranger.get(f"/f/{app.key}/results/a/report.html")
    policy = answer.headers["content-security-policy"]
    assert answer.status_code == 200 and "sandbox allow-scripts" in policy and "allow-same-origin" not in policy
    assert "connect-src" not in policy and "default-src 'none'" in policy
    assert stranger.post(f"/f/{app.key}/results/a/report.html").status_code == 403


def test_the_page_loads_nothing_from_elsewhere_and_is_in_no_frame(app):
    answer = client_of(app).get("/")
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy and "script-src 'self';" in policy and "http" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff" and "http" not in answer.text.replace("http-equiv", "")


def test_web_sockets_are_never_opened(app):
    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(app({"type": "websocket", "path": "/api/state", "headers": []}, None, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]
