"""A small reader of binary glTF files that plays their animation."""

import json

import numpy as np

TYPES = {5121: np.uint8, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
WIDTHS = {"SCALAR": 1, "VEC3": 3, "VEC4": 4, "MAT4": 16}


def read_glb(path):
    """The document, and a function that gives the array of an accessor."""
    data = path.read_bytes()
    magic, version, size, length, kind = np.frombuffer(data[:20], "<u4")
    assert (magic, version, size, kind) == (0x46546C67, 2, len(data), 0x4E4F534A) and length % 4 == 0
    document = json.loads(data[20 : 20 + length])
    blob = data[28 + length :]
    assert list(np.frombuffer(data[20 + length : 28 + length], "<u4")) == [len(blob), 0x004E4942]
    assert document["buffers"] == [{"byteLength": len(blob)}]

    def array(number):
        one = document["accessors"][number]
        view, width = document["bufferViews"][one["bufferView"]], WIDTHS[one["type"]]
        start, kind = view["byteOffset"], np.dtype(TYPES[one["componentType"]])
        assert start % 4 == 0 and view["byteLength"] == one["count"] * width * kind.itemsize
        values = np.frombuffer(blob[start : start + view["byteLength"]], kind).reshape(one["count"], width)
        if "min" in one:
            np.testing.assert_array_equal([one["min"], one["max"]], [values.min(0), values.max(0)])
        return values

    return document, array


def matrices(q):
    """(T, 3, 3) of unit quaternions (T, 4): x, y, z, w."""
    x, y, z, w = q.astype(float).T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), -1, 0)


def replay(document, array):
    """Times (T,), and (T, 4, 4) global transforms of every node by name."""
    (animation,) = document["animations"]
    time = array(animation["samplers"][0]["input"])[:, 0]
    tracks = {}
    for channel in animation["channels"]:
        sampler, target = animation["samplers"][channel["sampler"]], channel["target"]
        assert sampler["interpolation"] == "LINEAR"
        tracks[target["node"], target["path"]] = array(sampler["output"])
    out = {}

    def walk(number, above):
        node = document["nodes"][number]
        own = np.tile(np.eye(4), (len(time), 1, 1))
        own[:, :3, 3] = tracks.get((number, "translation"), node.get("translation", (0, 0, 0)))
        if (number, "rotation") in tracks:
            own[:, :3, :3] = matrices(tracks[number, "rotation"])
        out[node["name"]] = above @ own
        for child in node.get("children", ()):
            walk(child, out[node["name"]])

    for root in document["scenes"][document["scene"]]["nodes"]:
        walk(root, np.tile(np.eye(4), (len(time), 1, 1)))
    return time, out


def worn(document, array, transforms):
    """(T, V, 3) the corners of the body, moved by their joints."""
    (primitive,) = document["meshes"][0]["primitives"]
    (skin,) = document["skins"]
    names = [document["nodes"][joint]["name"] for joint in skin["joints"]]
    back = array(skin["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1)
    moves = np.stack([transforms[name] for name in names], 1) @ back
    at = {name: array(number) for name, number in primitive["attributes"].items()}
    corners = np.concatenate([at["POSITION"], np.ones((len(at["POSITION"]), 1))], 1)
    np.testing.assert_allclose(at["WEIGHTS_0"].sum(1), 1, atol=1e-5)
    moved = sum(
        at["WEIGHTS_0"][:, k, None] * np.einsum("tvij,vj->tvi", moves[:, at["JOINTS_0"][:, k]], corners)
        for k in range(4)
    )
    return moved[..., :3]
