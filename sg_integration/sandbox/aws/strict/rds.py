"""RDS with all its strict families."""

from __future__ import annotations

from sg_integration.sandbox.aws.strict.clusters import ClusterActions
from sg_integration.sandbox.aws.strict.databases import DatabaseActions
from sg_integration.sandbox.aws.strict.response import StrictResponse


class StrictRDS(DatabaseActions, ClusterActions, StrictResponse):
    """moto's RDS, refusing what AWS refuses."""
