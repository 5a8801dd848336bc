"""Command lines of the trainings, read without training."""

import json

from dance3d.training import learner
from dance3d.training.stage_cli import StageCLI

MADE = {
    "keypoints": {"crops": ["made-crops", "made-invented"]},
    "detect": {"crops": "made-crops", "invented": "made-invented"},
    "motion": {"index": "made-index", "poses": "made-poses", "truth": "made-truth", "keypoints": "made-keypoints"},
    "genre": {"index": "made-index", "poses": "made-poses", "movements": "made-movements"},
}


def make_parsed(monkeypatch, tmp_path):
    """The settings of each command line, with nothing trained; and which folders were asked for, tiny or not."""
    settings, made = [], []

    def inputs(self, stage):
        made.append((stage, self.tiny))
        return {}, MADE[stage]

    monkeypatch.setenv("DANCE3D_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(learner.Learner, "inputs", inputs)
    monkeypatch.setattr(StageCLI, "instantiate_classes", lambda self: None)
    monkeypatch.setattr(StageCLI, "_run_subcommand", lambda self, word: settings.append(self.config[word].data))
    monkeypatch.chdir(tmp_path)
    return settings, made


def yaml_file(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))  # every JSON is YAML
    return str(path)
