"""The edge to the tracking store: the only room that knows MLflow."""
