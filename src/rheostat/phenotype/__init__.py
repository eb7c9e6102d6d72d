"""Readouts of a course: growth under drug, ratios to the reference, times of peaks."""
