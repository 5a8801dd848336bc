from dance3d.contracts.names import LONGEST_NAME, shown_name, tidy


def test_a_name_from_a_file_is_cut_and_cleaned():
    assert shown_name("  Ana \t Bele\u0301n ") == "Ana Bel\u00e9n" == tidy("Ana  Bel\u00e9n")
    assert shown_name("x" * 10_000) == "x" * LONGEST_NAME
    assert shown_name("\ud800") == "" and shown_name("a\u202eb\x1b[2J") == "ab[2J"
    assert shown_name("\u30c0\u30f3\u30b5\u30fc") == "\u30c0\u30f3\u30b5\u30fc"
