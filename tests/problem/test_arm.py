"""Arms group their items by when these act."""

from rheostat.problem.arm import read_arm

ARM = read_arm("a", "MCF-7", "ko:TSC2; env:AA@0; env:AA@1@t1-; drug:torin1@250nM; cut:loop; mut:PTEN_loss")


def test_items_stand_in_their_stage() -> None:
    assert [item.text for item in ARM.before] == ["ko:TSC2", "mut:PTEN_loss"]
    assert [item.text for item in ARM.starved] == ["env:AA@0"]
    assert [item.text for item in ARM.timed] == ["env:AA@1@t1-", "drug:torin1@250nM"]
    assert ARM.cuts == {"loop"}


def test_reduced_arms_keep_all_else() -> None:
    assert [item.text for item in ARM.without_drugs().timed] == ["env:AA@1@t1-"]
    assert ARM.without_timed().timed == ()
    assert ARM.without_timed().starved == ARM.starved
    assert ARM.without_cuts().cuts == frozenset()
    assert ARM.without_drugs().cell == "MCF-7"
