"""P23: what is exported is read by other programs, whole, in the declared units and axes, under safe names.

BVH and glTF give back every known joint within a millimetre by the forward kinematics of another reader, without NaN;
TRC, C3D and netCDF give it back with its gaps, MOT has angles without any; tables, JSON and arrays are plain and say
their units; no dancer's name reaches the name of a file or the code of the page. Formats whose package is not installed
are left out. Seen to fail under the mutations of ``mutations/p23.yaml``: mirrored axes, offsets in centimetres, NaN in
BVH, NaN in JSON, files named by the dancer, a column without its unit, a body away from its joints, markers in
centimetres.
"""

import csv
import json
from dataclasses import replace
from html.parser import HTMLParser
from importlib.util import find_spec

import numpy as np
import pytest
from fake_dancers import fake_clip, fake_dancer
from gltf_replay import read_glb, replay, worn

from dance3d.contracts import Pose3D
from dance3d.io.bvh import read_bvh, transforms
from dance3d.io.c3d import read_c3d
from dance3d.io.export_files.animation_joints import JOINTS
from dance3d.io.export_files.animation_joints import NAMES as JOINT_NAMES
from dance3d.io.export_files.formats import FORMATS, chosen
from dance3d.io.world_frame import scene_origin
from dance3d.pipeline.export_run import export_again
from dance3d.pipeline.exporters import export
from dance3d.skeleton import H36M17

NAMES = [
    "../../evil",
    "a/b\\c:d*?",
    "CON",
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "x" * 10_000,
    "Zoë 舞 \u202e",
    "\ud800",
    "-rf",
    "nul\x00\n\x1b[2J",
]
PACKAGES = {
    "parquet": "pyarrow",
    "c3d": "ezc3d",
    "netcdf": "xarray",
    "usd": "pxr",
    "nwb": "ndx_pose",
    "rerun": "rerun",
    "sleap": "sleap_io",
}
WRITTEN = [name for name in FORMATS if name not in PACKAGES or find_spec(PACKAGES[name])]
HOLES = [0, 7, *range(12, 18)]
UP = np.array([0.0, -1.0, 0.0])  # away from the floor, of a level camera


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A folder of results, and the dancers in it: with hostile names, and frames without anybody."""
    clip, found = fake_clip(1.2, size=(320, 180)), []
    for person, name in enumerate(NAMES, 1):
        one = fake_dancer(clip.time, clip.size, person, missing=HOLES if person % 2 else ())
        one = replace(one, keypoints=replace(one.keypoints, name=name), pose=replace(one.pose, up=UP))
        found.append(one)
    out = tmp_path_factory.mktemp("results") / "out"
    out.mkdir()
    export(None, clip, found, out, {"name": "<i id=evil>clip</i>.mp4"})
    export_again(out, WRITTEN)
    return out, found


def world(pose: Pose3D, origin):
    """(T, 17, 3) as docs/outputs.md says: x right, y up, z towards the camera, the floor at zero."""
    return (pose.xyz + pose.root[:, None]).astype(float) * [1, -1, -1] - origin


def test_bvh_gives_back_every_joint_by_another_reader(exported):
    pybvh = pytest.importorskip("pybvh")
    out, dancers = exported
    origin = scene_origin([dancer.pose for dancer in dancers])
    for dancer in dancers:
        path = out / f"person-{dancer.person}" / "pose3d.bvh"
        theirs = pybvh.read_bvh_file(path, world_up="+y")
        names = [node.name for node in theirs.nodes if not node.is_end_site()]
        found = theirs.joint_positions()[:, [names.index(JOINTS[joint]) for joint in H36M17.joints]]
        expected = world(dancer.pose, origin)
        known = np.isfinite(expected)
        assert np.abs(found - expected)[known].max() < 1e-3 and found.shape == expected.shape
        assert np.isfinite(found).all() and theirs.frame_time == pytest.approx(1 / 25, abs=1e-6)


def test_no_bvh_holds_nan_and_our_own_reader_agrees(exported):
    out, dancers = exported
    origin = scene_origin([dancer.pose for dancer in dancers])
    for dancer in dancers:
        path = out / f"person-{dancer.person}" / "pose3d.bvh"
        assert not any(word in path.read_text().lower() for word in ("nan", "inf"))
        bvh = read_bvh(path, strict=True)
        found = transforms(bvh)[0][:, [bvh.names.index(JOINTS[joint]) for joint in H36M17.joints]]
        expected = world(dancer.pose, origin)
        assert np.abs(found - expected)[np.isfinite(expected)].max() < 1e-3


def test_gltf_plays_every_joint_and_its_body_follows(exported):
    out, dancers = exported
    origin = scene_origin([dancer.pose for dancer in dancers])
    for dancer in dancers:
        document, array = read_glb(out / f"person-{dancer.person}" / "pose3d.glb")
        time, transforms = replay(document, array)
        found = np.stack([transforms[JOINT_NAMES["mixamo"][JOINTS[joint]]][:, :3, 3] for joint in H36M17.joints], 1)
        expected = world(dancer.pose, origin)
        assert np.abs(found - expected)[np.isfinite(expected)].max() < 1e-3
        np.testing.assert_allclose(time, dancer.pose.time - dancer.pose.time[0], atol=1e-5)
        corners = worn(document, array, transforms)
        assert np.linalg.norm(corners[:, :, None] - found[:, None, :1], axis=-1).max() < 3  # it is where the joints are


def trc_markers(path):
    """(T, P, 3) places of a TRC file, and its names and unit, as its documentation says where they are."""
    _, keys, values, names, _, _, *rows = (line.split("\t") for line in path.read_text().rstrip("\n").split("\n"))
    cells = np.array([[float(cell or "nan") for cell in row] for row in rows])
    unit = dict(zip(keys, values, strict=True))["Units"]
    return cells[:, 2:].reshape(len(cells), -1, 3), [name for name in names[2:] if name], unit


def c3d_markers(path):
    """The same of a C3D file, by our reader; another library wrote it."""
    found = read_c3d(path, strict=True)
    return found.points, found.labels, found.units


def netcdf_markers(path):
    """The same of a netCDF file."""
    from xarray import open_dataset

    with open_dataset(path, engine="scipy") as found:
        places = found.position.isel(individuals=0).transpose("time", "keypoints", "space").values
        return places, [str(name) for name in found.keypoints.values], {"metres": "m"}[found.attrs["space_unit"]]


@pytest.mark.parametrize(
    ("name", "form", "read"),
    [
        ("pose3d.trc", "trc", trc_markers),
        ("pose3d.c3d", "c3d", c3d_markers),
        ("pose3d.nc", "netcdf", netcdf_markers),
    ],
)
def test_markers_give_back_every_joint_and_its_gaps(exported, name, form, read):
    if form not in WRITTEN:
        pytest.skip(f"the package {PACKAGES[form]} is not installed")
    out, dancers = exported
    origin = scene_origin([dancer.pose for dancer in dancers])
    for dancer in dancers:
        found, names, unit = read(out / f"person-{dancer.person}" / name)
        assert unit == "m" and tuple(names[:17]) == H36M17.joints
        np.testing.assert_allclose(found[:, :17], world(dancer.pose, origin), atol=1e-3)  # NaN where NaN


def test_angles_are_numbers_in_degrees_where_the_body_is(exported):
    out, dancers = exported
    origin = scene_origin([dancer.pose for dancer in dancers])
    for dancer in dancers:
        heading, table = (out / f"person-{dancer.person}" / "pose3d.mot").read_text().split("\nendheader\n")
        columns, *rows = (line.split("\t") for line in table.rstrip("\n").split("\n"))
        values = np.array(rows, float)
        assert "inDegrees=yes" in heading and values.shape == (30, len(columns)) and np.isfinite(values).all()
        pelvis = values[:, [columns.index(f"pelvis_t{axis}") for axis in "xyz"]]
        expected = world(dancer.pose, origin)[:, H36M17.index("pelvis")]
        assert np.abs(pelvis - expected)[np.isfinite(expected)].max() < 1e-3


def test_parquet_has_the_columns_of_the_tables(exported):
    parquet = pytest.importorskip("pyarrow.parquet")
    out, dancers = exported
    for dancer in dancers:
        folder = out / f"person-{dancer.person}"
        for name in ("keypoints", "pose3d", "movements"):
            found = parquet.read_table(folder / f"{name}.parquet")
            with (folder / f"{name}.csv").open(newline="") as file:
                columns, *rows = csv.reader(file)
            assert found.column_names == columns
            expected = [[float(cell or "nan") for cell in row] for row in rows]
            np.testing.assert_allclose(np.array(list(found.to_pydict().values()), float).T, expected, atol=0.01)


def test_a_body_lost_at_the_ends_and_nobody_at_all_are_valid_bvh(tmp_path):
    clip = fake_clip(0.4)
    for name, missing in (("ends", [0, 1, 8, 9]), ("nobody", range(10))):
        (tmp_path / name).mkdir()
        export(None, clip, [fake_dancer(clip.time, clip.size, missing=missing)], tmp_path / name, {})
        assert np.isfinite(read_bvh(tmp_path / name / "person-1/pose3d.bvh", strict=True).motion).all()


def test_tables_are_numbers_with_units_in_their_names(exported):
    out, dancers = exported
    for dancer in dancers:
        folder = out / f"person-{dancer.person}"
        with (folder / "pose3d.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert [int(row["frame"]) for row in rows] == list(range(30))
        gaps = {t for t, row in enumerate(rows) if row["left_wrist_x_m"] == ""}
        assert gaps == set(HOLES if dancer.person % 2 else ())
        at = [
            [float(rows[3][f"left_wrist_{axis}_m"]) for axis in "xyz"],
            [float(rows[3][f"root_{a}_m"]) for a in "xyz"],
        ]
        wrist = dancer.pose.xyz[3, H36M17.index("left_wrist")]
        np.testing.assert_allclose(at, [wrist, dancer.pose.root[3]], atol=1e-5)
        with (folder / "keypoints.csv").open(newline="") as file:
            first = next(csv.DictReader(file))
        units = ("_px", "_s", "_score", "_measured", "frame", "person")
        assert all(name.endswith(units) for name in first)


def test_json_is_plain_and_says_units_and_axes(exported):
    def refuse(word):
        raise AssertionError(f"{word} is no JSON")

    out, dancers = exported
    for dancer in dancers:
        text = (out / f"person-{dancer.person}" / "pose3d.json").read_text(encoding="utf-8")
        found = json.loads(text, parse_constant=refuse)
        assert found["joints"] == list(H36M17.joints) and found["units"]["xyz"].startswith("m,")
        assert found["axes"].startswith("camera: x to the picture's right, y down")
        xyz = np.array(found["xyz"], float)
        np.testing.assert_allclose(xyz, dancer.pose.xyz, atol=1e-5)


def test_arrays_hold_no_pickles(exported):
    out, dancers = exported
    files = sorted(out.rglob("*.npz"))
    assert len(files) == 3 * len(dancers)
    for path in files:
        with np.load(path, allow_pickle=False) as stored:
            assert all(stored[name].dtype.kind in "biufU" for name in stored.files)


def test_no_dancers_name_reaches_a_files_name_or_the_pages_code(exported):
    out, dancers = exported
    folders = {f"person-{person}" for person in range(1, len(dancers) + 1)}
    assert {path.name for path in out.iterdir()} == folders | {"overlay.mp4", "report.html"}
    assert {path.name for path in out.parent.iterdir()} == {"out"}
    inside = {file.name for file in chosen(WRITTEN)} | {f"{name}.npz" for name in ("keypoints", "pose3d", "movements")}
    for folder in folders:
        assert {path.name for path in (out / folder).iterdir()} == inside

    class Page(HTMLParser):
        """Elements and attributes of the page."""

        def __init__(self):
            super().__init__()
            self.odd, self.scripts = [], 0

        def handle_starttag(self, tag, attrs):
            self.scripts += tag == "script"
            self.odd += [tag] * (dict(attrs).get("src") == "x" or dict(attrs).get("id") == "evil")
            self.odd += [name for name, _ in attrs if name.startswith("on")]

    page, plain = Page(), Page()
    page.feed((out / "report.html").read_text(encoding="utf-8"))
    assert not page.odd
    clip = fake_clip(0.1)
    (out.parent / "plain").mkdir()
    export(None, clip, [fake_dancer(clip.time, clip.size)], out.parent / "plain", {"name": "clip.mp4"})
    plain.feed((out.parent / "plain" / "report.html").read_text(encoding="utf-8"))
    assert page.scripts == plain.scripts
