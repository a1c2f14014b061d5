"""What experiments can change in ERPGo's traffic, one file each."""
