"""Commands of the terminal, one file a subject; :mod:`studio.cli` registers them."""
