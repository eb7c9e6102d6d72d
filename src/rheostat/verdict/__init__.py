"""Judge claims: effects, verdicts, the influence graph, the scoreboard."""
