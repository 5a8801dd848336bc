import pytest

from dance3d.cli import main
from dance3d.cli.main import parser_of
from dance3d.cli.run_settings import run_settings
from dance3d.pipeline.exit_codes import REFUSED, USAGE
from dance3d.pipeline.run import run


def last_line(capsys) -> str:
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def test_a_setting_that_does_not_exist_is_named(tmp_path, capsys):
    (tmp_path / "empty.mp4").write_bytes(b"")
    assert main(["run", str(tmp_path / "empty.mp4"), "--set", "lift.hight=1.7"]) == REFUSED
    assert "no setting 'hight'" in last_line(capsys)
    assert main(["run", str(tmp_path / "empty.mp4"), "--set", "hight=1.7"]) == REFUSED
    assert "expected STAGE.NAME=VALUE" in last_line(capsys)


def test_the_pipelines_yaml_may_say_where_poses_come_from(tmp_path):
    def read(*words):
        return run_settings(parser_of("run").parse_args(["v.mp4", *words]))

    (tmp_path / "p.yaml").write_text("pose_from: detect\ndetect: {smooth: false}\n")
    given = ("-c", str(tmp_path / "p.yaml"))
    assert read() == ({}, "lift") and read(*given) == ({"detect": {"smooth": False}}, "detect")
    assert read(*given, "--pose-from", "lift")[1] == "lift" and read("--until", "detect")[1] == "detect"
    tall = read("--height", "1.7", "--pose-from", "detect")[0]
    assert tall == {"lift": {"height": 1.7}, "detect": {"height": 1.7}}
    with pytest.raises(ValueError, match="detect reads pictures, not files of keypoints"):
        read("--keypoints", "--pose-from", "detect")
    with pytest.raises(ValueError, match="poses cannot come from 'stars'; choose from lift, detect"):
        run("v.mp4", pose_from="stars")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("a: [1", "cannot be read as YAML: line 1, column 6: expected"),
        ("\xff", "cannot be read as YAML: 'utf-8' codec"),
        ("when: 2020-13-45", "cannot be read as YAML: month must be"),
        ("", "expected settings per stage"),
        ("pose_from: [lift]", "pose_from is ['lift']; choose from lift, detect"),
        ("pose_from: 5", "pose_from is 5; choose from lift, detect"),
    ],
)
def test_a_yaml_that_cannot_be_used_is_named(tmp_path, capsys, content, says):
    path = tmp_path / "mine.yaml"
    path.write_bytes(content.encode("latin-1"))
    assert main(["run", "v.mp4", "-c", str(path)]) == REFUSED
    line = last_line(capsys)
    assert f"{path}: {says}" in line or f"{path} {says}" in line


@pytest.mark.parametrize("value", ["{", "*a", "!!python/object:os.x", "2020-13-45"])
def test_a_value_that_is_no_yaml_is_named(capsys, value):
    assert main(["run", "v.mp4", "--set", f"lift.height={value}"]) == REFUSED
    assert f"--set lift.height={value} cannot be read as YAML" in last_line(capsys)


def test_text_stays_as_it_is_typed_where_a_setting_is_text():
    words = ("keypoints.backend=file", "keypoints.take=05_01", "motion.types=2020-01-01", "lift.height=1.70")
    settings, _ = run_settings(parser_of("run").parse_args(["v.mp4", "--set", *words, "keypoints.format=null"]))
    assert settings["keypoints"] == {"backend": "file", "take": "05_01", "format": None}, "321 to YAML"
    assert settings["motion"] == {"types": "2020-01-01"} and settings["lift"] == {"height": 1.7}


def test_weights_that_are_not_there_are_named_before_anything_runs(tmp_path, capsys):
    missing = tmp_path / "none.safetensors"
    assert main(["run", str(tmp_path / "v.mp4"), "--weights", f"lift={missing}"]) == REFUSED
    assert f"weights of lift: no such file {missing}" in last_line(capsys)
    assert main(["train", "motion", "--weights", f"lift={missing}", "--cache", str(tmp_path / "cache")]) == REFUSED
    assert f"weights of lift: no such file {missing}" in last_line(capsys)


def test_people_and_quality_are_settings_of_keypoints(capsys):
    def read(*words):
        return run_settings(parser_of("run").parse_args(["v.mp4", *words]))[0]

    assert read("--people", "2", "--quality", "best") == {"keypoints": {"people": 2, "quality": "best"}}
    with pytest.raises(SystemExit):
        main(["run", "v.mp4", "--people", "2", "--pose-from", "detect"])
    assert "--people 2 counts only where dancers are told apart" in last_line(capsys)
    assert main(["run", "k.json", "--keypoints", "--quality", "best"]) == USAGE
    assert "keypoints.quality counts only" in last_line(capsys)
    assert main(["run", "v.mp4", "--people", "few"]) == REFUSED
    assert "people" in last_line(capsys)
