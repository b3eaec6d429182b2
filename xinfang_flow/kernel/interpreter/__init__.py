"""The rules of a flow as people read them: the specification of every step."""
