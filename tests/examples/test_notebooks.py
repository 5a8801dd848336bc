"""The notebooks run from their first cell to their last, without a network, and are kept without outputs."""

import ast
import os
from pathlib import Path

import pytest
from doc_pages import leads_somewhere

nbclient = pytest.importorskip("nbclient", reason="make setup installs what runs notebooks")
nbformat = pytest.importorskip("nbformat")

FOLDER = Path(__file__).parents[2] / "examples"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
QUICK = ("own_keypoints",)
"""Those that CI executes; the others take a minute and more."""
PARAMETERS = [
    pytest.param(path, id=path.stem, marks=() if path.stem in QUICK else pytest.mark.slow) for path in NOTEBOOKS
]


def test_there_are_three_and_one_of_them_is_quick():
    assert {path.stem for path in NOTEBOOKS} == {"own_video", "own_keypoints", "train_a_stage"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_they_are_kept_without_outputs(path):
    book = nbformat.read(path, 4)
    nbformat.validate(book)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert [cell.id for cell in code if cell.outputs or cell.execution_count is not None] == []
    assert set(book.metadata) == {"kernelspec", "language_info"} and not any(cell.metadata for cell in book.cells)
    assert book.metadata.kernelspec.name == "python3"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_they_import_is_there(path):
    cells = [cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    nodes = [node for cell in cells for node in ast.walk(ast.parse(cell)) if isinstance(node, ast.ImportFrom)]
    names = [f"{node.module}.{name.name}" for node in nodes for name in node.names]
    ours = [name.split(".")[1:] for name in names if name.startswith("dance3d.")]
    assert [".".join(name) for name in ours if not leads_somewhere("dance3d", name)] == []


@pytest.mark.parametrize("path", PARAMETERS)
def test_they_run(path, tmp_path, monkeypatch):
    monkeypatch.setenv("DANCE3D_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(FOLDER.parent), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setenv("WANDB_MODE", "offline")
    book = nbformat.read(path, 4)
    client = nbclient.NotebookClient(
        book, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    assert any(cell.get("outputs") for cell in book.cells)
