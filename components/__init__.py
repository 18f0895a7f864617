"""Pulumi components: they see the adapter interface, never a target."""
