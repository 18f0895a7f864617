"""isoserve: one typed spec, an identical model-serving stack on every target. Holds no code itself."""
