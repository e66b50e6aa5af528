"""Database clusters: their groups, which are those of their members, their states, and the listing in pages."""

from __future__ import annotations

from functools import partial
from typing import Any

from moto.core.responses import ActionResult

from sg_integration.sandbox.aws.strict import memberships, paging
from sg_integration.sandbox.aws.strict.database_groups import DatabaseGroups
from sg_integration.sandbox.aws.strict.databases import UNCHANGEABLE
from sg_integration.sandbox.aws.strict.errors import AwsError
from sg_integration.sandbox.aws.world import WORLD


class ClusterActions(DatabaseGroups):
    """The actions on clusters."""

    def create_db_cluster(self) -> ActionResult:
        """Make a cluster; without groups it gets the default group of its VPC."""
        self._settle_groups(self._vpc_of(self.params.get("DBSubnetGroupName")))
        return super().create_db_cluster()

    def describe_db_clusters(self) -> ActionResult:
        """Clusters, in pages."""
        found: Any = super().describe_db_clusters()
        clusters = found.result["DBClusters"]
        page, marker = paging.records(self.params, clusters, lambda each: str(each.db_cluster_identifier))
        return ActionResult({"DBClusters": page, "Marker": marker})

    def modify_db_cluster(self) -> ActionResult:
        """Change a cluster."""
        cluster = self._cluster()
        if cluster._status in UNCHANGEABLE and cluster._status != "creating":  # moto's are made at once
            raise _wrong_state(cluster, "available")
        before = list(cluster.vpc_security_group_ids)
        self._settle_change(before, self._vpc_of(cluster.db_subnet_group_name))
        super().modify_db_cluster()
        memberships.started(cluster, before)
        return ActionResult({"DBCluster": cluster})

    def stop_db_cluster(self) -> ActionResult:
        """Stop a cluster and its members: they are `stopping` first."""
        return self._pass_cluster("available", "stopping", "stopped")

    def start_db_cluster(self) -> ActionResult:
        """Start a cluster and its members: they are `starting` first."""
        return self._pass_cluster("stopped", "starting", "available")

    def _pass_cluster(self, begin: str, between: str, end: str) -> ActionResult:
        """Let a cluster and its members pass from one state to another."""
        cluster = self._cluster()
        if cluster._status not in (begin, "creating"):
            raise _wrong_state(cluster, begin)
        both = [cluster, *cluster.members]
        for each in both:
            each.status = between
            WORLD.timeline.after(WORLD.settings.rds_transition_seconds, partial(setattr, each, "status", end))
        return ActionResult({"DBCluster": cluster})

    def _cluster(self) -> Any:
        """The cluster that the request names."""
        name = self.params.get("DBClusterIdentifier", "").lower()
        if name not in self.backend.clusters:
            raise AwsError("DBClusterNotFoundFault", f"DBCluster {name} not found.", status=404)
        return self.backend.clusters[name]


def _wrong_state(cluster: Any, expected: str) -> AwsError:
    words = f"DbCluster {cluster.db_cluster_identifier} is in {cluster._status} state"
    return AwsError("InvalidDBClusterStateFault", f"{words} but expected it to be one of {expected}.")
