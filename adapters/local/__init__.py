"""The target `local`: one machine, replicas as processes behind a gateway."""
