"""Doors to the outside: a county's register, calendars, durable engines; each an extra where it needs a library."""
