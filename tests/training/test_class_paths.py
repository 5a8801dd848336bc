"""What an error of the parser says; that nothing foreign is imported is in tests/promises."""

from dance3d.training import class_paths


def test_a_name_that_is_refused_is_said_with_what_may_be_named():
    said = class_paths.refusal("Parser: Importing 'os.system' is not allowed, denied by the '*' entry")
    assert said.startswith("'os.system' is not imported: ") and "--trust" in said
    assert not class_paths.refusal("Expected a number")
