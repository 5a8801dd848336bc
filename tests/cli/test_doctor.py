import json

from dance3d.cli import main
from dance3d.io import fetch


def test_doctor_writes_what_it_found(tmp_path):
    main(["doctor", "--json", str(tmp_path / "d.json")])
    found = {finding["name"]: finding for finding in json.loads((tmp_path / "d.json").read_text())}
    assert found["python"]["ok"] and found["torch"]["ok"] and "device" in found


def test_a_net_that_ships_and_is_damaged_is_needed(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(fetch, "SHIPPED", tmp_path)
    assert main(["doctor", "-q"]) == 3
    assert "NO  weights of movenet-thunder" in (said := capsys.readouterr().out) and "install dance3d again" in said


def test_a_store_is_named_and_one_that_cannot_be_used_says_why(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("DANCE3D_STORE", str(tmp_path / "store"))
    main(["doctor"])
    assert str(tmp_path / "store") in capsys.readouterr().out
    monkeypatch.setenv("DANCE3D_STORE", "s3://key:hunter2@bucket/x")
    main(["doctor"])
    said = capsys.readouterr().out
    assert "holds a password or a query" in said and "hunter2" not in said
