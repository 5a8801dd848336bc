"""``dance3d settings``, and options of ``run`` whose help comes from the settings."""

import pytest
import yaml

from dance3d.cli.main import main, parser_of
from dance3d.registry import STAGES
from dance3d.stages.lift.settings import LiftSettings


def test_every_setting_is_listed_with_its_default(capsys):
    assert main(["settings"]) == 0
    shown = capsys.readouterr().out
    for name, stage in STAGES.items():
        assert all(f"  {name}.{setting}=" in shown for setting in stage.settings.names())
    assert "lift.height=null\n      Height of the dancer" in shown and "0.5 to 2.5" in shown and "bytetrack" in shown


def test_one_stage_and_a_yaml_to_edit(capsys):
    assert main(["settings", "lift", "--as", "yaml"]) == 0
    assert yaml.safe_load(capsys.readouterr().out) == {"lift": LiftSettings().plain()}


def test_a_stage_that_is_not_known_is_named(capsys):
    assert main(["settings", "lifts"]) == 3
    assert "stage 'lifts' is not known; choose from keypoints, lift" in capsys.readouterr().err


@pytest.mark.parametrize("said", ["height of the dancer", "0.5 to 2.5", "many seeds", "tcn if not given"])
def test_the_help_of_run_tells_what_settings_mean(said):
    assert said in " ".join(parser_of("run").format_help().split())
