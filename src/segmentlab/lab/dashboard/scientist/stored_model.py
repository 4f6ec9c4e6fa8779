"""The model that a run keeps, read once; its digest is checked before it is opened."""

from typing import TYPE_CHECKING

import streamlit as st

from segmentlab.lab.dashboard.settings import DashboardSettings
from segmentlab.lab.dashboard.store import open_tracker
from segmentlab.lab.tracking import find_run_model, read_recipe, read_scorer

if TYPE_CHECKING:
    from segmentlab.flow import Recipe
    from segmentlab.modelling import Scorer


@st.cache_resource(max_entries=4, show_spinner="Reading the model ...")
def read_run_model(settings: DashboardSettings, run_id: str) -> "tuple[Scorer, Recipe]":
    """What places customers, and how they are described for it.

    Raises:
        StoreError: The run keeps no model, or not the one that was stored.
    """
    client = open_tracker(settings).client
    model = find_run_model(client, run_id)
    return read_scorer(client, model), read_recipe(client, model)
