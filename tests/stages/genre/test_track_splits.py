import pytest
from genre_tracks import marked

from dance3d.contracts import NONE
from dance3d.stages.genre.track_splits import CROSS_FITTED, split_tracks


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


def test_cross_fitting_trains_on_all_but_what_is_held_out_and_keeps_strangers_for_testing():
    rows = [("a0", "x", "a", ""), ("b0", "x", "b", ""), ("c0", "x", "c", "test")]
    rows += [(f"d{number}", "y", "d", "test") for number in range(4)] + [("free", "", "free", "train")]
    rows += [(f"{name}0", NONE, name, "") for name in ("p", "q", "r")] + [("e0", "z", "e", "train")]
    lines = [dict(zip(("name", "genre", "group", "split"), row, strict=True)) for row in rows]
    tracks = [marked(100, *row[:2]) for row in rows]
    name = {id(track): row[0] for track, row in zip(tracks, rows, strict=True)}
    found = split_tracks(lines, tracks, ["x", "y", "z"], CROSS_FITTED)
    assert sorted(name[id(piece.features)] for piece in found["test"]) == ["c0", "d2", "p0", "r0"]
    fold = {(name[id(piece.features)], piece.span): piece.fold for piece in found["train"]}
    assert fold["a0", (0, 100)] != fold["b0", (0, 100)], "another dancer, another fold"
    assert len({fold[f"d{number}", (0, 100)] for number in (0, 1, 3)}) == 3, "another take, another fold"
    blocks = sorted(span for take, span in fold if take == "e0")
    assert blocks[0][0] == 0 and blocks[-1][1] == 100 and len(blocks) == 3, "a single take is cut into blocks of time"
    assert {piece.genre for piece in found["train"] if piece.group == "q"} == {3}, "no class"
    assert found["val"] == found["train"]
