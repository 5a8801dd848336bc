"""The pages as the tests of the documentation read them: text, code spans, blocks, commands, links."""

import importlib
import inspect
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PAGES = sorted(p.relative_to(ROOT).as_posix() for p in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PAGES.remove("CHANGELOG.md")  # it tells of versions that are past
_FENCE = re.compile(
    r'^(?P<indent> *)```(?P<language>\w*)(?: title="(?P<title>[^"]*)")?\n(?P<code>.*?)^(?P=indent)```\s*$', re.M | re.S
)
_INDENTED = re.compile(r"(?:(?<=\n\n)(?: {4}.*\n)+|(?<=\n\n)(?: {4}.*(?:\n|$)|\n(?= {4}))+)")
_SPAN = re.compile(r"(?<!`)`([^`]+)`(?!`)")
_LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")


class Block(NamedTuple):
    """A block of code, and the language and the file that its fence names; empty where it names none."""

    language: str
    code: str
    title: str = ""


@cache
def text(page: str) -> str:
    """A page as it stands."""
    return (ROOT / page).read_text()


@cache
def blocks(page: str) -> tuple[Block, ...]:
    """Its blocks of code, fenced and indented."""
    fenced = [Block(m["language"], m["code"], m["title"] or "") for m in _FENCE.finditer(text(page))]
    indented = [Block("", m[0]) for m in _INDENTED.finditer(_FENCE.sub("", text(page)))]
    return (*fenced, *(block for block in indented if block.code.strip()))


@cache
def spans(page: str) -> tuple[str, ...]:
    """What stands between single backticks, blanks made one."""
    prose = _INDENTED.sub("\n", _FENCE.sub("", text(page)))
    return tuple(" ".join(m[1].split()) for m in _SPAN.finditer(prose))


@cache
def commands(page: str) -> tuple[str, ...]:
    """Every ``dance3d ...`` that it shows, in spans and in blocks, without what a column beside it says."""
    found = [span for span in spans(page) if span.startswith("dance3d ")]
    for block in blocks(page):
        for line in block.code.replace("\\\n", " ").splitlines():
            shown = re.match(r"\s*(?:(?:\w+=\S+|time|\S*/bin/)\s*)*(dance3d .*)", line)
            if shown:
                found.append(re.split(r"\s+#\s|\s{2,}(?![-\s\[])", shown[1])[0].strip())
    return tuple(found)


@cache
def anchors(page: str) -> frozenset[str]:
    """The names by which its headings are linked to."""
    titles = re.findall(r"^#+ (.+)$", _FENCE.sub("", text(page)), re.M)
    return frozenset(re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles)


@cache
def links(page: str) -> tuple[str, ...]:
    """The targets of its links."""
    return tuple(_LINK.findall(_FENCE.sub("", text(page))))


def flat(page: str) -> str:
    """A page on one line, for sentences that are broken anywhere."""
    return " ".join(text(page).split())


def leads_somewhere(module: str, names: list[str]) -> bool:
    """Whether names lead from a module to something: submodules first, then attributes."""
    here = importlib.import_module(module)
    for name in names:
        if hasattr(here, name):
            here = getattr(here, name)
        elif name in getattr(here, "__dataclass_fields__", {}) or name in getattr(here, "__annotations__", {}):
            return True
        elif inspect.isclass(here) and f"self.{name}" in inspect.getsource(here):
            return True
        else:
            try:
                here = importlib.import_module(f"{here.__name__}.{name}")
            except (ImportError, AttributeError):
                return False
    return True
