"""The shipped data and its loader."""
