"""What a program asks of an embedded AWS beside AWS's own API: its log, its settings, faults, and a fleet."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from urllib.parse import urlencode

from sg_integration.sandbox.aws.asking import Asking
from sg_integration.sandbox.aws.calls import Call

_POLL_SECONDS = 0.05


class Control(Asking):
    """The admin endpoint of the embedded AWS on a port of 127.0.0.1.

    Every method raises ValueError, with the reason, for what cannot be, and OSError when nobody listens.
    """

    def calls(self, api: str | None = None) -> list[Call]:
        """The calls so far, oldest first.

        Args:
            api: only this action, `ModifyNetworkInterfaceAttribute`, or with its service, `ec2:ModifyNetworkInterfaceAttribute`.
        """
        service, _, action = (api or "").rpartition(":")
        query = urlencode({name: value for name, value in (("service", service), ("action", action)) if value})
        return [Call.from_dict(fields) for fields in self._ask("GET", f"calls?{query}")["calls"]]

    def clear_calls(self) -> None:
        """Forget the calls; the cloud stays."""
        self._ask("POST", "calls/clear")

    def take_asked(self) -> list[tuple[str, str]]:
        """Who asked for what since this was last taken: what a client calls itself, and an action by IAM's name.

        Neither `clear_calls` nor `reset` makes it forget.
        """
        return [(each["agent"], each["action"]) for each in self._ask("POST", "asked/take")["asked"]]

    def reset(self) -> None:
        """Empty the cloud, forget the calls, and take back settings and faults."""
        self._ask("POST", "reset")

    def settings(
        self,
        *,
        groups_per_interface: int | None = None,
        rds_transition_seconds: float | None = None,
        stale_read_seconds: float | None = None,
        stale_reads: int | None = None,
        throttling: Mapping[str, Sequence[float]] | Literal["aws", "off"] | None = None,
        deny: Sequence[Mapping[str, str | None]] | None = None,
        policies: Mapping[str, Mapping[str, Any]] | None = None,
        credentials: Literal["valid", "expired", "invalid"] | None = None,
        clock_scale: float | None = None,
    ) -> dict[str, Any]:
        """Change the settings that are given; all of them as they are then.

        Args:
            groups_per_interface: the quota, 1 to 16; Service Quotas answers with it.
            rds_transition_seconds: how long a database's group is `adding` or `removing`, and how long a database is
                `stopping` or `starting`; 0 for not at all.
            stale_read_seconds: for how long after a write EC2 shows an interface's old groups; 0 for not at all.
            stale_reads: the same for a number of reads of the interface.
            throttling: for each action `[capacity, refill per second]`; `"aws"` for the documented buckets, `"off"`.
            deny: `[{"action": "ec2:ModifyNetworkInterfaceAttribute", "id": "eni-…"}]`, replacing those before; `*` is a
                wildcard in the action, and without `id` it is denied for any resource.
            policies: the IAM policy of each access key that may not do everything: `{"limited": {"Statement": […]}}`.
            credentials: what the caller's are.
            clock_scale: how many seconds pass here in a second of the machine.
        """
        given = {name: value for name, value in locals().items() if name != "self" and value is not None}
        if throttling == "off":
            given["throttling"] = None
        return self._ask("POST", "settings", given)

    def advance(self, seconds: float) -> None:
        """Let that many seconds pass at once: for buckets, stale reads and databases."""
        self._ask("POST", "clock", {"advance": seconds})

    def fault(
        self,
        action: str,
        *,
        id: str | None = None,  # noqa: A002 - the name that the endpoint has for it
        code: str | None = None,
        message: str | None = None,
        status: int | None = None,
        foreign_write: Mapping[str, Sequence[str]] | None = None,
        when: Literal["before", "after"] | None = None,
        vanish: bool | None = None,
        pause_after: int | None = None,
        delay_seconds: float | None = None,
        times: int | Literal["always"] | None = None,
        after: int | None = None,
    ) -> None:
        """Put one fault in the way of calls; exactly one of code, foreign_write, vanish, pause_after and delay_seconds.

        Args:
            action: the calls that it is for, `ModifyNetworkInterfaceAttribute`.
            id: only calls that name this interface, database or other resource; a foreign write to it and its vanishing
                also come with a listing.
            code: the call is not carried out, and answered with this error code.
            message: the words of that error.
            status: its HTTP status, 400 if not given.
            foreign_write: another principal changes the groups of the interface or database: `{"add": […], "remove": […]}`.
            when: whether that is just before or just after the call is carried out; before if not given.
            vanish: the interface or database is gone when the call comes.
            pause_after: after that many successful calls each further one is held until `release`, and is then not
                carried out but answered 503.
            delay_seconds: the call waits, by the machine's clock.
            times: how many calls it befalls; 1 if not given, all of them for a delay.
            after: how many calls succeed first.
        """
        given = {name: value for name, value in locals().items() if name != "self" and value is not None}
        if times == "always":
            given["times"] = None
        self._ask("POST", "faults", [given])

    def faults(self) -> list[dict[str, Any]]:
        """What is left of the faults."""
        left: list[dict[str, Any]] = self._ask("GET", "faults")["faults"]
        return left

    def clear_faults(self) -> None:
        """Take all faults back. Calls that are held are answered 503."""
        self._ask("DELETE", "faults")

    def held(self) -> int:
        """How many calls are held by a pause now."""
        return int(self._ask("GET", "faults")["held"])

    def wait_until_held(self, *, timeout: float = 60.0) -> None:
        """Wait until a call is held by a pause. Raises TimeoutError after that many seconds."""
        end = time.monotonic() + timeout
        while not self.held():
            if time.monotonic() > end:
                raise TimeoutError(f"no call was held within {timeout} s")
            time.sleep(_POLL_SECONDS)

    def release(self) -> None:
        """End the pauses that have begun: held calls are answered 503 without being carried out."""
        self._ask("POST", "release")

    def mark_interface(self, eni: str, **fields: Any) -> None:
        """Make an interface what moto cannot make.

        Args:
            eni: the interface.
            fields: RequesterManaged, RequesterId, Operator (`{"Managed": True, "Principal": "eks.amazonaws.com"}`), OwnerId,
                InstanceOwnerId, InterfaceType, Description, Status, Ipv4Prefixes, Ipv6Prefixes.
        """
        self._ask("POST", f"interfaces/{eni}", fields)

    def mark_instance(self, instance_id: str, **fields: Any) -> None:
        """Say which service operates an instance and its interfaces: `Operator={"Managed": True, "Principal": "…"}`."""
        self._ask("POST", f"instances/{instance_id}", fields)

    def mark_database(self, name: str, **fields: str) -> None:
        """Give a database instance an `Engine` or a `Status`."""
        self._ask("POST", f"databases/{name}", fields)

    def mark_cluster(self, name: str, **fields: str) -> None:
        """Give a database cluster an `Engine` or a `Status`."""
        self._ask("POST", f"clusters/{name}", fields)

    def fleet(
        self,
        *,
        subnet_id: str,
        count: int,
        security_group_ids: Sequence[str],
        vpc_id: str | None = None,
        tags: Mapping[str, str] | None = None,
        name_prefix: str | None = None,
        state: Literal["pending", "running", "stopping", "stopped"] = "running",
    ) -> list[dict[str, str]]:
        """Launch many instances at once, each with one interface; `[{"instance_id": …, "interface_id": …}]`.

        Args:
            subnet_id: the subnet; it must have an address for each.
            count: how many.
            security_group_ids: the groups of each interface.
            vpc_id: the subnet's VPC, to have it checked.
            tags: of each instance.
            name_prefix: their tag `Name` is this and a number from 1: `web-1`.
            state: the state that they are in.
        """
        given = {name: value for name, value in locals().items() if name != "self" and value is not None}
        made: list[dict[str, str]] = self._ask("POST", "fleet", given)["instances"]
        return made
