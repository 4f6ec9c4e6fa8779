"""Where models that version 0.1.0 logged look for their loader. Nothing else lives here."""
