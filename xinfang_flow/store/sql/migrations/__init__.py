"""How the schema changes: one module a step, each of which only adds; `xf_meta` alone says how far a database is."""
