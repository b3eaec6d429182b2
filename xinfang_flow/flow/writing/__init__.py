"""From a flow to a document: TOML, JSON, and the JSON Schema of the format."""
