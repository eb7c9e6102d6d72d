"""Figures and HTML; the only user of matplotlib and jinja2."""
