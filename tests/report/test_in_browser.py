"""The report in a real browser: nothing serious for axe, every key does what the page says, and pictures keep up."""

import shutil

import bad_clips
import pytest
from fake_dancers import fake_clip, fake_dancer

from dance3d.report import build

playwright = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the path")]


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A report of three dancers, without a film: the page then runs on a clock of its own."""
    folder, clip = tmp_path_factory.mktemp("report"), fake_clip(6)
    dancers = [fake_dancer(clip.time, person=p) for p in (1, 2, 3)]
    build.write_report(folder / "report.html", clip, dancers, {"name": "three.mp4"}, folder / "overlay.mp4")
    return folder / "report.html"


def opened(browser, path, width=1400, scheme="light", film=False):
    """The page, ready, with what it asked of a network and what went wrong in it.

    Args:
        browser: that opens it.
        path: of the page.
        width: of the window, pixels.
        scheme: light or dark.
        film: whether it has one.
    """
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.asked, page.wrong = [], []
    page.on("request", lambda one: page.asked.append(one.url) if one.url.startswith("http") else None)
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready]", timeout=20_000)
    if not film:
        page.wait_for_selector("#novideo:not([hidden])", timeout=20_000)
    return page


@pytest.mark.parametrize("width, scheme", [(1400, "light"), (1400, "dark"), (390, "light"), (390, "dark")])
def test_axe_finds_nothing_serious(browser, path, width, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="pip install axe-playwright-python")
    page = opened(browser, path, width, scheme)
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    page.wait_for_timeout(300)
    found = axe.Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.asked == [] and page.wrong == []


def test_the_film_of_the_page_is_what_plays(browser, tmp_path):
    """And nothing says that it could not be shown; the 3D view follows its clock."""
    clip, film = fake_clip(6), bad_clips.write(tmp_path / "overlay.mp4", bad_clips.EVEN)
    build.write_report(tmp_path / "report.html", clip, [fake_dancer(clip.time)], {"name": "one.mp4"}, film)
    page = opened(browser, tmp_path / "report.html", film=True)
    page.wait_for_function("document.getElementById('video').readyState >= 3", timeout=20_000)
    page.click("#play")
    page.wait_for_function("document.getElementById('video').currentTime > 0.2", timeout=20_000)
    assert page.is_visible("#video") and not page.is_visible("#novideo") and page.wrong == []
    assert page.evaluate("Number(document.getElementById('seek').value)") > 0


def test_keys_work_wherever_the_focus_is(browser, path):
    page = opened(browser, path)

    def frame():
        page.wait_for_timeout(120)
        return int(page.input_value("#seek"))

    page.click("[data-view=front]")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert frame() == 2
    page.focus("#mirror")  # by keyboard: arrows still step, and the space bar is the button's
    page.keyboard.press("ArrowLeft")
    assert frame() == 1
    page.keyboard.press(" ")
    assert page.get_attribute("#mirror", "aria-pressed") == "true" and page.inner_text("#play") == "Play"
    page.keyboard.press("Shift+ArrowRight")
    assert frame() == 26
    page.keyboard.press("a")
    page.keyboard.press("End")
    assert frame() == 149
    page.keyboard.press("b")
    assert "to 5.9" in page.inner_text("#loop")
    page.keyboard.press("d")
    assert page.get_attribute("[data-dancer='1']", "aria-pressed") == "true" and page.is_visible("[data-panel='1']")
    page.keyboard.press("/")
    page.keyboard.type("bam")  # letters in the search box are letters
    assert page.input_value("[data-panel='1'] [data-search]") == "bam"
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert page.is_visible("#keys")
    page.keyboard.press("Escape")
    page.keyboard.press("k")
    assert page.inner_text("#play") == "Pause" and page.wrong == []


def test_the_slider_and_the_search_choose_what_is_shown(browser, path):
    page = opened(browser, path)
    panel = page.locator("[data-panel='0']")
    many = [int(panel.locator("[data-told]").inner_text().split()[0])]
    for sure in (0, 95):
        panel.locator("[data-sure]").fill(str(sure))
        many.append(int(panel.locator("[data-told]").inner_text().split()[0]))
    assert many[1] > many[0] >= many[2]
    panel.locator("[data-sure]").fill("0")
    panel.locator("[data-search]").fill("no such movement")
    assert panel.locator("[data-told]").inner_text().startswith("0 shown")


def test_curves_are_kept_as_a_table(browser, path):
    page = opened(browser, path)
    page.click("[data-panel='0'] .measures summary")
    with page.expect_download() as kept:
        page.click("[data-panel='0'] [data-csv]")
    head, *rows = kept.value.path().read_text().splitlines()
    assert head.startswith("frame,time_s,left_elbow_bend_deg,left_elbow_bend_deg_within") and len(rows) == 150


def test_three_dancers_are_drawn_faster_than_sixty_times_a_second(browser, path):
    page = opened(browser, path)
    spent = page.evaluate(
        """async () => {
        const canvas = document.getElementById("space"), data = await Unpack.page(), space = new Space(canvas, data);
        space.follow = space.prints = space.mesh = true;
        const began = performance.now();
        for (let k = 0; k < 150; k++) { space.frame = k; space.draw(); }
        return (performance.now() - began) / 150;
    }"""
    )
    assert spent < 1000 / 60  # milliseconds; a processor shared with trainings, without a graphics card
