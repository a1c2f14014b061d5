"""The stack as containers: its settings, images and life. The services themselves are in simulator/erpgo/stack/compose.yaml."""
