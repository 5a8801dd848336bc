import pytest

from dance3d.benchmarks.detect.masks_alone import curve, main, table

HEAD = "step,train/loss,val/iou,val/p_mpjpe_mm,val/views.p_mpjpe_mm,val/ambiguity\n"


@pytest.fixture
def run(tmp_path):
    for number, rows in enumerate(
        ("249,,0.3,180.0,170.0,0.3\n299,0.5,,,,\n499,,0.4,150.0,140.0,0.2\n", "499,,0.45,140,130,0.1\n")
    ):
        folder = tmp_path / "logs" / f"version_{number}"
        folder.mkdir(parents=True)
        (folder / "metrics.csv").write_text(HEAD + rows)
    return tmp_path


def test_a_resumed_run_has_one_curve(run):
    first, last = curve(run)
    assert first == {"step": 250, "p_mpjpe": 180, "views.p_mpjpe": 170, "ambiguity": 0.3, "iou": 0.3}
    assert last["step"] == 500 and last["p_mpjpe"] == 140


def test_the_table_prints_what_there_is(run, capsys):
    assert main([str(run)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-1] == "| 500 |  | 140.0 |  | 130.0 | 10.0 | 0.45 |" == table(curve(run)).splitlines()[-1]


def test_footage_without_truth_has_a_curve_of_overlaps(tmp_path):
    folder = tmp_path / "logs" / "version_0"
    folder.mkdir(parents=True)
    (folder / "metrics.csv").write_text("step,val/iou\n9,0.5\n")
    assert curve(tmp_path) == [{"step": 10, "iou": 0.5}]


def test_a_folder_that_is_no_run_is_told(tmp_path, capsys):
    assert main([str(tmp_path)]) == 2 and "no validation in its logs" in capsys.readouterr().err
    assert main([]) == 2 and "usage" in capsys.readouterr().err
