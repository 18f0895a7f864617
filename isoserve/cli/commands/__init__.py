"""One module per command, each with a function `command`; loaded by name when called."""
