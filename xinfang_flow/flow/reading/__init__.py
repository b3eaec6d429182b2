"""From a document, or from Python, to a flow: parsing, overlays, validation."""
