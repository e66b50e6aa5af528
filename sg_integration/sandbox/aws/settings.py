"""What a test can set about the embedded AWS: quotas, delays, throttling, permissions, credentials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sg_integration.sandbox.aws import iam
from sg_integration.sandbox.aws.throttling import DOCUMENTED

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_GROUPS = 16  # AWS raises the quota to 16 at most: amazon-vpc-limits
CREDENTIALS = ("valid", "expired", "invalid")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings, all off.

    Args:
        groups_per_interface: the quota vpc/L-2AFB9258, 1 to 16.
        rds_transition_seconds: how long a database's group is `adding` or `removing`, and a database stops or starts.
        stale_read_seconds: how long EC2 shows the groups from before a write; 0 for not at all.
        stale_reads: how many times EC2 shows an interface with the groups from before a write; 0 for not at all.
        throttling: for each action its bucket, capacity and refill per second; None for no throttling. Given as `"aws"`
            it becomes the documented buckets of EC2.
        deny: what the caller may not do: `{"action": "ec2:Modify*", "id": "eni-…"}`; `id` None for any resource.
        policies: the IAM policy of each access key; who has none may do everything.
        credentials: `valid`, `expired` or `invalid`.
        clock_scale: how many seconds of the embedded AWS a second of the machine is.
    """

    groups_per_interface: int = 5
    rds_transition_seconds: float = 0.0
    stale_read_seconds: float = 0.0
    stale_reads: int = 0
    throttling: Mapping[str, tuple[float, float]] | None = None
    deny: tuple[Mapping[str, str | None], ...] = ()
    policies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    credentials: str = "valid"
    clock_scale: float = 1.0

    def changed(self, document: Mapping[str, Any]) -> Settings:
        """These settings with those of the document. Raises ValueError for one that is not there or cannot be."""
        if unknown := set(document) - set(_READERS):
            raise ValueError(f"no such setting: {', '.join(sorted(unknown))}")
        return replace(self, **{name: _read(name, value) for name, value in document.items()})

    def to_dict(self) -> dict[str, Any]:
        """The settings as a JSON object."""
        return asdict(self)


def _read(name: str, value: Any) -> Any:
    try:
        return _READERS[name](value)
    except (TypeError, KeyError) as error:
        raise ValueError(f"{name} cannot be {value!r}") from error


def _quota(value: Any) -> int:
    if not isinstance(value, int) or not 1 <= value <= _MOST_GROUPS:
        raise ValueError(f"groups_per_interface is 1 to {_MOST_GROUPS}, not {value!r}")
    return value


def _not_negative(kind: type[int | float]) -> Callable[[Any], float]:
    """A reader of numbers from 0."""

    def read(value: Any) -> float:
        number = kind(value)
        if number < 0:
            raise ValueError(f"{value!r} is less than 0")
        return number

    return read


def _buckets(value: Any) -> Mapping[str, tuple[float, float]] | None:
    if value is None:
        return None
    if value == "aws":
        return DOCUMENTED
    return {str(action): (float(capacity), float(refill)) for action, (capacity, refill) in dict(value).items()}


def _denials(value: Any) -> tuple[Mapping[str, str | None], ...]:
    return tuple({"action": str(each["action"]), "id": each.get("id")} for each in value or ())


def _policies(value: Any) -> Mapping[str, Mapping[str, Any]]:
    return {str(key): iam.check(policy) for key, policy in dict(value or {}).items()}


def _credentials(value: Any) -> str:
    if value not in CREDENTIALS:
        raise ValueError(f"credentials are {' or '.join(CREDENTIALS)}, not {value!r}")
    return str(value)


_READERS: dict[str, Callable[[Any], Any]] = {
    "groups_per_interface": _quota,
    "rds_transition_seconds": _not_negative(float),
    "stale_read_seconds": _not_negative(float),
    "stale_reads": _not_negative(int),
    "throttling": _buckets,
    "deny": _denials,
    "policies": _policies,
    "credentials": _credentials,
    "clock_scale": _not_negative(float),
}
