"""From YAML text to checked, frozen dataclasses, each with its place in the file."""
