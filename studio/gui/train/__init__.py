"""The Train tab, one small class a control."""
