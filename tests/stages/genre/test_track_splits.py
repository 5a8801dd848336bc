import pytest
from genre_tracks import marked

from dance3d.stages.genre.track_splits import split_tracks


def test_an_unknown_split_is_refused():
    with pytest.raises(ValueError, match="'random' is not known"):
        split_tracks([], [], (), "random")


def test_protocols_split_the_tracks(tmp_path):
    names = [f"gBR_sBM_cAll_d{d:02d}_mBR0_ch{c:02d}" for d in range(1, 4) for c in range(1, 6)]
    names += [name.replace("BR", "PO") for name in names]
    genres = {"BR": "break", "PO": "pop"}
    lines = [{"name": n, "genre": genres[n[1:3]], "group": n[1:3] + n[15:17], "split": ""} for n in names]
    tracks = [marked(60, "", "")] * len(names)
    for split, held in (("aist_cross_dancer", 10), ("aist_cross_choreography", 6), ("leave_dancer_out", 10)):
        sides = split_tracks(lines, tracks, ["break", "pop"], split)
        assert len(sides["test"]) == held and {p.genre for p in sides["train"]} == {0, 1}, split
    with pytest.raises(ValueError, match="'DANCE_C_2' is no name of AIST"):
        split_tracks([{"name": "DANCE_C_2", "genre": "x", "group": "x"}], tracks[:1], ["x"], "aist_cross_both")
