"""Finds, downloads or builds the Pulumi engine and drives it by the Automation API."""
