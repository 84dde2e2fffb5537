"""Timings. Not run by the test command: machines are shared and noisy, so each prints medians and ratios to be read."""
