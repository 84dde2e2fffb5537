"""Codes: where they come from, and what models make of them."""
