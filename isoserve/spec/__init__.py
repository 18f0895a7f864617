"""Typed spec and its loader: plain data, no pulumi, no cloud word."""
