from pathlib import Path

import pytest

from dance3d.cli import export as command
from dance3d.cli import main
from dance3d.io import weights
from dance3d.pipeline import export_run
from dance3d.pipeline.exit_codes import REFUSED


def test_tables_are_written_again_in_the_formats_asked_for(monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(export_run, "export_again", lambda *given: asked.append(given) or [given[0] / "pose3d.json"])
    assert main(["export", "out", "--to", "json, csv", "--names", "cmu"]) == 0 and main(["export", "out"]) == 0
    assert asked == [(Path("out"), ["json", "csv"], "cmu"), (Path("out"), ("csv", "bvh"), None)]
    assert capsys.readouterr().out == "out/pose3d.json\n" * 2


def test_a_net_is_written_from_given_weights_or_from_those_that_ship(monkeypatch, capsys):
    written = []
    monkeypatch.setattr(command, "resolve", lambda path: lambda *given: written.append((path, *given)))
    monkeypatch.setattr(weights, "default", lambda stage: Path(f"{stage}.safetensors"))
    assert main(["export", "net.onnx", "--onnx", "keypoints"]) == 0
    assert main(["export", "net.onnx", "--onnx", "keypoints", "--weights", "keypoints=mine"]) == 0
    writer = "dance3d.stages.keypoints.export:export_onnx"
    assert written == [
        (writer, Path("keypoints.safetensors"), Path("net.onnx")),
        (writer, Path("mine"), Path("net.onnx")),
    ]
    assert capsys.readouterr().out == "net.onnx\n" * 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--to", "fbx"],
            "format 'fbx' is not known; choose from csv, parquet, bvh, glb, usd",
        ),
        ([], "holds no results"),
    ],
)
def test_a_format_or_a_folder_that_is_none_is_one_line(tmp_path, capsys, words, message):
    assert main(["export", str(tmp_path), *words]) == REFUSED
    assert message in capsys.readouterr().err
