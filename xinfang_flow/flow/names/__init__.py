"""Which names a flow uses, whether they are declared, and whether they fit."""
