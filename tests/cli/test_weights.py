from contextlib import suppress

import numpy as np
import pytest
from fake_hub import make_hub
from weights_server import RIGHT, make_row, make_server, serve

from dance3d.cli import main
from dance3d.io import fetch, kept_weights, weights


@pytest.fixture
def server():
    yield from make_server()


@pytest.fixture
def row(tmp_path, monkeypatch):
    return make_row(tmp_path, monkeypatch)


def test_the_command(server, row, capsys):
    row["mirrors"] = [serve(server, "/net.onnx", RIGHT)]
    assert main(["weights", "fetch"]) == 3 and "choose from net" in capsys.readouterr().err
    assert main(["weights", "list"]) == 0
    said = capsys.readouterr().out
    assert "lift" in said and "unclear; not fetched" in said
    assert main(["weights", "list", "--commercial"]) == 0 and "net " not in capsys.readouterr().out
    assert main(["weights", "fetch", "net"]) == 0 and "net.onnx" in capsys.readouterr().out
    assert main(["weights", "verify"]) == 0 and "sound at" in capsys.readouterr().out
    fetch.target("net").write_bytes(b"")
    assert main(["weights", "verify", "net"]) == 3 and "has 0 bytes" in capsys.readouterr().out
    assert main(["weights", "verify", "nobody"]) == 3


def trained(path, stage="lift"):
    weights.save(path, {"w": np.ones(3, np.float32)}, stage, {})
    return str(path)


def test_push_writes_the_card_and_says_how_to_name_them(tmp_path, capsys, monkeypatch):
    fake = make_hub(monkeypatch, tmp_path / "fetched")
    file, place = trained(tmp_path / "w"), "hf://lab/lifters"
    (tmp_path / "scores.json").write_text('{"mine.mpjpe": 40.5}')
    told = ["--licence", "CC-BY-4.0", "--trained-on", "our takes", "--scores", str(tmp_path / "scores.json")]
    assert main(["weights", "push", "lift", file, place, *told]) == 0
    commit, files = fake.repositories["lab/lifters"][-1]
    assert capsys.readouterr().out == f"{place}@{commit}\n"
    card = files["README.md"].decode()
    assert card.startswith("---\nlicense: cc-by-4.0\n") and "| trained on | our takes |" in card and "40.5" in card
    assert "no commercial use" in card and f"--weights lift={place}" in card
    motion = trained(tmp_path / "m", "motion")
    assert main(["weights", "push", "motion", motion, place, "--licence", "MIT", "--commercial", "-q"]) == 0
    card = fake.repositories["lab/lifters"][-1][1]["README.md"].decode()
    assert "## lift" in card and "## motion" in card and card.count("our takes") == 1


def test_what_ships_brings_its_own_row_and_the_words_of_a_card_stay(tmp_path, capsys):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "README.md").write_text("# Our lab's weights\n")
    shipped = str(weights.default("genre"))
    assert main(["weights", "push", "genre", shipped, str(tmp_path / "kept")]) == 0
    card = (tmp_path / "kept" / "README.md").read_text()
    assert card.startswith("# Our lab's weights\n") and "| licence | MIT, commercial use allowed |" in card
    assert kept_weights.shelf(str(tmp_path / "kept")).rows["genre"]["scores"] == weights.manifest()["genre"]["scores"]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ([], 2, "weights push needs --licence"),
        (["--public"], 2, "--public counts only with hf://OWNER/REPO"),
        (["--licence", "MIT", "--scores", "SCORES"], 3, "expected figures by name"),
    ],
)
def test_what_push_lacks_is_one_line(tmp_path, capsys, words, code, message):
    (tmp_path / "s.json").write_text('{"a": "b"}')
    words = [str(tmp_path / "s.json") if word == "SCORES" else word for word in words]
    with suppress(SystemExit):
        assert main(["weights", "push", "lift", trained(tmp_path / "w"), str(tmp_path / "kept"), *words]) == code
    assert message in capsys.readouterr().err and not (tmp_path / "kept").exists()


def test_a_stage_that_is_not_theirs_and_a_file_that_is_none_are_refused(tmp_path, capsys):
    assert main(["weights", "push", "motion", trained(tmp_path / "w"), str(tmp_path), "--licence", "MIT"]) == 3
    assert "holds weights of 'lift', expected 'motion'" in capsys.readouterr().err
    assert main(["weights", "push", "lift", str(tmp_path / "none"), str(tmp_path), "--licence", "MIT"]) == 3
    assert "no such file of weights" in capsys.readouterr().err
