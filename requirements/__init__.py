"""What is installed, exactly, and whether anything is known against it."""
