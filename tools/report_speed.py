"""How fast a report plays, in Chromium by playwright, on a machine at rest.

``python tools/report_speed.py RESULTS/report.html``
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

SECONDS = 4
"""Chosen: of playing that are measured, after the first half second."""
COUNTED = f"""async () => {{
  const video = document.querySelector("video"), before = video?.getVideoPlaybackQuality()
  const begun = performance.now()
  let pictures = 0
  await new Promise((done) => {{
    const next = () => {{
      pictures++
      performance.now() - begun < {1000 * SECONDS} ? requestAnimationFrame(next) : done()
    }}
    requestAnimationFrame(next)
  }})
  const after = video?.getVideoPlaybackQuality()
  return [pictures, performance.now() - begun, after ? after.droppedVideoFrames - before.droppedVideoFrames : 0]
}}"""


def speed(page: Path) -> dict[str, float]:
    """Pictures a second while the page plays, work of its thread for each, milliseconds, and film pictures left out."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1400, "height": 900})
        tab = context.new_page()
        told = context.new_cdp_session(tab)
        told.send("Performance.enable")

        def work() -> float:
            found = {one["name"]: one["value"] for one in told.send("Performance.getMetrics")["metrics"]}
            return float(found["TaskDuration"])

        tab.goto(page.resolve().as_uri())
        tab.wait_for_selector("html[data-ready]")
        tab.wait_for_timeout(1500)
        tab.click("#play")
        tab.wait_for_timeout(500)
        before = work()
        pictures, lasted, dropped = tab.evaluate(COUNTED)
        busy = work() - before
        browser.close()
    return {"fps": 1000 * pictures / lasted, "ms": 1000 * busy / pictures, "dropped": dropped}


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(name, {key: round(value, 1) for key, value in speed(Path(name)).items()})
