"""COCO's keypoint evaluation: small cases by hand, and pycocotools as the oracle where it is installed."""

import contextlib
import io

import numpy as np
import pytest

from dance3d.metrics.coco_keypoints import (
    LIMBS,
    FoundBodies,
    LabelledPeople,
    average_precisions,
    people_found,
    similarity,
)
from dance3d.skeleton import COCO17, SIGMAS

AREA = 10_000.0
LIMB_COLUMNS = COCO17.indices(*LIMBS)


def person(x=0.0):
    """Joints of somebody 100 px wide and 200 high, at x."""
    return np.random.default_rng(0).uniform([0, 0], [100, 200], (17, 2)) + np.array([x, 0.0])


def people(*joints, crowd=()):
    joints = np.array(joints, float).reshape(-1, 17, 2)
    low, high = np.nanmin(joints, 1), np.nanmax(joints, 1)
    who = np.isin(np.arange(len(joints)), crowd)
    return LabelledPeople(joints, np.concatenate([low, high], 1), np.full(len(joints), AREA), who)


def bodies(*joints, score=None):
    joints = np.array(joints, float).reshape(-1, 17, 2)
    return FoundBodies(joints, np.ones(len(joints)) if score is None else np.array(score, float))


def off(like):
    """Pixels that every joint (17, 1) is off, so that each has this similarity."""
    sigma = np.array([SIGMAS[joint] for joint in COCO17.joints])
    return np.column_stack([np.sqrt(-2 * np.log(like) * AREA) * 2 * sigma, np.zeros(17)])


def test_similarity_is_one_on_the_spot_and_e_where_the_distance_is_twice_sigma_by_the_size():
    one = people(person())
    moved = np.stack([person(), person() + off(np.exp(-0.5)), np.full((17, 2), np.nan)])
    np.testing.assert_allclose(similarity(moved, one, COCO17.joints)[:, 0], [1, np.exp(-0.5), 0])
    ankle = person()
    ankle[COCO17.index("left_ankle"), 0] += 2 * 0.089 * 100  # COCO's sigma of ankles, by the root of the area
    assert similarity(ankle[None], one, ["left_ankle"])[0, 0] == pytest.approx(np.exp(-0.5))
    assert similarity(ankle[None], one, LIMBS)[0, 0] == pytest.approx((11 + np.exp(-0.5)) / 12)


def test_a_joint_without_a_label_does_not_count_and_one_that_is_missing_is_wrong():
    half = person()
    half[8:] = np.nan
    assert similarity(person()[None], people(half), COCO17.joints)[0, 0] == 1
    assert similarity(half[None], people(person()), COCO17.joints)[0, 0] == pytest.approx(8 / 17)


def test_precision_by_hand():
    """Two people; the surest body is nobody's, the second has an OKS of 0.72, the third of 1."""
    found = bodies(person(5000), person() + off(0.72), person(600), score=[0.9, 0.8, 0.7])
    each = average_precisions([(found, people(person(), person(600)))])
    # Both right: precision 1/2 at recall 1/2, 2/3 at 1, so 2/3 up to every recall. From 0.75 on one: 1/3 up to 1/2.
    np.testing.assert_allclose(each, [2 / 3] * 5 + [51 / 101 / 3] * 5)


def test_two_bodies_of_one_person_are_one_and_a_false_one():
    found = bodies(person(), person() + off(0.9), score=[0.6, 0.5])
    assert average_precisions([(found, people(person()))]).mean() == 1  # the false one comes after all are found
    swapped = bodies(person(), person() + off(0.9), score=[0.5, 0.6])
    assert average_precisions([(swapped, people(person()))])[0] == 1
    assert average_precisions([(swapped, people(person()))])[-1] == pytest.approx(1 / 2)  # 0.9 is below 0.95


def test_whoever_has_no_joint_and_crowds_are_ignored():
    nobody = np.full((17, 2), np.nan)
    there = LabelledPeople(
        np.stack([person(), nobody, person(3000)]),
        np.array([[0, 0, 100, 200], [1000, 0, 1100, 200], [3000, 0, 3100, 200.0]]),
        np.full(3, AREA),
        np.array([False, False, True]),
    )
    found = bodies(person(1000), person(3000), person(3000), person(), score=[0.9, 0.8, 0.7, 0.6])
    assert average_precisions([(found, there)]).mean() == 1
    assert np.isnan(average_precisions([(found, people(person(), crowd=(0,)))])).all()
    counted = people_found(found, there)
    assert (counted.people, counted.found, counted.false) == (1, 1, 0)
    assert people_found(bodies(person(9000)), there).false == 1


def test_people_found_and_their_joints():
    head = person(2000)
    head[9:] = np.nan  # four limb joints: too few to count
    shown = person(900)
    shown[COCO17.indices("left_hip", "right_hip")] = np.nan  # no torso: found, but no joints to count
    there = people(person(), person(600), head, shown)
    far = person(600)
    wrong = COCO17.indices("left_wrist", "right_knee")
    far[wrong, 1] += 60  # of a torso of some 110 px
    counted = people_found(bodies(person() + off(0.45), far, person(5000), head, shown), there)
    assert (counted.people, counted.found, counted.false) == (3, 2, 2)
    assert counted.joints == 24 and counted.correct <= 22
    exact = people_found(bodies(person(), far), there)
    assert (exact.found, exact.false, exact.correct) == (2, 0, 22)
    both = counted + exact
    assert both.people == 6 and both.false == 2


def test_no_bodies_and_no_people():
    assert average_precisions([(bodies(), people(person()))]).tolist() == [0.0] * 10
    assert people_found(bodies(), people(person())).found == 0
    assert people_found(bodies(person()), people()).false == 1
    assert np.isnan(average_precisions([(bodies(person()), people())])).all()


def scenes(seed):
    """Random people, many with few labels or none, crowds, and bodies near them and elsewhere."""
    draw = np.random.default_rng(seed)
    for _ in range(25):
        count = draw.integers(0, 7)
        size = draw.uniform(60, 300, count)
        centre = draw.uniform(50, 550, (count, 1, 2))
        joints = centre + draw.normal(0, 1, (count, 17, 2)) * size[:, None, None] / 3
        picked = draw.integers(0, max(count, 1), draw.integers(0, 26) if count else 0)
        near = draw.choice([0.005, 0.02, 0.05, 0.15], (len(picked), 1, 1)) * size[picked, None, None]
        found = joints[picked] + near * draw.normal(0, 1, (len(picked), 17, 2))
        found = np.concatenate([found, draw.uniform(0, 600, (draw.integers(0, 4), 17, 2))])
        labelled = draw.random((count, 17)) < draw.choice([0, 0.2, 0.6, 1], (count, 1))
        half = size[:, None] / 2
        yield (
            FoundBodies(found, draw.random(len(found)).round(2)),
            LabelledPeople(
                np.where(labelled[..., None], joints, np.nan),
                np.concatenate([centre[:, 0] - half, centre[:, 0] + half], 1),
                size**2 / 2,
                draw.random(count) < 0.12,
            ),
        )


@pytest.mark.parametrize("columns", [range(17), LIMB_COLUMNS], ids=["17", "12"])
@pytest.mark.parametrize("seed", [0, 1])
def test_pycocotools_agrees(seed, columns):
    coco = pytest.importorskip("pycocotools.coco", reason="pycocotools is not installed")
    evaluation = pytest.importorskip("pycocotools.cocoeval")
    pictures, images, annotations, answers = list(scenes(seed)), [], [], []
    for at, (found, there) in enumerate(pictures, 1):
        images.append({"id": at})
        for joints, box, area, crowd in zip(there.joints, there.boxes, there.area, there.crowd, strict=True):
            flag = 2 * np.isfinite(joints[columns, :1])
            points = np.nan_to_num(np.column_stack([joints[columns], flag]))
            annotations.append({
                "id": len(annotations) + 1, "image_id": at, "category_id": 1, "area": float(area),
                "iscrowd": int(crowd), "bbox": [*box[:2], *(box[2:] - box[:2])],
                "keypoints": points.ravel().tolist(), "num_keypoints": int(flag.sum() / 2),
            })  # fmt: skip
        for joints, score in zip(found.joints, found.score, strict=True):
            points = np.column_stack([joints[columns], np.ones(len(columns))])
            answers.append(
                {"image_id": at, "category_id": 1, "keypoints": points.ravel().tolist(), "score": float(score)}
            )
    with contextlib.redirect_stdout(io.StringIO()):
        truth = coco.COCO()
        truth.dataset = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "person"}]}
        truth.createIndex()
        oracle = evaluation.COCOeval(truth, truth.loadRes(answers), "keypoints")
        names = [COCO17.joints[column] for column in columns]
        oracle.params.kpt_oks_sigmas = np.array([SIGMAS[name] for name in names])
        oracle.evaluate()
        oracle.accumulate()
    theirs = oracle.eval["precision"][:, :, 0, 0, 0].mean(1)
    np.testing.assert_allclose(average_precisions(pictures, names), theirs, atol=1e-9)
