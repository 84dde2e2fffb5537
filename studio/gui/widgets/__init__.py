"""Small controls that every tab shares."""
