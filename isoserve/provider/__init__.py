"""The plugin `pulumi-resource-isoserve`: resources that no official provider has."""
