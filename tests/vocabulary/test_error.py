import pickle

import pytest

from rheostat.vocabulary.error import InputError, Issue, MissingPartError, NumericalError, RheostatError
from rheostat.vocabulary.place import Place


def test_an_issue_reads_as_place_code_message_and_remedy():
    issue = Issue("E107", "a.yaml:4:3", "unknown key 'agnt'; did you mean 'agent'?", "known keys: agent")
    assert str(issue) == "a.yaml:4:3 E107 unknown key 'agnt'; did you mean 'agent'?; known keys: agent"
    assert str(Issue("E101", "", "no such file")) == "E101 no such file"


def test_an_error_shows_all_its_issues():
    error = InputError([Issue("E101", "a", "one"), Issue("E102", "b", "two")])
    assert str(error).splitlines() == ["a E101 one", "b E102 two"]


@pytest.mark.parametrize(("kind", "exit_code"), [(InputError, 2), (NumericalError, 3), (MissingPartError, 4)])
def test_each_error_has_its_exit_code(kind, exit_code):
    error = kind.one("E101", Place("a.yaml", 2, 5), "message", "remedy")
    assert isinstance(error, RheostatError)
    assert error.exit_code == exit_code
    assert error.issues == (Issue("E101", "a.yaml:2:5", "message", "remedy"),)


def test_an_error_survives_the_way_back_from_a_worker():
    error = InputError.one("E101", "a.yaml", "message")
    assert pickle.loads(pickle.dumps(error)).issues == error.issues
