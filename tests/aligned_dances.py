"""What tests of alignments look at."""

import dance_pairs as make


def make_xyz():
    return make.dance()
