"""The stages, in order of data flow: a table, so that ``--help`` and a typo never import torch.

Import paths are strings, resolved late. ``settings`` is the class of what a stage reads at inference time; a pipeline
YAML or the command line may change their values, which are part of the output's cache key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dance3d.late import resolve as resolve  # beside the table whose paths it takes
from dance3d.stages.detect.settings import DetectSettings
from dance3d.stages.genre.settings import GenreSettings
from dance3d.stages.keypoints.settings import KeypointSettings
from dance3d.stages.lift.settings import LiftSettings
from dance3d.stages.motion.settings import MotionSettings
from dance3d.stages.settings import Settings


@dataclass(frozen=True)
class Stage:
    """One row of the table.

    Attributes:
        name: of the stage.
        needs: what it reads: ``video`` or names of earlier stages.
        makes: name of the artefact class it makes, one per dancer.
        version: raised when the meaning of the output changes while its code does not tell.
        predict: ``module:function`` taking (inputs, settings, weights), giving a list of artefacts.
        settings: class of its inference settings.
        libraries: packages whose version the output depends on.
        module: ``module:class`` of the LightningModule, empty where nothing is trained.
        data: ``module:class`` of the LightningDataModule.
        trains_on: ``module:function`` that makes what it trains on, of a ``training.inputs.TrainingSource``.
        folders: arguments of its DataModule that ``trains_on`` gives and that have no default of their own.
        methods: other ways to train it by name: the two classes of each.
        weights: shipped weights that a value of the setting ``method`` asks for, in place of the stage's own.
        weighed: settings with which alone it reads weights of its own, such as ``backend: own``; with all if empty.
        unweighed: settings with any of which it reads none, such as ``method: seeds``.
        onnx: ``module:function`` that writes weights (path) as an ONNX file (path).
        bench: ``module:function`` giving the figures of ``dance3d bench``, at once or piece by piece.
        trials: ``module:function`` giving those that need a budget of seconds.
    """

    name: str
    needs: tuple[str, ...]
    makes: str
    version: int
    predict: str
    settings: type[Settings] = Settings
    libraries: tuple[str, ...] = ()
    module: str = ""
    data: str = ""
    trains_on: str = ""
    folders: tuple[str, ...] = ()
    methods: dict[str, tuple[str, str]] = field(default_factory=dict)
    weights: dict[str, str] = field(default_factory=dict)
    weighed: dict[str, Any] = field(default_factory=dict)
    unweighed: dict[str, Any] = field(default_factory=dict)
    onnx: str = ""
    bench: str = ""
    trials: str = ""

    def classes(self, method: str = "") -> tuple[str, str]:
        """``module:class`` of the LightningModule and of the LightningDataModule that train it by a method.

        Raises:
            ValueError: no such method.
        """
        if method and method not in self.methods:
            known = ", ".join(self.methods) or "none"
            raise ValueError(f"method {method!r} of stage {self.name} is not known; choose from {known}")
        return self.methods.get(method, (self.module, self.data))

    def shipped(self, settings: Settings) -> str:
        """Name of the shipped weights that such settings run with."""
        return self.weights.get(getattr(settings, "method", ""), self.name)

    def reads_weights(self, settings: Settings) -> bool:
        """Whether it reads trained weights with such settings: not where another model does the work."""
        asked = all(getattr(settings, name) == value for name, value in self.weighed.items())
        other = any(getattr(settings, name) == value for name, value in self.unweighed.items())
        return bool(self.module) and asked and not other and not getattr(settings, "model", None)


_AT = "dance3d.stages"
STAGES: dict[str, Stage] = {
    stage.name: stage
    for stage in (
        Stage(
            name="keypoints",
            needs=("video",),
            makes="Keypoints2D",
            version=1,
            predict=f"{_AT}.keypoints.predict:predict",
            libraries=(
                *("av", "mediapipe", "opencv-python", "numpy", "scipy"),
                *("torch", "torchvision", "onnxruntime", "onnxruntime-gpu"),
            ),
            settings=KeypointSettings,
            module=f"{_AT}.keypoints.module:KeypointModule",
            data=f"{_AT}.keypoints.data:KeypointData",
            trains_on="dance3d.training.inputs:mixed_crops",
            folders=("crops",),
            weighed={"backend": "own"},
            onnx=f"{_AT}.keypoints.export:export_onnx",
            bench=f"{_AT}.keypoints.bench:bench",
        ),
        Stage(
            name="lift",
            needs=("keypoints",),
            makes="Pose3D",
            version=1,
            predict=f"{_AT}.lift.predict:predict",
            libraries=("torch", "numpy", "scipy"),
            settings=LiftSettings,
            module=f"{_AT}.lift.module:LiftModule",
            data=f"{_AT}.lift.data:LiftData",
            trains_on="dance3d.training.inputs:motion",
            methods={
                "semi": (f"{_AT}.lift.few.semi:SemiModule", f"{_AT}.lift.few.semi_data:SemiData"),
                "unsupervised": (
                    f"{_AT}.lift.few.unlabelled:UnlabelledModule",
                    f"{_AT}.lift.few.unlabelled:UnlabelledData",
                ),
            },
            weights={"unsupervised": "lift-unsupervised"},
            unweighed={"method": "seeds"},
            bench=f"{_AT}.lift.bench:bench",
            trials=f"{_AT}.lift.trials:trials",
        ),
        Stage(
            name="detect",
            needs=("video",),
            makes="Pose3D",
            version=1,
            predict=f"{_AT}.detect.predict:predict",
            libraries=("av", "mediapipe", "torch", "opencv-python", "numpy", "scipy"),
            settings=DetectSettings,
            module=f"{_AT}.detect.module:DetectModule",
            data=f"{_AT}.detect.data:DetectData",
            trains_on="dance3d.training.inputs:crops",
            folders=("crops", "invented"),
            bench=f"{_AT}.detect.bench:bench",
            trials=f"{_AT}.detect.trials:trials",
        ),
        Stage(
            name="motion",
            needs=("lift",),
            makes="Movements",
            version=1,
            predict=f"{_AT}.motion.predict:predict",
            libraries=("torch", "numpy", "scipy"),
            settings=MotionSettings,
            module=f"{_AT}.motion.module:MotionModule",
            data=f"{_AT}.motion.data:MotionData",
            trains_on="dance3d.training.inputs:poses",
            folders=("index", "poses", "truth", "keypoints"),
            methods=dict.fromkeys(
                ("paper", "2d"), (f"{_AT}.motion.module:MotionModule", f"{_AT}.motion.data:MotionData")
            ),
            bench=f"{_AT}.motion.bench:bench",
            trials=f"{_AT}.motion.trials:trials",
        ),
        Stage(
            name="genre",
            needs=("motion", "lift"),
            makes="Genre",
            version=1,
            predict=f"{_AT}.genre.predict:predict",
            libraries=("torch", "numpy"),
            settings=GenreSettings,
            module=f"{_AT}.genre.module:GenreModule",
            data=f"{_AT}.genre.data:GenreData",
            trains_on="dance3d.training.inputs:movements",
            folders=("index", "poses", "movements"),
            bench=f"{_AT}.genre.bench:bench",
        ),
    )
}

POSES = {"lift": ("keypoints", "lift"), "detect": ("detect",)}
"""The ways from a video to poses: what runs, in order, by the stage that makes them."""
DEFAULT_POSES = "lift"
"""The stage that makes poses where nobody says which."""
TRAINABLE = tuple(name for name, stage in STAGES.items() if stage.module)
PLAIN = tuple(name for name, stage in STAGES.items() if stage.reads_weights(stage.settings()))
"""Those whose own weights are read where nobody changes a setting."""


def get(name: str) -> Stage:
    """The row of a stage.

    Raises:
        ValueError: no such stage.
    """
    if name not in STAGES:
        raise ValueError(f"stage {name!r} is not known; choose from {', '.join(STAGES)}")
    return STAGES[name]


def route(pose_from: str = DEFAULT_POSES) -> tuple[str, ...]:
    """The stages between a video and its genre, in order, with the poses made by one of ``POSES``.

    Raises:
        ValueError: no way to make poses.
    """
    if pose_from not in POSES:
        raise ValueError(f"poses cannot come from {pose_from!r}; choose from {', '.join(POSES)}")
    others = {name for way in POSES.values() for name in way}
    return (*POSES[pose_from], *(name for name in STAGES if name not in others))
