"""The table of stages, in the order of data flow. ``--help`` and a wrong stage name never import torch.

Import paths are strings that are resolved late. ``settings`` is the class of what a stage reads at inference time; a
pipeline YAML or the command line may change its values, which are part of the output's cache key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dance3d.lazy_import import resolve
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
        needs: inputs: ``video`` or names of earlier stages.
        makes: name of the artefact class it returns, one per dancer.
        version: raise it when the meaning of the output changes although the code that is hashed does not.
        predict: ``module:function`` that takes (inputs, settings, weights) and returns a list of artefacts.
        settings: class of its inference settings.
        libraries: packages whose versions the output depends on.
        module: ``module:class`` of the LightningModule; empty where nothing is trained.
        data: ``module:class`` of the LightningDataModule.
        trains_on: ``module:function`` that prepares its training data, given a ``training.inputs.TrainingSource``.
        folders: arguments of its DataModule that ``trains_on`` provides and that have no default.
        methods: other training methods by name, with the two classes of each.
        methods_train_on: as ``trains_on``, of the methods that learn from something else.
        learns_from: shipped weights whose answers a training method learns from, by its name.
        weights: shipped weights by value of the setting ``method``, where they are not the stage's own.
        fetched: ``module:function`` giving the sha256 by name of the weights beside its own that settings ask for.
        reads_own_with: settings with which it reads its own weights, such as ``backend: own``; empty: with all.
        reads_none_with: settings with which it reads no weights, such as ``method: seeds``.
        calibrates: ``module:function`` that writes weights with the calibration of cross-fitting, given (weights, those
            of the folds, arguments of its DataModule, file to write).
        head: ``module:function`` that fits a layer to a user's few labelled examples: (folders of the DataModule,
            shipped weights, file to write) to scores, as ``training.heads`` keeps them.
        onnx: ``module:function`` that writes weights (path) as an ONNX file (path).
        bench: ``module:function`` that returns the figures of ``dance3d bench``, at once or one group at a time.
        trials: ``module:function`` that returns the figures that need a training budget in seconds.
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
    methods_train_on: dict[str, str] = field(default_factory=dict)
    learns_from: dict[str, str] = field(default_factory=dict)
    weights: dict[str, str] = field(default_factory=dict)
    fetched: str = ""
    reads_own_with: dict[str, Any] = field(default_factory=dict)
    reads_none_with: dict[str, Any] = field(default_factory=dict)
    calibrates: str = ""
    head: str = ""
    onnx: str = ""
    bench: str = ""
    trials: str = ""

    def classes(self, method: str = "") -> tuple[str, str]:
        """``module:class`` of the LightningModule and of the LightningDataModule of a training method.

        Raises:
            ValueError: no such method.
        """
        if method and method not in self.methods:
            known = ", ".join(self.methods) or "none"
            raise ValueError(f"method {method!r} of stage {self.name} is not known; choose from {known}")
        return self.methods.get(method, (self.module, self.data))

    def shipped(self, settings: Settings) -> str:
        """Name of the shipped weights that these settings use."""
        return self.weights.get(getattr(settings, "method", ""), self.name)

    def fetched_weights(self, settings: Settings) -> dict[str, str]:
        """Sha256 by name of the weights beside its own that it runs with."""
        found: dict[str, str] = resolve(self.fetched)(settings) if self.fetched else {}
        return found

    def reads_weights(self, settings: Settings) -> bool:
        """Whether it reads trained weights with these settings; it does not where another model does the work."""
        asked = all(getattr(settings, name) == value for name, value in self.reads_own_with.items())
        other = any(getattr(settings, name) == value for name, value in self.reads_none_with.items())
        return bool(self.module) and asked and not other and not getattr(settings, "model", None)


STAGES: dict[str, Stage] = {
    stage.name: stage
    for stage in (
        Stage(
            name="keypoints",
            needs=("video",),
            makes="Keypoints2D",
            version=1,
            predict="dance3d.stages.keypoints.predict:predict",
            libraries=(
                *("av", "mediapipe", "opencv-python", "numpy", "scipy"),
                *("torch", "torchvision", "onnxruntime", "onnxruntime-gpu"),
            ),
            settings=KeypointSettings,
            module="dance3d.stages.keypoints.module:KeypointModule",
            data="dance3d.stages.keypoints.data:KeypointData",
            trains_on="dance3d.training.inputs:mixed_crops",
            folders=("crops",),
            fetched="dance3d.stages.keypoints.detectors.requirements:fetched_weights",
            reads_own_with={"backend": "own"},
            onnx="dance3d.stages.keypoints.export:export_onnx",
            bench="dance3d.benchmarks.keypoints.scores:bench",
        ),
        Stage(
            name="lift",
            needs=("keypoints",),
            makes="Pose3D",
            version=2,
            predict="dance3d.stages.lift.predict:predict",
            libraries=("torch", "numpy", "scipy"),
            settings=LiftSettings,
            module="dance3d.stages.lift.module:LiftModule",
            data="dance3d.stages.lift.data:LiftData",
            trains_on="dance3d.training.inputs:motion",
            methods={
                "videopose3d": ("dance3d.stages.lift.module:LiftModule", "dance3d.stages.lift.data:LiftData"),
                "semi": (
                    "dance3d.stages.lift.semi_supervised.module:SemiModule",
                    "dance3d.stages.lift.semi_supervised.data:SemiData",
                ),
                "unsupervised": (
                    "dance3d.stages.lift.semi_supervised.unsupervised:UnlabelledModule",
                    "dance3d.stages.lift.semi_supervised.unsupervised:UnlabelledData",
                ),
                "distilled": (
                    "dance3d.stages.lift.semi_supervised.distilled:DistilledModule",
                    "dance3d.stages.lift.semi_supervised.distilled:DistilledData",
                ),
                "extremities": (
                    "dance3d.stages.lift.extremities.module:ExtremityModule",
                    "dance3d.stages.lift.extremities.data:ExtremityData",
                ),
            },
            methods_train_on={
                "semi": "dance3d.training.recordings:beside_labels",
                "unsupervised": "dance3d.training.recordings:in_place_of_labels",
                "distilled": "dance3d.training.recordings:in_place_of_labels",
            },
            learns_from={"extremities": "lift"},
            weights={"unsupervised": "lift-unsupervised", "extremities": "lift-extremities"},
            fetched="dance3d.stages.lift.extremities.shipped:sha256_of_weights",
            reads_none_with={"method": "seeds"},
            onnx="dance3d.stages.lift.export:export_onnx",
            bench="dance3d.benchmarks.lift.scores:bench",
            trials="dance3d.benchmarks.lift.equal_time:trials",
        ),
        Stage(
            name="detect",
            needs=("video",),
            makes="Pose3D",
            version=1,
            predict="dance3d.stages.detect.predict:predict",
            libraries=("av", "torch", "onnxruntime", "onnxruntime-gpu", "opencv-python", "numpy", "scipy"),
            settings=DetectSettings,
            module="dance3d.stages.detect.module:DetectModule",
            data="dance3d.stages.detect.data:DetectData",
            trains_on="dance3d.training.inputs:crops",
            folders=("crops", "invented", "distances"),
            bench="dance3d.benchmarks.detect.scores:bench",
            trials="dance3d.benchmarks.detect.ablation:trials",
        ),
        Stage(
            name="motion",
            needs=("lift",),
            makes="Movements",
            version=1,
            predict="dance3d.stages.motion.predict:predict",
            libraries=("torch", "numpy", "scipy"),
            settings=MotionSettings,
            module="dance3d.stages.motion.module:MotionModule",
            data="dance3d.stages.motion.data:MotionData",
            trains_on="dance3d.training.inputs:poses",
            folders=("index", "poses", "truth", "keypoints"),
            methods=dict.fromkeys(
                ("paper", "2d"), ("dance3d.stages.motion.module:MotionModule", "dance3d.stages.motion.data:MotionData")
            ),
            calibrates="dance3d.stages.motion.calibration:calibrate_by_folds",
            head="dance3d.stages.motion.linear_head:train",
            onnx="dance3d.stages.motion.export:export_onnx",
            bench="dance3d.benchmarks.motion.scores:bench",
            trials="dance3d.benchmarks.motion.ablation:trials",
        ),
        Stage(
            name="genre",
            needs=("motion", "lift"),
            makes="Genre",
            version=1,
            predict="dance3d.stages.genre.predict:predict",
            libraries=("torch", "numpy"),
            settings=GenreSettings,
            module="dance3d.stages.genre.module:GenreModule",
            data="dance3d.stages.genre.data:GenreData",
            trains_on="dance3d.training.inputs:movements",
            folders=("index", "poses", "movements"),
            methods={"paper": ("dance3d.stages.genre.module:GenreModule", "dance3d.stages.genre.data:GenreData")},
            head="dance3d.stages.genre.linear_head:train",
            onnx="dance3d.stages.genre.export:export_onnx",
            bench="dance3d.benchmarks.genre.scores:bench",
        ),
    )
}

POSES = {"lift": ("keypoints", "lift"), "detect": ("detect",)}
"""Stages that run from a video to poses, in order, by the stage that returns the poses."""
DEFAULT_POSES = "lift"
"""Stage that returns the poses by default."""
TRAINABLE = tuple(name for name, stage in STAGES.items() if stage.module)
PLAIN = tuple(name for name, stage in STAGES.items() if stage.reads_weights(stage.settings()))
"""Stages that read their own weights with default settings."""


def get(name: str) -> Stage:
    """The row of a stage.

    Raises:
        ValueError: no such stage.
    """
    if name not in STAGES:
        raise ValueError(f"stage {name!r} is not known; choose from {', '.join(STAGES)}")
    return STAGES[name]


def route(pose_from: str = DEFAULT_POSES) -> tuple[str, ...]:
    """The stages between a video and its genre, in order, with the poses from one of ``POSES``.

    Raises:
        ValueError: no such way to get poses.
    """
    if pose_from not in POSES:
        raise ValueError(f"poses cannot come from {pose_from!r}; choose from {', '.join(POSES)}")
    others = {name for way in POSES.values() for name in way}
    return (*POSES[pose_from], *(name for name in STAGES if name not in others))
