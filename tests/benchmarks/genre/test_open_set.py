from genre_answers import answer

from dance3d.benchmarks.genre import open_set


def test_what_stays_known_is_counted_by_the_true_class():
    found = [answer([1, 0, 0], 0.9), answer([1, 0, 0], 0.2), answer([0, 1, 0], 0.6)]
    assert open_set.known(["a", "a", "tango"], found) == {"known": 0.6667, "known.a": 0.5, "known.tango": 1.0}
