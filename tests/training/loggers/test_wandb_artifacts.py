"""Artifacts by which the lineage of a net is followed from stage to stage."""

import json

import pytest
from fake_wandb_run import fit, make_fake_wandb, make_toy

from dance3d.io.file_hash import hash_file
from dance3d.training.loggers.wandb_artifacts import data_set, name_of_weights, weights_file


@pytest.fixture
def fake_wandb(monkeypatch):
    return make_fake_wandb(monkeypatch)


@pytest.fixture
def films(tmp_path):
    """An entry of the cache, made with the weights of lift."""
    (tmp_path / "entry").mkdir()
    (tmp_path / "entry/index.json").write_text("[]")
    made = {"inputs": {"films": "f00"}, "weights": "abcdef0123456789", "code": "x"}
    (tmp_path / "entry/manifest.json").write_text(json.dumps({"stage": "lift", "key": "k1", "components": made}))
    return {"index": str(tmp_path / "entry/index.json"), "poses": str(tmp_path / "entry"), "batch": 4, "gone": "/none"}


def test_data_name_the_weights_that_they_were_made_with_and_weights_their_sha(fake_wandb, films, tmp_path):
    artifact, made = data_set("motion", films)
    assert (artifact.name, artifact.type, made) == ("motion-data", "dataset", {"lift": "abcdef0123456789"})
    assert artifact.metadata["made_of"]["poses"]["key"] == "k1" and artifact.metadata["settings"]["batch"] == 4
    path = tmp_path / "weights.safetensors"
    path.write_bytes(b"net")
    artifact, aliases = weights_file("lift", path, {"method": ""})
    assert artifact.metadata == {"method": "", "sha256": hash_file(path)}
    assert name_of_weights("lift", hash_file(path)) == f"lift-weights:{aliases[1]}"


def test_online_the_run_uses_its_data(tmp_path, fake_wandb, monkeypatch):
    make_toy(monkeypatch, tmp_path)
    used = []
    fake_wandb.run.offline, fake_wandb.run.use_artifact = False, used.append
    fit(tmp_path, wandb="online")
    assert [one.name for one in used] == ["toy-data"]
    assert [args[0].name for name, args, _ in fake_wandb.run.calls if name == "artifact"] == ["toy-weights"]


def test_offline_it_keeps_them(tmp_path, fake_wandb, monkeypatch):
    make_toy(monkeypatch, tmp_path)
    fit(tmp_path)
    assert [args[0].name for name, args, _ in fake_wandb.run.calls if name == "artifact"] == ["toy-data", "toy-weights"]
