import sys

import pytest

from dance3d.training.cli_arguments import as_list, method_of, program_name_only


def test_the_method_is_the_command_lines_or_the_last_yaml_files(tmp_path):
    for name, text in (("a", "method: semi\n"), ("b", "method: unsupervised\n"), ("c", "data: {}\n"), ("d", ": [")):
        (tmp_path / f"{name}.yaml").write_text(text)
    a, b, c, d = (str(tmp_path / f"{name}.yaml") for name in "abcd")
    assert method_of(["fit"]) == "" and method_of(["fit", "-c", a]) == "semi"
    assert method_of(["fit", "-c", a, "--config", b, "-c", c]) == "unsupervised"
    with pytest.raises(ValueError, match=r"d\.yaml cannot be read as YAML"):
        method_of(["fit", "-c", d])
    assert method_of(["fit", "-c", a, "--method", ""]) == "" and method_of(["fit", f"--config={b}"]) == "unsupervised"


@pytest.mark.parametrize(("given", "made"), [(None, []), (True, []), ("a", ["a"]), (("a", "b"), ["a", "b"]), ([], [])])
def test_one_thing_or_several_are_a_list(given, made):
    assert as_list(given) == made


def test_the_command_line_comes_back(monkeypatch):
    words = ["dance3d", "lift", "fit"]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(KeyError), program_name_only():
        assert sys.argv == ["dance3d"]
        raise KeyError
    assert sys.argv is words


def test_a_recipe_among_the_yaml_files_is_told(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("train: {lift: {}}")
    with pytest.raises(
        ValueError, match=r"mine\.yaml is a recipe of whole stages: dance3d train --recipe .*mine\.yaml"
    ):
        method_of(["fit", "-c", str(path)])
