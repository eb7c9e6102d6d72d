"""Draws that meet the calibration targets."""
