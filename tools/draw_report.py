"""Draw the picture of a report that README shows: `python tools/draw_report.py`.

A synthetic dancer is rendered, run as any video is, and the page of the result is opened in Chromium by playwright. Run
it again whenever the page or the weights change.
"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import sync_playwright

from dance3d.cli.main import main

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "pictures" / "report.png"
DANCE = ("--genre", "indian", "--seed", "4", "--seconds", "12")
MOMENT, WIDE, HIGH = 5.0, 1180, 1560
"""Chosen: seconds into the dance; pixels of the window."""


def draw(page: Path, picture: Path) -> None:
    """Open a report at ``MOMENT`` and keep what the window shows.

    Args:
        page: the report.
        picture: PNG to write.
    """
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": WIDE, "height": HIGH}, color_scheme="light")
        tab.goto(f"{page.resolve().as_uri()}#t={MOMENT}")
        tab.wait_for_selector("html[data-ready]")
        tab.wait_for_timeout(1000)  # the film has come to its place
        shot = Image.open(io.BytesIO(tab.screenshot()))
        browser.close()
    picture.parent.mkdir(parents=True, exist_ok=True)
    shot.convert("RGB").save(picture, optimize=True)


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        made = Path(folder)
        main(["synth", "-o", str(made / "scene"), *DANCE])
        clip = (made / "scene" / "video.mp4").rename(made / "dance.mp4")
        if code := main(["run", str(clip), "-o", str(made / "results")]):
            sys.exit(code)
        draw(made / "results" / "report.html", PICTURE)
        print(PICTURE)
