"""The grammar in which users write what is done to a cell."""

import pytest

from rheostat.problem.item import Item, parse_items
from rheostat.vocabulary.error import InputError


def only(text: str) -> Item:
    (item,) = parse_items(text)
    return item


def issue_of(text: str) -> tuple[str, str]:
    with pytest.raises(InputError) as caught:
        parse_items(text)
    assert caught.value.exit_code == 2
    (issue,) = caught.value.issues
    return issue.code, f"{issue.message}; {issue.remedy}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("drug:everolimus@20nM", ("drug", "everolimus", 20.0, "nM", 0.0, None)),
        ("drug:pictilisib@1uM@t0-72", ("drug", "pictilisib", 1.0, "uM", 0.0, 72.0)),
        ("drug:x@1\u00b5M", ("drug", "x", 1.0, "uM", 0.0, None)),
        ("drug:x@1\u03bcM@t24-", ("drug", "x", 1.0, "uM", 24.0, None)),
        ("drug:x@10 ng/mL", ("drug", "x", 10.0, "ng/mL", 0.0, None)),
        ("drug:x@1e-3mM", ("drug", "x", 1e-3, "mM", 0.0, None)),
        ("everolimus 20 nM", ("drug", "everolimus", 20.0, "nM", 0.0, None)),
        ("everolimus@20nM", ("drug", "everolimus", 20.0, "nM", 0.0, None)),
        ("torin 1 250nM@t0-1", ("drug", "torin 1", 250.0, "nM", 0.0, 1.0)),
        ("ko:TSC2", ("ko", "TSC2", None, None, None, None)),
        ("KO: RPS6KB1/2", ("ko", "RPS6KB1/2", None, None, None, None)),
        ("kd:RPTOR", ("kd", "RPTOR", 0.2, None, None, None)),
        ("kd:RPTOR@30%", ("kd", "RPTOR", 0.3, None, None, None)),
        ("oe:DEPTOR", ("oe", "DEPTOR", 5.0, None, None, None)),
        ("kinase_dead:MTOR", ("kinase_dead", "MTOR", None, None, None, None)),
        ("mut:PIK3CA_H1047R", ("mut", "PIK3CA_H1047R", None, None, None, None)),
        ("env:AA@0", ("env", "AA", 0.0, None, None, None)),
        ("env:AA@1@t0.83-", ("env", "AA", 1.0, None, 0.83, None)),
        ("env:O2@1%", ("env", "O2", 1.0, "%", None, None)),
        ("env:insulin@100nM@t24-25", ("env", "insulin", 100.0, "nM", 24.0, 25.0)),
        ("cut:s6k1-inhibits-irs1", ("cut", "s6k1-inhibits-irs1", None, None, None, None)),
    ],
)
def test_item_is_read(text: str, expected: tuple[object, ...]) -> None:
    item = only(text)
    assert (item.kind, item.what, item.amount, item.unit, item.start_h, item.end_h) == expected


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("drgu:everolimus@20nM", "E401", "did you mean 'drug'"),
        ("everolimus", "E402", "drug:everolimus@20nM"),
        ("ko:", "E402", "ko:TSC2"),
        ("drug:x@1nM@2nM", "E402", "one too many"),
        ("drug:everolimus", "E403", "no dose"),
        ("drug:everolimus@20", "E403", "20nM"),
        ("env:leu", "E403", "env:leu@0"),
        ("drug:x@0,5uM", "E404", "0.5uM"),
        ("everolimus 0,5 uM", "E404", "decimal comma"),
        ("drug:x@nannM", "E404", "finite"),
        ("drug:x@infnM", "E404", "finite"),
        ("drug:x@1e999nM", "E404", "overflows"),
        ("drug:x@muchnM", "E404", "number"),
        ("drug:x@-5nM", "E405", "negative"),
        ("env:leu@-1", "E405", "negative"),
        ("drug:x@20nm", "E406", "did you mean 'nM'"),
        ("drug:x@20 nm", "E406", "nanometre"),
        ("x 20 nm", "E406", "nanometre"),
        ("drug:x@20um", "E406", "did you mean 'uM'"),
        ("drug:x@20mol", "E406", "unknown unit"),
        ("oe:X@5nM", "E406", "takes no unit"),
        ("drug:x@1nM@t72-0", "E407", "@t0-72"),
        ("drug:x@1nM@t1-1", "E407", "ends before"),
        ("drug:x@1nM@tx-", "E402", "one too many"),
        ("drug:x@1nM@t-5", "E407", "window"),
        ("drug:x@1nM@t5", "E407", "window"),
        ("env:AA@1@t0,5-1", "E407", "decimal comma"),
        ("ko:TSC2@0.5", "E408", "takes no amount"),
        ("kd:TSC2@1.5", "E408", "above 1"),
        ("drug:everolimus@ic30", "E409", "@ic30"),
        ("ko:TSC2@t0-1", "E410", "before t = 0"),
    ],
)
def test_wrong_item_is_told_what_is_wrong(text: str, code: str, says: str) -> None:
    found, message = issue_of(text)
    assert found == code
    assert says in message


def test_all_problems_come_together() -> None:
    with pytest.raises(InputError) as caught:
        parse_items(["drug:x@20nm; ko:TSC2", "env:leu"])
    assert [issue.code for issue in caught.value.issues] == ["E406", "E403"]


def test_text_and_list_say_the_same() -> None:
    assert parse_items("ko:TSC2; env:AA@0;") == parse_items(["ko:TSC2", "env:AA@0"])
    assert parse_items("") == ()


@pytest.mark.parametrize(
    "text", ["\0", "@", "@@@", ":", "drug:@", "@t0-", "\u0661nM", "drug:x@\u0661nM", "é" * 50]
)
def test_odd_text_never_ends_in_another_error(text: str) -> None:
    with pytest.raises(InputError):
        parse_items(text)
