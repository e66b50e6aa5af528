"""What is in a prefix list: by pages, and refused for a list that does not exist."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from moto.core.responses import ActionResult
from moto.ec2.responses.vpcs import VPCs

from sg_integration.sandbox.aws.strict import paging
from sg_integration.sandbox.aws.strict.errors import AwsError, invalid
from sg_integration.sandbox.aws.strict.permissions import prefix_list

if TYPE_CHECKING:
    from collections.abc import Mapping

_ID = re.compile(r"pl-(?:[0-9a-f]{8}|[0-9a-f]{17})")
_MOST = 100


class PrefixListActions(VPCs):
    """GetManagedPrefixListEntries."""

    def get_managed_prefix_list_entries(self) -> ActionResult:
        """The entries of a list, at most 100 a page."""
        list_id = self.params.get("PrefixListId", "")
        if not _ID.fullmatch(list_id):
            raise AwsError("InvalidPrefixListId.Malformed", f"The prefix list ID '{list_id}' is malformed")
        prefix_list(self.ec2_backend, list_id)
        size = int(self.params.get("MaxResults") or _MOST)
        if not 1 <= size <= _MOST:
            raise invalid(
                f"Value ( {size} ) for parameter maxResults is invalid. Expecting a value between 1 and {_MOST}."
            )
        self.error_on_dryrun()
        entries: list[Mapping[str, Any]] = cast("Any", super().get_managed_prefix_list_entries()).result["Entries"]
        known = {str(each["Cidr"]): each for each in entries}
        asked = {**self.params, "MaxResults": size}
        found, token = paging.results(asked, lambda: list(known.values()), known.get, lambda each: str(each["Cidr"]))
        return ActionResult({"Entries": found, "NextToken": token})
