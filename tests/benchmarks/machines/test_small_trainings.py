"""Configs are the YAML files that ship; what they learn from is in ``tests/machines``."""

from dance3d.benchmarks.machines.small_trainings import SMALL_TRAININGS
from dance3d.training.fit import CONFIGS


def test_every_yaml_file_that_trains_is_a_config():
    files = {path.stem for path in CONFIGS.glob("*.yaml")} - {
        "base",
        "pipeline",
        "lift_further",
    }  # the last is laid over others
    assert set(SMALL_TRAININGS) == files


def test_words_of_a_config_name_its_files_in_order_and_its_own_settings_last(tmp_path):
    words = SMALL_TRAININGS["motion_paper"].words("fit", tmp_path / "data", tmp_path / "run", data__batch=9)
    files = [word for word in words if word.endswith(".yaml")]
    assert [file.rpartition("/")[2] for file in files] == ["base.yaml", "motion.yaml", "motion_paper.yaml"]
    assert words[0] == "fit" and "--data.batch=9" in words and f"--data.truth={tmp_path / 'data/films/truth'}" in words
