"""The formats in which a lint is told, a file each."""
