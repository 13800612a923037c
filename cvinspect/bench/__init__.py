"""Our accuracy and speed against peers and physical bounds, on rendered truth."""
