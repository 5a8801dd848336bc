from pathlib import Path

import pytest

from dance3d.io.paths import data_root, followed, weights_root


def test_the_environment_says_where_data_and_weights_lie(monkeypatch, tmp_path):
    monkeypatch.setenv("DANCE3D_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DANCE3D_WEIGHTS", str(tmp_path / "nets"))
    assert data_root() == tmp_path / "data" and weights_root() == tmp_path / "nets"


def test_else_data_lie_beside_the_checkout_and_weights_in_the_users_cache(monkeypatch, tmp_path):
    for name in ("DANCE3D_DATA", "DANCE3D_WEIGHTS", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    checkout = Path(__file__).parents[2]
    assert data_root() == checkout.parent / "shared" / "data"
    assert weights_root() == Path.home() / ".cache" / "dance3d" / "weights"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert weights_root() == tmp_path / "dance3d" / "weights"


def test_without_a_home_folder_it_is_said_where_weights_could_lie(monkeypatch):
    for name in ("DANCE3D_WEIGHTS", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    with pytest.raises(ValueError, match="no home folder; DANCE3D_WEIGHTS says"):
        weights_root()


def no_home():
    """As it is for users without an entry, in containers and under cron."""
    raise RuntimeError("Could not determine home directory.")


def test_a_name_is_followed_to_a_folder_beside_it_and_nowhere_else(tmp_path):
    (tmp_path / "run").mkdir()
    for content, leads in (
        ("run\n", "run"),
        ("../run", "latest"),
        ("", "latest"),
        ("gone", "latest"),
        ("\xff", "latest"),
    ):
        (tmp_path / "latest").write_text(content)
        assert followed(tmp_path / "latest") == tmp_path / leads
    assert followed(tmp_path / "none") == tmp_path / "none"
