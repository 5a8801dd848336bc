"""The rooms of the house: who may import whom. Late imports inside functions count too."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "dance3d"
FLOORS = (  # from the ground up: a room imports only rooms on floors below its own
    ("skeleton", "movement_types", "lazy_import"),
    ("contracts",),
    ("timeseries",),
    ("geometry",),
    ("masks",),
    ("losses",),
    ("metrics", "io"),
    ("masks/segmentation", "visualization"),
    ("datasets", "report"),
    ("synth",),
    ("stages",),
    ("registry", "tracks"),
    ("pipeline",),
    ("api", "training"),
    ("comparison",),
    ("benchmarks", "studio"),
    ("cli",),
    ("__init__", "__main__"),
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
WORDS = {"skeleton", "movement_types", "contracts"}
MATHS = {"timeseries", "masks", "geometry", "losses", "metrics"}
NETS = {
    *(f"stages/lift/nets/{name}" for name in ("temporal", "videopose3d", "stream")),
    "stages/lift/semi_supervised/trajectory_model",
    "stages/motion/part_features",
}  # beside every model.py
IMAGES = {"masks/geodesic"}  # of a room of maths, but made of images
NEVER = {
    "words": {"lightning", "cv2", "av", "wandb", "scipy", "rich", "torch"},
    "maths": {"lightning", "cv2", "av", "wandb", "pathlib", "logging", "rich"},
    "files": {"lightning", "torch", "wandb"},
}
STAGES = ("keypoints", "lift", "detect", "motion", "genre")


def room_of(file: str) -> str:
    """The room that a file lies in: a folder or module of the package, or a part of one that has a floor of its own."""
    inner = "/".join(file.split("/")[:2])
    return inner if inner in FLOOR else file.split("/")[0]


def kind(file: str) -> str:
    """Which packages of others a file may not import: the key of ``NEVER``, or nothing."""
    room = room_of(file)
    if room in WORDS:
        return "words"
    net = file.endswith("/model") or file in NETS
    if (room in MATHS and file not in IMAGES) or net or file.startswith("stages/motion/rules/"):
        return "maths"
    return "files" if room in ("io", "report") else ""


def imports(path: Path) -> set[str]:
    """Every module that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


FILES = sorted(p.relative_to(ROOT).with_suffix("").as_posix() for p in ROOT.rglob("*.py"))


def file_of(module: str) -> str:
    """The file of a module of dance3d, or nothing: a name of another package, or of something in a module."""
    head, *rest = module.split(".")
    path = "/".join(rest)
    return next((f for f in (path, f"{path}/__init__") if head == "dance3d" and f in FILES), "")


def targets(file: str) -> set[str]:
    """The files of dance3d that a file imports; not the packages on the way to a module."""
    modules = {module for module in imports(ROOT / f"{file}.py") if file_of(module)}
    on_the_way = {m for m in modules if file_of(m).endswith("__init__") and any(o.startswith(f"{m}.") for o in modules)}
    return {file_of(module) for module in modules - on_the_way} - {"__init__"}


def test_every_entry_of_the_package_is_a_room():
    assert {room_of(file) for file in FILES} == set(FLOOR)


@pytest.mark.parametrize("file", FILES)
def test_a_file_imports_only_rooms_below_its_own(file):
    room = room_of(file)
    for module in imports(ROOT / f"{file}.py"):
        assert module.split(".")[0] not in NEVER.get(kind(file), ()), f"{file} imports {module}"
    for target in targets(file):
        other = room_of(target)
        assert other == room or FLOOR[other] < FLOOR[room], f"{file} imports {target}, which does not lie below it"


@pytest.mark.parametrize("file", [file for file in FILES if file.startswith(tuple(f"stages/{s}/" for s in STAGES))])
def test_stages_never_import_each_other(file):
    for target in targets(file):
        parts = target.split("/")
        assert parts[0] != "stages" or parts[1] not in STAGES or parts[1] == file.split("/")[1], f"{file}: {target}"


def test_no_file_imports_itself_by_way_of_others():
    graph = {file: targets(file) - {file} for file in FILES}
    while free := {file for file, needed in graph.items() if not needed & graph.keys()}:
        graph = {file: needed for file, needed in graph.items() if file not in free}
    assert not graph, f"circles among or above: {sorted(graph)}"


def test_no_joint_number_leaves_the_skeleton():
    """Three or more numbers in one literal index are taken for joint numbers."""
    for file in FILES:
        if file == "skeleton":
            continue
        for node in ast.walk(ast.parse((ROOT / f"{file}.py").read_text())):
            if isinstance(node, ast.Subscript):
                lists = [n for n in ast.walk(node.slice) if isinstance(n, ast.List)]
                numbers = [e.value for n in lists for e in n.elts if isinstance(e, ast.Constant)]
                assert len(numbers) < 3, f"{file}:{node.lineno} indexes with {numbers}"


def test_the_listing_stays_short():
    """At most 28 entries beside the configs, eight modules among them, and files of one sitting."""
    kept = [p for p in ROOT.rglob("*") if p.is_file() and p.suffix != ".pyc"]
    entries = {p.relative_to(ROOT).parts[0] for p in kept} - {"configs"}
    assert len(entries) <= 28 and sum(name.endswith(".py") for name in entries) <= 8, sorted(entries)
    long = [file for file in FILES if len((ROOT / f"{file}.py").read_text().splitlines()) > 300]
    assert len(long) <= 2, f"files over 300 lines: {long}"


def test_a_class_name_is_used_once():
    found: dict[str, list[str]] = {}
    for file in FILES:
        for node in ast.walk(ast.parse((ROOT / f"{file}.py").read_text())):
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, []).append(file)
    twice = {name: files for name, files in found.items() if len(files) > 1}
    assert not twice, f"class names used more than once: {twice}"
