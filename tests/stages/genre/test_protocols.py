import numpy as np
import pytest

from dance3d.stages.genre import protocols
from dance3d.stages.genre.protocols import Split, TakeInfo, TakeWindow

TAKES = [
    TakeInfo(f"{genre}{n}", genre, 100, f"{genre}{n % 3}", "ab"[n % 2], f"{genre}_c{n}")
    for genre in "xy"
    for n in range(6)
]


def shown(takes, split, labels):
    """What each side shows of per-frame labels."""
    return [{int(v) for s in side for v in labels[s.take][s.start : s.stop]} for side in split]


def every(takes, of):
    names = sorted({of(take) for take in takes})
    return [np.full(take.frames, names.index(of(take))) for take in takes]


def apart(sets):
    return not any(a & b for i, a in enumerate(sets) for b in sets[i + 1 :])


def test_time_blocks():
    (split,) = protocols.time_block([TakeInfo("a", "x", 100), TakeInfo("b", "y", 10)])
    assert split == Split(
        (TakeWindow(0, 0, 60), TakeWindow(1, 0, 6)),
        (TakeWindow(0, 60, 70), TakeWindow(1, 6, 7)),
        (TakeWindow(0, 70, 100), TakeWindow(1, 7, 10)),
    )


def test_time_blocks_without_copies():
    """The second take begins with what the first ends with: that is tested, so it does not train."""
    takes = [TakeInfo("a", "x", 100), TakeInfo("b", "x", 100), TakeInfo("c", "y", 100)]
    moments = [np.arange(100), np.arange(80, 180), np.arange(200, 300)]
    (split,) = protocols.time_block(takes, moments)
    assert apart(shown(takes, split, moments))
    assert TakeWindow(1, 20, 60) in split.train and TakeWindow(0, 70, 100) in split.test
    with pytest.raises(ValueError, match="the split leaks: 20 labels are in train and in test, as 80"):
        protocols.checked(takes, protocols.time_block(takes)[0], moments)


def test_groups_are_tested_once_and_never_parted():
    groups = [np.repeat(np.arange(4), 25) + 4 * (n // 2) for n in range(12)]  # every group is in two takes
    found = protocols.grouped(TAKES, groups, 4)
    tested = []
    for split in found:
        sides = shown(TAKES, split, groups)
        assert apart(sides) and all(sides)
        tested += sorted(sides[2])
        assert {TAKES[s.take].genre for s in split.test} == {"x", "y"}, "each fold tests each class"
    assert sorted(tested) == list(range(24))
    assert {sum(s.stop - s.start for s in split.test) for split in found} == {300}, "folds are alike in size"


def test_copies_across_groups_do_not_train():
    groups = [np.repeat(np.arange(10), 10) + 10 * n for n in range(12)]
    moments = [np.arange(100) + 1000 * n for n in range(12)]
    moments[1][5:15] = moments[0][90:100]  # parts of two groups show what another does
    for split in protocols.grouped(TAKES, groups, 5, moments):
        assert apart(shown(TAKES, split, moments)) and apart(shown(TAKES, split, groups))


def test_too_few_groups_are_said():
    with pytest.raises(ValueError, match="y has 2 groups of near-duplicates; expected 3 or more"):
        protocols.grouped(
            [TakeInfo("a", "x", 30), TakeInfo("b", "y", 30)], [np.arange(30) // 10, np.arange(30) // 15 + 9], 3
        )


@pytest.mark.parametrize("folds", [0, 3])
@pytest.mark.parametrize("of", ["dancer", "source"])
def test_whom_to_leave_out(of, folds):
    if of == "source" and folds:
        return
    leave = {"dancer": protocols.leave_dancer_out, "source": protocols.leave_source_out}[of]
    found = leave(TAKES, folds)
    labels = every(TAKES, lambda take: getattr(take, of))
    tested = []
    for split in found:
        sides = shown(TAKES, split, labels)
        assert apart(sides) and sides[0] and sides[2]
        assert {TAKES[s.take].genre for s in split.train} == {"x", "y"}
        tested += sorted(sides[2])
    assert sorted(tested) == sorted(set(tested)) == list(range(len({getattr(t, of) for t in TAKES})))


def test_a_class_that_nobody_else_dances_is_not_tested():
    takes = [*TAKES, TakeInfo("solo", "z", 100, "z0", "a", "z")]
    for split in protocols.leave_dancer_out(takes):
        assert all(takes[s.take].genre != "z" for s in split.test)
    with pytest.raises(ValueError, match="two or more, and one for every take"):
        protocols.leave_source_out([TakeInfo("a", "x", 10)])
    with pytest.raises(ValueError, match="no class has two values"):
        protocols.leave_dancer_out([TakeInfo("a", "x", 10, "d1"), TakeInfo("b", "y", 10, "d2")])


def aist():
    names = [
        f"g{genre}_s{kind}_cAll_d{dancer:02d}_m{genre}{music}_ch{dance:02d}"
        for g, genre in enumerate(("BR", "PO"))
        for dancer in range(3 * g + 1, 3 * g + 4)
        for music in range(2)
        for kind, dance in [*(("BM", d) for d in range(1, 11)), ("FM", dancer)]
    ]
    return protocols.of_aist(names, [30] * len(names))


def test_names_of_aist():
    (take,) = protocols.of_aist(["gBR_sBM_cAll_d04_mBR0_ch01"], [720])
    assert take == TakeInfo("gBR_sBM_cAll_d04_mBR0_ch01", "break", 720, "04", "aist", "BR_BM_01")
    for name in ("DANCE_C_2", "gXX_sBM_cAll_d04_mBR0_ch01", "gBR_sBM_cAll_mBR0_ch01"):
        with pytest.raises(ValueError, match=f"'{name}' is no name of AIST"):
            protocols.of_aist([name], [1])


@pytest.mark.parametrize(
    ("protocol", "kept"),
    [
        (protocols.aist_cross_dancer, ("dancer",)),
        (protocols.aist_cross_choreography, ("choreography",)),
        (protocols.aist_cross_both, ("dancer", "choreography")),
    ],
)
def test_protocols_of_aist(protocol, kept):
    takes = aist()
    found = protocol(takes)
    assert len(found) == (5 if kept == ("choreography",) else 3)
    for split in found:
        for name in kept:
            assert apart(shown(takes, split, every(takes, lambda take, name=name: getattr(take, name))))
        assert (
            {takes[s.take].genre for s in split.train} == {takes[s.take].genre for s in split.test} == {"break", "pop"}
        )
    if kept != ("dancer", "choreography"):
        tested = sorted(s.take for split in found for s in split.test)
        assert tested == list(range(len(takes))), "every take is tested once"


def test_leaks_are_found():
    takes = [TakeInfo("a", "x", 10), TakeInfo("b", "y", 10)]
    whole = (TakeWindow(0, 0, 10), TakeWindow(1, 0, 10))
    with pytest.raises(ValueError, match="the split leaks: 3 labels are in train and in test"):
        protocols.checked(takes, Split(whole, (), (TakeWindow(0, 7, 10),)))
    with pytest.raises(ValueError, match="leaves no training take of y"):
        protocols.checked(takes, Split(whole[:1], (), whole[1:]))
