"""The target `kubernetes`: Self-managed Kubernetes."""
