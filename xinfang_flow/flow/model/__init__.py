"""The model of a flow: one frozen pydantic model behind TOML, JSON and Python."""
