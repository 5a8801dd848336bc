from dance3d.visualization.colours import PALETTE, colour


def test_eight_dancers_differ_and_the_ninth_begins_again():
    assert len({colour(person) for person in range(1, 9)}) == len(PALETTE) == 8
    assert colour(9) == colour(1) == PALETTE[0]
