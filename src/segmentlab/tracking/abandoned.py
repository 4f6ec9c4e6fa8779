"""Ends the runs of processes that were killed before they could end them."""

import platform
from typing import TYPE_CHECKING

from segmentlab.tracking.ending import FAILURE_TAG
from segmentlab.tracking.process import HOST_TAG, PID_TAG, STARTED_TAG, Process

if TYPE_CHECKING:
    from mlflow import MlflowClient


def close_abandoned_runs(client: "MlflowClient", experiment_id: str) -> None:
    """Mark as KILLED what is RUNNING on this host without its process.

    Nothing else ever would: after `kill -9` a run stays RUNNING for ever. Runs of other hosts are left
    alone, for only their host can tell whether they live.
    """
    runs = client.search_runs(
        [experiment_id], f"attributes.status = 'RUNNING' and tags.`{HOST_TAG}` = '{platform.node()}'"
    )
    for run in runs:
        tags = run.data.tags
        if {PID_TAG, STARTED_TAG} <= tags.keys() and (owner := Process.from_tags(tags)).is_gone():
            reason = f"process {owner.pid} on {owner.host} ended without closing the run"
            client.set_tag(run.info.run_id, FAILURE_TAG, reason)
            client.set_terminated(run.info.run_id, "KILLED")
