"""The demonstration: a county's first quarter of petitions goes the whole way."""
