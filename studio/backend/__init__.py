"""The only place that says device, dtype, autocast and seed (Fabric's precision object is the model)."""
