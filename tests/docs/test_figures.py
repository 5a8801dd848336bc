"""Figures that the pages quote are those of the manifest and of the code.

What a template of ``tools/quoted_figures.py`` makes has to stand on the page, and the tables named there have no row
that no template makes.
"""

import re

import doc_pages
import pytest
from quoted_figures import SENTENCES, TABLES, values


def _pattern(template: str) -> str:
    """The regular expression of what a template makes."""
    return re.escape(template.format_map(values())).replace(re.escape("?"), r"-?[\d.]+")


@pytest.mark.parametrize(("page", "head"), TABLES, ids=lambda value: value[:30])
def test_every_row_of_a_table_of_scores_is_the_manifests(page, head):
    lines = doc_pages.text(page).splitlines()
    start = lines.index(head) + 2
    stop = next(n for n in range(start, len(lines) + 1) if n == len(lines) or not lines[n].startswith("|"))
    patterns = [_pattern(row) for row in TABLES[page, head]]
    wrong = [row for row, pattern in zip(lines[start:stop], patterns, strict=True) if not re.fullmatch(pattern, row)]
    assert not wrong, f"{page} says otherwise than the manifest:\n" + "\n".join(wrong)


@pytest.mark.parametrize("page", SENTENCES)
def test_every_figure_in_a_sentence_is_the_manifests(page):
    text = doc_pages.flat(page)
    made = [template.format_map(values()) for template in SENTENCES[page]]
    missing = [sentence for sentence in made if sentence not in text]
    assert not missing, f"{page} should say:\n" + "\n".join(missing)
