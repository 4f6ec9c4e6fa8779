"""Tomorrow's customers: described as the model's own were, placed, counted, written out whole."""
