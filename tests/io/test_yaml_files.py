import pytest

from dance3d.io import yaml_files
from dance3d.io.yaml_files import parse_yaml, read_yaml


def test_yaml_and_json_are_read_as_data_or_as_written(tmp_path):
    (tmp_path / "a.yaml").write_text("name: 05_01\nsome: [1, ä]\n", encoding="utf-8")
    assert read_yaml(tmp_path / "a.yaml") == {"name": 321, "some": [1, "ä"]}
    assert read_yaml(tmp_path / "a.yaml", texts=True) == {"name": "05_01", "some": ["1", "ä"]}
    (tmp_path / "b.json").write_text('{"x": null}')
    (tmp_path / "empty.yaml").write_text("")
    assert read_yaml(tmp_path / "b.json") == {"x": None} and read_yaml(tmp_path / "empty.yaml") is None


@pytest.mark.parametrize(
    "content", [b"a: [", b"\xff\xfe\xfa", b"!!python/object/apply:os.system ['true']", b"[" * 3000, b"d: 2020-99-99"]
)
def test_what_cannot_be_read_is_named_and_runs_no_code(tmp_path, content):
    (tmp_path / "a.yaml").write_bytes(content)
    for path in (tmp_path / "a.yaml", tmp_path / "missing.yaml"):
        with pytest.raises(ValueError, match=f"{path.name} cannot be read as YAML"):
            read_yaml(path)


def test_a_fault_is_told_with_its_place_on_one_line():
    with pytest.raises(
        ValueError, match=r"a\.yaml cannot be read as YAML: line 2, column 2: expected .* got ':' while"
    ):
        parse_yaml("a: [1\nb: {", "a.yaml")


BOMB = "x0: &x0 [1,1,1,1,1,1,1,1,1,1]\n"
BOMB += "".join(f"x{i}: &x{i} [{','.join([f'*x{i - 1}'] * 10)}]\n" for i in range(1, 12))
MERGED = "x0: &x0 {a: 1}\n"
MERGED += "".join(f"x{i}: &x{i}\n  <<: [{','.join([f'*x{i - 1}'] * 10)}]\n" for i in range(1, 12))


@pytest.mark.parametrize("text", [BOMB, MERGED, "a: &a [*a]", "a: &a {b: *a}", "a: &a\n  <<: *a\n"])
def test_anchors_that_stand_for_too_much_are_refused_at_once(text):
    with pytest.raises(
        ValueError, match=r"a\.yaml cannot be read as YAML: (its anchors stand for too|an anchor holds)"
    ):
        parse_yaml(text, "a.yaml")


def test_anchors_of_settings_are_read_and_long_plain_lists_too(tmp_path, monkeypatch):
    assert parse_yaml("a: &a {b: 1}\nc: *a\nd:\n  <<: *a\n", "a.yaml")["d"] == {"b": 1}
    monkeypatch.setattr(yaml_files, "_COPIES", 10)
    assert len(parse_yaml("[" + "1," * 1000 + "]", "a.yaml")) == 1000
    (tmp_path / "a.yaml").write_text("a: 1234")
    monkeypatch.setattr(yaml_files, "LARGEST", 6)
    with pytest.raises(ValueError, match=r"a\.yaml cannot be read as YAML: larger than 6 bytes"):
        read_yaml(tmp_path / "a.yaml")


@pytest.mark.parametrize(
    "text", ["a: \0", "a: \x0e", "!!int ''", "!!float x", "!!timestamp x", "2020-13-45", "? [a]\n: 1", "!!binary é"]
)
def test_letters_and_tags_that_yaml_cannot_take_are_one_error(tmp_path, text):
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"a\.yaml cannot be read as YAML: "):
        read_yaml(tmp_path / "a.yaml")
