"""The adapter interface and the adapters, one folder per target."""
