import libsbml

from rheostat.vocabulary import sbo


def test_terms_are_of_the_branch_that_they_stand_for():
    number = libsbml.SBO.stringToInt
    assert all(libsbml.SBO.isQuantitativeParameter(number(term)) for term in sbo.PARAMETER_TERMS.values())
    assert all(
        libsbml.SBO.isOccurringEntityRepresentation(number(term)) for term in sbo.PROCESS_TERMS.values()
    )
    assert all(libsbml.SBO.isRateLaw(number(term)) for term in sbo.RATE_LAW_TERMS.values())
    assert all(libsbml.SBO.isMaterialEntity(number(term)) for term in sbo.SPECIES_TERMS.values())
