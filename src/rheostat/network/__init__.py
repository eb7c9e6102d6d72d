"""Mechanisms become Antimony, then SBML, then a network of reactions and rules."""
