"""Rules over facts: small pure functions, no provider SDK."""
