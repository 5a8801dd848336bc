"""``dance3d train``: train stages or a recipe through the runner, each stage on the outputs of the ones before."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dance3d.cli.common import cache_root, open_cache, reporter, say, store_url, weights_files
from dance3d.cli.options import WEIGHTS, Parser, When, count, pairs, ray_option, stage_options, strict_option
from dance3d.cli.train_own import own_examples, own_given, tell_scores
from dance3d.cli.train_trials import made_system, run_command, until_all_have_ended
from dance3d.io.interrupts import sigterm_as_ctrl_c
from dance3d.pipeline.exit_codes import UsageError
from dance3d.registry import PLAIN, STAGES, TRAINABLE, get, route
from dance3d.training.recipes import HELP, TrainingRecipe, read_recipe, recipes

if TYPE_CHECKING:
    from dance3d.training.learner import Learner

SHIPPED = "shipped"
"""In place of a file: the weights that ship."""
FOLDER = When("with --data FOLDER", lambda options: options.data != "synth")
ONE = When("with one stage, and without --recipe", lambda options: len(options.stages) == 1 and not options.recipe)
LIFTER = When(
    "with lift alone, and without --recipe", lambda options: options.stages == ["lift"] and not options.recipe
)
ALIKE = When("with one stage, or with a recipe of one", lambda options: len(options.stages) == 1 or options.recipe)
SWEPT = When("with --sweep, --seeds or --recipe", lambda options: options.sweep or options.seeds or options.recipe)
_ON_VIDEO = "with --method semi or unsupervised"
FURTHER = When(_ON_VIDEO, lambda options: any(options.method in stage.methods_train_on for stage in STAGES.values()))
ON_VIDEO = When(f"{_ON_VIDEO}, or a recipe of such", lambda options: options.recipe or FURTHER.holds(options))
BY_RAY = When("with --ray", lambda options: options.ray)


def seeds_of(text: str) -> list[int]:
    """Seeds of the command line, as ``0,1,2``.

    Raises:
        ArgumentTypeError: they are none, or one is there twice.
    """
    words = [word.strip() for word in text.split(",")]
    if not all(word.isdecimal() and int(word) < 2**32 for word in words) or len(set(map(int, words))) < len(words):
        raise ArgumentTypeError(f"{text!r} is no list of different whole numbers, such as 0,1,2")
    return [int(word) for word in words]


def arguments(parser: Parser) -> None:
    """Add the command's arguments."""
    known = ", ".join(TRAINABLE)
    parser.option(
        "stages",
        nargs="*",
        metavar="STAGE",
        offers=TRAINABLE,
        help=f"of {known}; those of a plain run, or of the recipe, if none is given",
    )
    text = (
        f"train as a paper does, or as we do: {', '.join(recipes())}, or a YAML file of your own; {HELP} tells of each"
    )
    parser.option("--recipe", metavar="NAME", offers=(*recipes(), HELP), help=text)
    known = "; ".join(f"{', '.join(stage.methods)} for {name}" for name, stage in STAGES.items() if stage.methods)
    text = f"another way to train one stage: {known}"
    parser.option("--method", when=ONE, help=text)
    text = "folder of motion capture, labelled videos for genre, or videos for --method unsupervised"
    parser.option("--data", default="synth", metavar="FOLDER", help=text)
    text = "folder of unlabelled videos, or of keypoints: results of earlier runs"
    parser.option("--videos", metavar="FOLDER", when=ON_VIDEO, help=text)
    text = "weights to train on from, in few steps at a low rate: a file, or shipped"
    parser.option("--start", metavar="WEIGHTS", when=FURTHER, help=text)
    text = "train the lifter on these actions alone: genres of the data, or movement types, by the rules"
    parser.option("--only", nargs="+", metavar="NAME", when=LIFTER, help=text)
    own_examples(parser, ONE)
    strict_option(parser, FOLDER)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--tiny", action="store_true", help="small nets and few steps, as the demo and the tests use")
    how.add_argument("--ship", action="store_true", help="put the weights into the package, with scores")
    parser.option("--runs", type=Path, default=Path("runs"), metavar="FOLDER", help="of checkpoints and logs (runs)")
    text = "YAML of lists of values by dotted name, as optimizer.lr: [1.0e-3, 3.0e-3]: train with every combination"
    parser.option("--sweep", type=Path, metavar="YAML", when=ALIKE, help=text)
    parser.option("--seeds", type=seeds_of, metavar="0,1,2", help="train with each of these seeds")
    ray_option(parser, "fan a sweep out over machines", SWEPT)
    text = "trainings at a time; one for each GPU if not given, or each core where there is none"
    parser.option("-j", "--jobs", type=count, metavar="N", when=BY_RAY, help=text)
    stage_options(parser)
    parser.option("--weights", **WEIGHTS)


def run(options: Any) -> int:
    """Train stages through the runner."""
    if options.recipe == HELP:
        width = max(map(len, recipes()))
        print("\n".join(f"{name:{width}}  {about}" for name, about in recipes().items()))
        return 0
    from dance3d.benchmarks.release_weights import OVERRIDES, release
    from dance3d.datasets.mocap import load_motion

    recipe = _recipe(options)
    stages = _stages(options, recipe)
    given, method = pairs(options.weights, str), options.method or ""
    check_weights(stages, given, recipe)
    if options.strict:
        load_motion(Path(options.data), strict=True)  # what it refuses is known before anything is trained
    weights = weights_files(options, given)
    swept = options.sweep or options.seeds or (recipe and recipe.sweep)
    if options.ray and not swept:  # what a recipe holds is only known now
        raise UsageError(f"--ray {options.ray} counts only with --sweep or --seeds: {options.recipe} has no sweep")
    if swept:
        return sweep(options, stages, weights, recipe)
    if recipe is not None:
        return train_recipe(recipe, stages, weights, options)
    learner = learner_of(options, weights)
    start = start_of(options, stages[0])
    for stage in stages:
        settings = only_of(options) or (OVERRIDES.get(stage) if options.ship else None)
        path = learner.train(stage, settings, method, start)
        tell_scores(path, options)
        print(path if options.quiet else f"{stage}: {path}")
        if options.ship:
            release(stage, path, options.data, method)
    return 0


def learner_of(options: Any, weights: Mapping[str, Path], inference: Mapping[str, Any] | None = None) -> Learner:
    """What trains, with the cache and the data of the command.

    Args:
        options: of the command.
        weights: of stages that are not trained.
        inference: settings with which stages make the inputs of trainings.
    """
    from dance3d.pipeline.runner import Runner
    from dance3d.training.learner import Learner

    runner = Runner(open_cache(options), inference, weights, reporter(options))
    given = {"tiny": options.tiny, "runs": options.runs, "videos": options.videos or "", **own_given(options)}
    return Learner(runner, options.data, **given)


def only_of(options: Any) -> dict[str, Any]:
    """Settings of a training on some actions alone; empty where all takes train.

    Raises:
        UsageError: weights for all dances are not those of some.
    """
    if options.only and options.ship:
        raise UsageError(f"--only {' '.join(options.only)} counts only without --ship")
    return {"data": {"only": options.only}} if options.only else {}


def _recipe(options: Any) -> TrainingRecipe | None:
    """The recipe of the command, if it names one, and all of it can be trained.

    Raises:
        UsageError: options that do not go together with a recipe.
        ValueError: no such recipe, or one with settings that do not exist.
    """
    if options.recipe is None:
        return None
    recipe = read_recipe(options.recipe)
    if options.ship and (recipe.pipeline or recipe.sweep or any(map(recipe.method, recipe.stages))):
        raise UsageError(f"--ship counts only for our own way to train, cross-fitted or not, not for {options.recipe}")
    from dance3d.training.known_settings import check_recipe

    check_recipe(recipe, options.tiny)
    return recipe


def _stages(options: Any, recipe: TrainingRecipe | None) -> list[str]:
    """The stages to train, in order.

    Raises:
        UsageError: a sweep over a recipe of several stages, or videos for one that learns from none.
        ValueError: a stage that does not exist, or that the recipe does not train.
    """
    if recipe is None:
        stages = options.stages or [name for name in route() if name in PLAIN]
        for stage in stages:
            get(stage)  # a typing error in the last is known before the first is trained
        return list(stages)
    chosen = list(recipe.only(options.stages))
    if options.sweep and len(chosen) > 1:
        raise UsageError(f"--sweep counts only with one stage; recipe {recipe.name} trains {', '.join(chosen)}")
    if options.videos and not any(recipe.method(stage) in get(stage).methods_train_on for stage in chosen):
        raise UsageError(f"--videos {options.videos} counts only {_ON_VIDEO}; no stage of recipe {recipe.name} is so")
    return chosen


def train_recipe(recipe: TrainingRecipe, stages: list[str], weights: dict[str, Path], options: Any) -> int:
    """Train stages of a recipe, and say how to run what comes out.

    Args:
        recipe: to train.
        stages: of it.
        weights: of stages that are not trained.
        options: of the command.
    """
    from dance3d.benchmarks.release_weights import release

    learner = learner_of(options, weights, recipe.pipeline)
    if recipe.folds:
        learner.cross_fit(recipe)
    for stage in stages:
        path = learner.train(stage, recipe.settings(stage, options.tiny), recipe.method(stage))
        say(options, f"{stage}: {path}")
        if options.ship:
            release(stage, path, options.data, recipe=recipe.name)
    folder, words = made_system(recipe, learner.runner.weights, options)
    say(options, "to run it:")
    print(folder if options.quiet else f"  {run_command(words)}")
    return 0


def start_of(options: Any, stage: str) -> Path | None:
    """The weights file to go on from; none where none is asked for.

    Args:
        options: of the command.
        stage: that is trained.

    Raises:
        UsageError: no such file.
    """
    from dance3d.io.weights import default

    if not options.start:
        return None
    path = default(get(stage).weights.get(options.method, stage)) if options.start == SHIPPED else Path(options.start)
    if not path.is_file():
        raise UsageError(f"--start {options.start}: no such file; give weights, or {SHIPPED}")
    return path.absolute()


def sweep(options: Any, stages: list[str], weights: dict[str, Path], recipe: TrainingRecipe | None = None) -> int:
    """Train with every combination of settings and seeds; one that fails does not lose the others.

    Args:
        options: of the command.
        stages: to train.
        weights: of stages that are not trained.
        recipe: that they are of, if any.

    Raises:
        UsageError: options that do not go together with a sweep.
        ValueError: a file of a sweep that is none.
    """
    from dance3d.training import trials as sweeps

    if options.ship or options.no_cache:
        raise UsageError(f"--{'ship' if options.ship else 'no-cache'} counts only for one training, without a sweep")
    common: dict[str, Any] = {
        "stages": tuple(stages),
        "source": options.data if options.data == "synth" else str(Path(options.data).absolute()),
        "tiny": options.tiny,
        "runs": options.runs.absolute(),
        "method": options.method or "",
        "videos": str(Path(options.videos).absolute()) if options.videos else "",
        "start": start_of(options, stages[0]),
        "weights": {name: path.absolute() for name, path in weights.items()},
        "recipe": recipe,
        "cache": root.absolute() if (root := cache_root(options)) else None,
        "store": store if "//" in (store := store_url(options)) or not store else str(Path(store).absolute()),
    }
    combinations = sweeps.combinations(options.sweep, options.seeds or (), recipe.sweep if recipe else None)
    fixed = {"data.only": options.only} if options.only else {}
    trials = [sweeps.Trial(fixed | settings, **common) for settings in combinations]
    table = options.runs / sweeps.table_name(trials)
    if options.ray:
        with sigterm_as_ctrl_c():  # each training here heeds it by itself
            return until_all_have_ended(sweeps.by_ray(trials, options.ray, options.jobs), trials, table, options)
    return until_all_have_ended(sweeps.one_after_the_other(trials), trials, table, options)


def check_weights(stages: list[str], weights: dict[str, str], recipe: TrainingRecipe | None = None) -> None:
    """Refuse weights that no training asks for: a stage learns from what the stages before it make.

    Args:
        stages: to train.
        weights: places by stage.
        recipe: that the stages are of, if any.

    Raises:
        UsageError: weights of a stage that does not run here before it is trained itself, or reads none.
        ValueError: a stage that does not exist.
    """
    for name, path in weights.items():
        trained = stages.index(get(name).name) if name in stages else len(stages)
        if not any(name in _before(stage) for stage in stages[:trained]):
            raise UsageError(f"--weights {name}={path} counts only where a stage is trained that learns from {name}")
        if recipe and not get(name).reads_weights(get(name).settings.read(recipe.pipeline.get(name))):
            raise UsageError(
                f"--weights {name}={path} counts for nothing: with the settings of {recipe.name} none are read"
            )


def _before(stage: str) -> set[str]:
    """The stages whose outputs a stage learns from."""
    needs = {name for name in STAGES[stage].needs if name in STAGES}
    return needs.union(*map(_before, needs))
