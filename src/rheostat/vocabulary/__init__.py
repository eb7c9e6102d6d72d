"""Errors, places in files, names, units and SBO terms: the words every other package uses."""
