"""Entry point of `pulumi-resource-isoserve`."""

from __future__ import annotations

from isoserve.provider.serve import serve

if __name__ == "__main__":
    serve()
