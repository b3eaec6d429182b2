"""What can be proved of a flow before a case runs."""
