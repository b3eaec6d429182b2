"""The shell: Engine, clock, timers, outbox, case file."""
