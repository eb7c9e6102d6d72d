"""Library functions: unit-clean in libSBML, each in a rule or rate law of its own."""

from rheostat.network.diagnose import diagnostics
from rheostat.network.library import library_antimony
from rheostat.network.sbml import to_sbml
from rheostat.vocabulary.unit import UNIT_DEFINITIONS


def test_every_function_is_clean_in_units() -> None:
    text = f"""{library_antimony()}
model *m()
{UNIT_DEFINITIONS}
  one = 1; one has dimensionless
  compartment c = 1e-12; c has litre
  substanceOnly species S in c, E in c
  S = 1; S has kilocopy; E = 2; E has kilocopy
  k = 1; k has per_min; km = 3; km has kilocopy; n = 2; n has dimensionless
  d = 1; d has nM; ki = 2; ki has nM
  r: S -> ; michaelis(E, S, k, km)
  h := hill(S, km, n); h has dimensionless
  i := inhibition(d, ki); i has dimensionless
  b := tight_binding(E, S, km); b has dimensionless
end
"""
    assert diagnostics(to_sbml(text)) == []
