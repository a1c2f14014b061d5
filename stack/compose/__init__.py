"""The stack as containers: its settings, images and life. The services themselves are in stack/compose.yaml."""
