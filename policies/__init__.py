"""The CrossGuard pack; rules live one level down, in `policies.rules`."""
