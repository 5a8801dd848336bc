"""The files of the pages, and what is none of them."""

import asyncio
from types import SimpleNamespace

import pytest

pytest.importorskip("starlette", reason="the extra studio is not installed")


@pytest.mark.parametrize(
    ("name", "code"), [("studio.js", 200), ("live.css", 200), ("studio.html", 404), ("../app.py", 404)]
)
def test_only_scripts_and_styles_of_the_pages_are_given(name, code):
    from dance3d.studio.page_files import asset, page_part

    answer = asyncio.run(page_part(SimpleNamespace(path_params={"name": name})))
    assert answer.status_code == code
    assert code == 404 or answer.body.decode() == asset(name)
