"""What every adapter shares: interface, capabilities, facts, names, registry. No provider SDK."""
