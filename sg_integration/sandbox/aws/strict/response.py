"""What every strict response class does: give an `AwsError` its own HTTP status."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, BaseResponse

from sg_integration.sandbox.aws.strict.errors import AwsError


class StrictResponse(BaseResponse):
    """The first base of the strict response classes."""

    def serialized(self, action_result: ActionResult) -> Any:
        """The answer on the wire."""
        status, headers, body = super().serialized(action_result)
        error = action_result.result
        if isinstance(error, AwsError) and error.status:
            status = error.status
        return status, headers, body
