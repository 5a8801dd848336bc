import json
from types import SimpleNamespace

import pytest
from studio_pages import TOKEN, browser, client_of

from dance3d.studio.live import server


@pytest.fixture
def session(monkeypatch):
    """A session that shows one state and has ended."""
    pytest.importorskip("starlette", reason="the extra studio is not installed")
    monkeypatch.setattr(server, "as_json", lambda state: {"number": state.number})
    return SimpleNamespace(ended=False, state=SimpleNamespace(number=1))


def test_nobody_without_the_token_sees_a_camera(session):
    stranger = client_of(server.make_app(session, TOKEN), enter=False)
    for path in ("/", "/events", "/page/live.js", "/keep"):
        assert stranger.get(path).status_code == 403, path
    assert stranger.get("/events", headers={"host": "evil.example"}).status_code == 421


def test_the_page_and_its_parts(session):
    client = client_of(server.make_app(session, TOKEN))
    page = client.get("/")
    assert "{" not in page.text.partition("</head>")[0].replace(server.json.dumps(server.bones()), "")
    assert 'id="keep" hidden' in page.text and "script-src 'self'" in page.headers["content-security-policy"]
    assert client.get("/page/live.js").headers["content-type"].startswith("text/javascript")
    assert client.get("/page/studio.html").status_code == 404 and client.get("/page/..%2fapp.py").status_code == 404


def test_events_are_the_states_and_an_end(session):
    def shown(state):
        session.ended = True
        return {"number": state.number}

    server.as_json = shown
    text = client_of(server.make_app(session, TOKEN)).get("/events").text
    assert text == f"data: {json.dumps({'number': 1})}\n\nevent: end\ndata: {{}}\n\n"


def test_the_last_minute_is_kept_where_a_folder_was_given(session):
    client = client_of(server.make_app(session, TOKEN))
    assert "--keep FOLDER" in client.post("/keep").json()["error"]
    client = client_of(server.make_app(session, TOKEN, keep=lambda: "60 s are in there"))
    assert client.post("/keep").json() == {"said": "60 s are in there"}
    assert client.post("/keep", headers={"x-dance3d-word": "none"}).status_code == 403

    def nothing():
        raise ValueError("nothing has been seen yet")

    answer = client_of(server.make_app(session, TOKEN, keep=nothing)).post("/keep")
    assert answer.status_code == 400 and answer.json() == {"error": "nothing has been seen yet"}


@pytest.mark.slow
def test_the_page_in_a_browser_shows_the_picture_the_body_and_the_words(scene, tmp_path):
    import os
    import signal
    import subprocess
    import sys
    from pathlib import Path

    pytest.importorskip("uvicorn", reason="the extra studio is not installed")
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="pip install axe-playwright-python")
    playing, chromium = browser()
    command = [sys.executable, "-m", "dance3d", "live", str(scene), "--port", "0", "-q", "--keep", str(tmp_path)]
    given = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=given)
    try:
        page = chromium.new_context(bypass_csp=True, color_scheme="dark").new_page()
        wrong = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(process.stdout.readline().strip())
        page.wait_for_selector("#figures:has-text('ms after it came')")
        found = axe.Axe().run(page).response["violations"]
        assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
        assert not wrong
        process.send_signal(signal.SIGINT)
        assert process.wait(120) == 0
        assert list(tmp_path.glob("*/results/report.html"))
    finally:
        process.kill()
        chromium.close()
        playing.stop()
