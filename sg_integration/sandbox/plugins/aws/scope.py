"""AWS as one operation on one resource sees it: the clients of a region, who we are, and how long we may take."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from sg_integration.sandbox.plugins.aws.settings import Settings

_SHORTEST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 1.0


class Clients:
    """boto3's clients of one provider, made when first needed (boto3 alone takes a third of a second to load)."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._session: Any = None
        self._clients: dict[tuple[str, str], Any] = {}
        self._account: str | None = None

    def get(self, service: str, region: str) -> Any:
        """The client of a service in a region; making one is not thread-safe in boto3, hence the lock."""
        with self._lock:
            if (service, region) not in self._clients:
                self._clients[service, region] = self._make(service, region)
            return self._clients[service, region]

    def account(self, region: str) -> str:
        """The account's number."""
        if self._account is None:
            self._account = str(self.get("sts", region).get_caller_identity()["Account"])
        return self._account

    def _make(self, service: str, region: str) -> Any:
        import boto3  # noqa: PLC0415 - the plugin must answer its first call before this is loaded
        from botocore.config import Config  # noqa: PLC0415

        if self._session is None:
            credentials: dict[str, Any] = dict(self._settings.credentials)
            self._session = boto3.Session(**credentials)
        # No proxies: a loopback request must not leave through one that the environment names.
        config = Config(
            proxies={},
            retries={"mode": "standard"},
            max_pool_connections=32,
            user_agent_extra="sg-integration-sandbox",
        )
        url = self._settings.endpoints[service]
        return self._session.client(service, region_name=region, endpoint_url=url, config=config)


class Scope:
    """One operation's view of AWS.

    Args:
        clients: the provider's clients.
        region: where the resource is.
        seconds: how long the operation may wait for AWS to settle.
    """

    def __init__(self, clients: Clients, region: str, seconds: float) -> None:
        self._clients = clients
        self.region = region
        self._deadline = time.monotonic() + seconds

    @property
    def ec2(self) -> Any:
        """The EC2 client."""
        return self._clients.get("ec2", self.region)

    @property
    def rds(self) -> Any:
        """The RDS client."""
        return self._clients.get("rds", self.region)

    @property
    def sts(self) -> Any:
        """The STS client."""
        return self._clients.get("sts", self.region)

    @property
    def account(self) -> str:
        """The account's number."""
        return self._clients.account(self.region)

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource of this account and region, `resource` being such as `vpc/vpc-0a1`."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def until(self, done: Callable[[], bool]) -> bool:
        """Ask again and again, with growing pauses, until it is done or the time is up; returns whether it is done."""
        pause = _SHORTEST_PAUSE
        while not done():
            left = self._deadline - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(pause, left))
            pause = min(pause * 2, _LONGEST_PAUSE)
        return True
