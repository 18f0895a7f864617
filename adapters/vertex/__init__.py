"""The target `vertex`: Google Vertex AI."""
