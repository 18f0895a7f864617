"""The conformance suite, shipped so that third parties can prove an adapter."""
