"""From what is altered in a cell to changes of a network: genes, variants, environment."""
