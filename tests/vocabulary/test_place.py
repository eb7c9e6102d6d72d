from rheostat.vocabulary.place import Place


def test_a_place_reads_as_editors_want_it():
    assert str(Place("a.yaml", 3, 7)) == "a.yaml:3:7"
    assert str(Place("a.yaml")) == "a.yaml"
