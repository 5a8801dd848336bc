"""Links between pages lead to a file that is there, and to a heading that is in it."""

from pathlib import PurePosixPath

import doc_pages
import pytest


@pytest.mark.parametrize("page", doc_pages.PAGES)
def test_every_link_leads_somewhere(page):
    lost = []
    for link in doc_pages.links(page):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = page if not path else _resolve(PurePosixPath(page).parent / path)
        known = (doc_pages.ROOT / target).exists()
        if not known or (anchor and anchor not in doc_pages.anchors(target)):
            lost.append(link)
    assert not lost, f"{page} links to what is not there: {', '.join(lost)}"


def test_every_page_is_reached_from_the_list_of_pages():
    listed = {_resolve(PurePosixPath("docs") / link.partition("#")[0]) for link in doc_pages.links("docs/README.md")}
    pages = {page for page in doc_pages.PAGES if page.startswith("docs/")} - {"docs/README.md"}
    assert pages <= listed, f"docs/README.md does not list {', '.join(sorted(pages - listed))}"


def _resolve(path: PurePosixPath) -> str:
    parts: list[str] = []
    for part in path.parts:
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts)
