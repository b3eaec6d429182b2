"""The flow language: the model, reading, overlays, checks, drawing."""
