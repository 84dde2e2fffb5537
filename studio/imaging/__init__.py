"""Pixels: decoding any picture file, the one pixel conversion, grids and films. Imports torch only in ``pixels``."""
