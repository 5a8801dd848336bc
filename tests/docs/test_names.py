"""Files, modules, functions and classes that the pages name are those that there are."""

import ast
import pkgutil
import re
import textwrap
import tomllib
from fnmatch import fnmatch
from functools import cache

import doc_pages
import pytest
from doc_pages import ROOT, leads_somewhere

import dance3d
from dance3d.io.weights import manifest
from dance3d.movement_types import NAMES
from dance3d.registry import STAGES

EXAMPLES = {"types.yaml", "own.yaml", "learned.yaml", "my-recipe.yaml", "map.yaml", "splits.yaml", "config.yaml"}
"""Files of the reader's own, or of a run."""
INSTANCES = {"pose": "Pose3D", "stream": "Stream"}
"""Variables of the pages' examples, by class; modules have the same names."""
SETTINGS = ("data", "model", "trainer", "optimizer")
"""First words of training settings, which ``test_commands`` looks at; modules have the same names."""
FIGURES = (
    *("speed", "floor", "seeds", "trials", "semi", "actions", "names", "foreground", "rhythm", "on_beat"),
    "crowd",
    "sides",
    "views",
    "camera",
    "unsupervised",
)
"""First words of figures of ``dance3d bench`` whose modules are called the same."""
METRICS = {name.rpartition(".")[2] for entry in manifest().values() for name in entry["scores"]}
"""Last words of figures."""
_DOTTED = re.compile(r"([a-z_]\w*(?:\.[A-Za-z_]\w*)+)(?:\(.*)?$")
_OF_A_CLASS = re.compile(r"([A-Z]\w*[a-z]\w*)\.(\w+)(?:\(.*)?$")
_SUFFIXES = "npz|csv|bvh|safetensors|json|html|mp4|yaml|yml|md|css|js|txt|xml|bin|png|onnx|pkl|mat|task|tflite|npy|c3d"
_SUFFIXES += "|parquet|rrd|nwb|slp"


@cache
def files() -> tuple[str, ...]:
    """All files of the package, its configs, tests and tools, as ``dance3d/...``."""
    tops = ("dance3d", "configs", "tests", "docs", "docker", "tools", ".github")
    found = [path for top in tops for path in (ROOT / top).rglob("*")]
    return tuple(path.relative_to(ROOT).as_posix() for path in found if path.is_file())


@cache
def folders() -> tuple[str, ...]:
    """The rooms of the package."""
    return tuple(path.name for path in (ROOT / "dance3d").iterdir() if (path / "__init__.py").is_file())


@cache
def modules() -> dict[str, tuple[str, ...]]:
    """The package's modules by the last part of their names."""
    by_name: dict[str, tuple[str, ...]] = {"dance3d": ("dance3d",)}
    for module in pkgutil.walk_packages(dance3d.__path__, "dance3d."):
        if not module.name.endswith("__main__"):
            last = module.name.rpartition(".")[2]
            by_name[last] = (*by_name.get(last, ()), module.name)
    return by_name


@cache
def classes() -> dict[str, tuple[str, ...]]:
    """Names of the modules that define a class, by the class's name."""
    by_name: dict[str, tuple[str, ...]] = {}
    for file in files():
        if file.startswith("dance3d/") and file.endswith(".py"):
            for node in ast.walk(ast.parse((ROOT / file).read_text())):
                if isinstance(node, ast.ClassDef):
                    module = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
                    by_name[node.name] = (*by_name.get(node.name, ()), module)
    return by_name


@pytest.mark.parametrize("page", doc_pages.PAGES)
def test_every_file_is_there(page):
    named = [span for span in doc_pages.spans(page) if re.fullmatch(r"[\w*./-]+\.(py|ya?ml)", span)]
    tops = "|".join(["dance3d", "configs", "tests", "docs", "tools", *folders()])
    named += [span for span in doc_pages.spans(page) if re.fullmatch(rf"({tops})/[\w./*-]+", span)]
    made = EXAMPLES | {block.title for block in doc_pages.blocks(page)}
    missing = [
        span
        for span in named
        if span not in made
        and not any((top / span).is_dir() for top in (ROOT, ROOT / "dance3d"))
        and not any(fnmatch(file, span) or fnmatch(file, f"*/{span}") for file in files())
    ]
    assert not missing, f"{page} names {', '.join(missing)}"


def _is_there(span: str) -> bool:
    """Whether a name with a dot leads somewhere, or is none of the package's to begin with."""
    owned = _OF_A_CLASS.match(span)
    if owned and not re.fullmatch(_SUFFIXES, owned[2]):
        return any(leads_somewhere(place, [owned[1], owned[2]]) for place in classes().get(owned[1], ()))
    dotted = _DOTTED.match(span)
    if not dotted or any(name.startswith(dotted[1]) for name in NAMES):
        return True
    first, *rest = dotted[1].split(".")
    if first in STAGES and rest[0] in STAGES[first].settings.names():
        return True
    if first in INSTANCES:
        return any(leads_somewhere(place, [INSTANCES[first], *rest]) for place in classes()[INSTANCES[first]])
    foreign = first not in modules() or first in (*SETTINGS, *FIGURES)
    if foreign or rest[-1] in METRICS or re.fullmatch(_SUFFIXES + "|py", rest[-1]):
        return True
    return any(leads_somewhere(module, rest) for module in modules()[first])


@pytest.mark.parametrize("page", doc_pages.PAGES)
def test_every_name_with_a_dot_leads_somewhere(page):
    lost = [span for span in doc_pages.spans(page) if not _is_there(span)]
    assert not lost, f"{page} names {', '.join(lost)}"


WITH_PYTHON = [page for page in doc_pages.PAGES if any(block.language == "python" for block in doc_pages.blocks(page))]


@pytest.mark.parametrize("page", WITH_PYTHON)
def test_python_shown_imports_what_there_is(page):
    lost = []
    for block in doc_pages.blocks(page):
        if block.title:
            continue  # a file that a recipe makes; tests/contributing makes it
        shows = block.language == "python" or re.match(r"\s*(from|import) dance3d", block.code)
        for node in ast.walk(ast.parse(textwrap.dedent(block.code))) if shows else ():
            if isinstance(node, ast.ImportFrom):
                paths = [f"{node.module}.{name.name}" for name in node.names]
            else:
                paths = [ast.unparse(node)] if isinstance(node, ast.Attribute) else []
            ours = [path.split(".")[1:] for path in paths if path.startswith("dance3d.")]
            lost += [".".join(names) for names in ours if not leads_somewhere("dance3d", names)]
    assert not lost, f"{page} imports {', '.join(lost)}"


@pytest.mark.parametrize("page", doc_pages.PAGES)
def test_one_line_imports_are_of_what_there_is(page):
    shown = [*doc_pages.spans(page), *(block.code for block in doc_pages.blocks(page) if not block.title)]
    imports = [".".join(found) for code in shown for found in re.findall(r"from dance3d\.([\w.]+) import (\w+)", code)]
    lost = [name for name in imports if not leads_somewhere("dance3d", name.split("."))]
    assert not lost, f"{page} imports {', '.join(lost)}"


def test_every_variable_of_the_environment_is_read():
    code = "".join((ROOT / file).read_text() for file in files() if file.endswith(".py"))
    named = {name for page in doc_pages.PAGES for name in re.findall(r"\bDANCE3D_\w+", doc_pages.text(page))}
    assert {name for name in named if name not in code} == set()


def test_every_extra_is_one_of_the_packages():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    named = {name for page in doc_pages.PAGES for name in re.findall(r"\(?extra\s+`([\w-]+)`", doc_pages.text(page))}
    assert named <= set(extras)
