"""Preparation, projection and clustering as one fitted object that can place new customers."""
