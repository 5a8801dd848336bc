"""Edits of the page in words of ``dance3d tracks``: the command line reads them back."""

import pytest

from dance3d.cli.main import parser_of
from dance3d.studio import edits


@pytest.mark.parametrize(
    ("asked", "means"),
    [
        ({"action": "swap", "first": 1, "second": 2, "at": 1.25}, {"first": 1, "second": 2, "at": 1.25}),
        ({"action": "confirm", "first": 1, "second": 2, "at": -0.5}, {"first": 1, "second": 2, "at": -0.5}),
        ({"action": "merge", "into": 1, "gone": 3}, {"into": 1, "gone": 3, "prefer": 0}),
        ({"action": "merge", "into": 1, "gone": 3, "prefer": 3}, {"into": 1, "gone": 3, "prefer": 3}),
        ({"action": "split", "person": 2, "at": 3}, {"dancer": 2, "at": 3.0}),
        ({"action": "keep", "people": [1, 3]}, {"dancers": [1, 3]}),
        ({"action": "rename", "person": 2, "name": "--help"}, {"dancer": 2, "name": "--help"}),
        ({"action": "undo"}, {}),
    ],
)
def test_the_command_line_understands_what_the_page_asks(asked, means):
    action, *rest = edits.words(asked)
    options = parser_of("tracks").parse_args([action, *edits.when(asked, action), "--", "OUT", *rest])
    assert options.action == asked["action"] and str(options.results) == "OUT"
    assert {name: getattr(options, name) for name in means} == means


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"action": "rm"},
        {"action": "swap", "first": 1, "at": 0},
        {"action": "swap", "first": 1, "second": "2", "at": 0},
        {"action": "swap", "first": 1, "second": True, "at": 0},
        {"action": "swap", "first": 1, "second": 2},
        {"action": "swap", "first": 1, "second": 2, "at": float("nan")},
        {"action": "keep", "people": []},
        {"action": "rename", "person": 1},
    ],
)
def test_what_is_no_edit_is_refused(asked):
    with pytest.raises(ValueError):
        edits.when(asked, edits.words(asked)[0])
