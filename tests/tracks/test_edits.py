import pytest
from edited_tracks import make_three

from dance3d.tracks.edits import Edit, Sheet, apply, read_sheet


@pytest.fixture(scope="module")
def three():
    return make_three()


def test_edits_are_applied_in_order_and_say_which_does_not_fit(three):
    edits = [Edit("split", {"person": 1, "frame": 40, "new": 4}), Edit("keep", {"persons": [1, 4]})]
    assert [t.person for t in apply(three, edits)] == [1, 4]
    with pytest.raises(ValueError, match=r"edit 3 of 3 \(rename\): there is no dancer 2; there are: 1, 4"):
        apply(three, [*edits, Edit("rename", {"person": 2, "name": "Bo"})])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "Expecting"),
        ("[" * 100_000, "recursion"),
        ("[1]", "schema"),
        ('{"schema": "dance3d.tracks/1", "edits": {}}', "not a list of edits"),
        (
            '{"schema": "dance3d.tracks/1", "edits": [{"edit": "melt"}]}',
            "'melt' is not known; choose from swap",
        ),
        (
            '{"schema": "dance3d.tracks/1", "edits": [{"edit": "keep", "persons": ["1"]}]}',
            "expected persons",
        ),
        (
            '{"schema": "dance3d.tracks/1", "edits": [{"edit": "swap", "first": 1, "second": true}]}',
            "expected first",
        ),
    ],
)
def test_a_broken_list_of_edits_is_refused_with_what_is_wrong(tmp_path, text, message):
    (tmp_path / "tracks.json").write_text(text)
    with pytest.raises(ValueError, match=f"{message}.*--fresh-tracks"):
        read_sheet(tmp_path)


def test_the_list_of_edits_is_read_as_written(tmp_path):
    edits = (Edit("merge", {"into": 1, "gone": 2}), Edit("rename", {"person": 1, "name": 'Zoë "Z" \\ </script>'}))
    for sheet in (Sheet("a", "b", edits), Sheet("a", "b")):
        (tmp_path / "tracks.json").write_text(sheet.text(), encoding="utf-8")
        assert read_sheet(tmp_path) == sheet
    assert "2 is part of 1" in Sheet("a", "b", edits).text()
