"""What runs beside a model: agent, gateway, replicas. Never imports pulumi."""
