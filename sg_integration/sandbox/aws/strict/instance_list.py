"""DescribeInstances: by id and filter, in pages of instances, grouped into their reservations."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from moto.ec2.exceptions import InvalidInstanceIdError
from moto.ec2.responses.instances import InstanceResponse

from sg_integration.sandbox.aws.strict import paging, staleness
from sg_integration.sandbox.aws.strict.filters import passing
from sg_integration.sandbox.aws.strict.instance_view import FILTERS, instance_document
from sg_integration.sandbox.aws.strict.rendering import Document

if TYPE_CHECKING:
    from moto.core.responses import ActionResult

_RESERVATION = "reservation-id"


class InstanceList(InstanceResponse):
    """The listing."""

    def describe_instances(self) -> ActionResult:
        """Instances; a reservation may go on on the next page."""
        paging.check_results(self.params, "InstanceIds", "instancesSet")
        filters = dict(self._filters_from_querystring())
        reservations = filters.pop(_RESERVATION, None)
        passes = passing("DescribeInstances", filters, FILTERS, "Tags")
        self.error_on_dryrun()
        known = self._known_instances()
        found, token = paging.results(
            self.params,
            lambda: [
                each
                for each in self._instances_asked_for(known)
                if (reservations is None or each[0].id in reservations) and passes(instance_document(each[1]))
            ],
            known.get,
            lambda each: str(each[1].id),
        )
        shown = [_reservation(own[0][0], own) for own in ([*g] for _, g in groupby(found, lambda each: each[0].id))]
        staleness.shown(nic for _, instance in found for nic in instance.nics.values())
        return Document({"Reservations": shown, "NextToken": token})

    def _known_instances(self) -> dict[str, tuple[Any, Any]]:
        """Each instance by its id, with its reservation."""
        own = self.ec2_backend.reservations.values()
        return {instance.id: (reservation, instance) for reservation in own for instance in reservation.instances}

    def _instances_asked_for(self, known: dict[str, tuple[Any, Any]]) -> list[tuple[Any, Any]]:
        """The instances with the ids of the request, or all."""
        wanted = list(dict.fromkeys(self.params.get("InstanceIds") or []))
        if missing := [each for each in wanted if each not in known]:
            raise InvalidInstanceIdError(missing)
        return [known[each] for each in wanted] if wanted else list(known.values())


def _reservation(reservation: Any, own: list[tuple[Any, Any]]) -> dict[str, Any]:
    instances = [instance_document(instance) for _, instance in own]
    return {"ReservationId": reservation.id, "OwnerId": reservation.owner_id, "Groups": [], "Instances": instances}
