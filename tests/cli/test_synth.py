from dance3d import cli
from dance3d.datasets.crop_folder import Crops


def test_the_command_writes_crops(tmp_path, capsys):
    assert cli.main(["synth", "--crops", "3", "--crop-size", "16", "-o", str(tmp_path / "out")]) == 0
    assert len(Crops(tmp_path / "out")) == 3 and capsys.readouterr().out.strip() == str(tmp_path / "out")
