"""A studio for tests: its server in this process, its page by a client or in a browser that is installed."""

import os
import shutil
from pathlib import Path

import pytest

TOKEN = "a-token-of-tests"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")


def studio_in(folder, started=False):
    """A studio whose jobs wait, unless they are started, and its guarded application."""
    pytest.importorskip("starlette", reason="the extra studio is not installed")
    from dance3d.studio.app import Studio, make_app
    from dance3d.studio.jobs import Jobs
    from dance3d.studio.workspace import Workspace

    space = Workspace(folder)
    jobs = Jobs(space.folder("jobs"))
    if not started:
        jobs.start = jobs.stop = lambda: None
    studio = Studio(space, jobs)
    return studio, make_app(studio, TOKEN)


def client_of(app, enter=True):
    """A browser that has opened the address with the token, with the headers that its page sends."""
    from starlette.testclient import TestClient

    from dance3d.studio.guard import WORD

    client = TestClient(app, base_url="http://127.0.0.1:8360", raise_server_exceptions=False)
    if enter:
        assert client.get(f"/?token={TOKEN}").status_code == 200
        client.headers.update({WORD: app.word, "origin": "http://127.0.0.1:8360"})
    return client


def browser():
    """A browser; the test is skipped where there is none."""
    sync = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM:
        pytest.skip("no Chromium is installed")
    playing = sync.sync_playwright().start()
    made = playing.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
    return playing, made


def served(folder, *words):
    """The command itself, serving a folder: the process and the address with the token."""
    import subprocess
    import sys

    pytest.importorskip("uvicorn", reason="the extra studio is not installed")
    command = [sys.executable, "-m", "dance3d", "studio", str(folder), "--port", "0", "-q", *words]
    given = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1]), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=given)
    return process, process.stdout.readline().strip()
