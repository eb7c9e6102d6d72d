"""From a dose of a drug to changes of a network."""
