import pytest

from dance3d.stages.genre.settings import GenreSettings


def test_five_pieces_of_evidence_unless_asked_otherwise():
    assert GenreSettings().evidence == 5 and GenreSettings(evidence=0).evidence == 0
    with pytest.raises(ValueError, match=r"genre\.evidence is -1, expected at least 0"):
        GenreSettings(evidence=-1)
