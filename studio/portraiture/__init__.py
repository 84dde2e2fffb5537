"""Faces: drawing them with known attributes. Pure NumPy; importing it imports neither torch nor Qt."""
