"""The command line: a face of the engine for people and scripts, in Chinese and English."""
