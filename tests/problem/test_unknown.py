"""The error of unknown names says which."""

import pickle

from rheostat.problem.unknown import UnknownNameError
from rheostat.vocabulary.error import Issue


def test_missing_names_survive_pickling_and_stand_once() -> None:
    error = UnknownNameError(
        [Issue("E503", "TSC9", "m"), Issue("E503", "TSC9", "m"), Issue("E501", "foo", "m")]
    )
    assert pickle.loads(pickle.dumps(error)).missing == ("TSC9", "foo")
