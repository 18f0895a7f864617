"""The command line: typer and rich on top of everything else."""
