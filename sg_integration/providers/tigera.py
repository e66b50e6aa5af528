"""Enforcement by Calico Enterprise's own controller: waits until it is live.

FROZEN: the path of this module and the name of its provider class stand in every stack's state.

The objects that the product reads are resources of the kubernetes provider. This one comes after them, and whoever joins
comes after this one.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ResourceProvider, UpdateResult

from sg_integration.kubernetes.tigera import Tigera
from sg_integration.model.errors import IntegrationError, Refused
from sg_integration.providers import progress
from sg_integration.providers.cluster_access import cluster, refused
from sg_integration.providers.pod_preview import told_again
from sg_integration.providers.saying import say
from sg_integration.providers.settings import CLUSTER, can_reach
from sg_integration.providers.state import Props

FOUND: Final = ("repair",)
"""What `check` finds and adds to the inputs."""
LONGEST: Final = 300.0
"""How many seconds to wait: the controller's image is pulled, and every node's Calico restarts."""
BETWEEN: Final = 2.0
"""Seconds between two looks."""
_MANNER: Final = ("integration", "credentials_uid", *CLUSTER)
_IN_A_ROW: Final = 3  # the operator notices a change after a moment, and until then what it says is of before
_ADVICE: Final = (
    "Nobody joins before. Look at `kubectl describe tigerastatus amazon-cloud-integration` and at the log of the deployment "
    "tigera-amazon-cloud-integration in the namespace of that name, and run again."
)


@dataclass(frozen=True)
class Waiting:
    """Waits until the product enforces.

    Args:
        tigera: the product in the cluster.
        say: receives what is waited for.
        clock: monotonic seconds.
        sleep: waits for seconds.
        longest: how many seconds to wait.
        between: seconds between two looks.
    """

    tigera: Tigera
    say: Callable[[str], None] = say
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    longest: float = LONGEST
    between: float = BETWEEN

    def until_live(self) -> None:
        """Wait until everything was seen live several times in a row.

        Raises:
            Refused: it is not in time; the message says what each part says of itself.
        """
        end, seen, said = self.clock() + self.longest, 0, ""
        waiting = progress.Waiting(self.longest, self.say, self.clock)
        while True:
            words = "; ".join(f"{about}: {how}" for about, how in self.tigera.pending().items())
            seen = 0 if words else seen + 1
            if seen == _IN_A_ROW:
                return
            if words and self.clock() >= end:
                late = f"after {self.longest:.0f} s it is not live: {words}."
                raise Refused("waiting for Calico Enterprise to enforce", "NotLive", late, _ADVICE)
            if words and words != said:
                self.say(f"waiting for Calico Enterprise to enforce: {words}")
                said = words
            elif words:
                waiting.still("waiting for Calico Enterprise to enforce")
            self.sleep(self.between)


class TigeraLiveProvider(ResourceProvider):
    """That the product is live in one cluster; FROZEN name."""

    serialize_as_secret_always = False

    def check(self, _olds: Props, news: Props) -> CheckResult:
        """Refuse a cluster that cannot have the product; show what of it is live no more."""
        olds, inputs = _olds or {}, {name: value for name, value in news.items() if name not in FOUND}
        if not can_reach(inputs):
            return CheckResult(inputs, [])
        try:
            tigera = _able(inputs)
            # What an update is about to change is waited for anyway, and reads otherwise when it has been changed.
            changed = _changed(olds, inputs)
            lost = {} if changed else tigera.pending()
        except IntegrationError as error:
            # Who cannot be seen is not known to enforce: an update looks again, and stops whoever would join.
            return refused(error, {"repair": {"cluster": "not reached"}}, inputs, FOUND)
        quiet = not changed and not lost
        return CheckResult({**inputs, "repair": told_again(lost, olds.get("repair") or {}, quiet)}, [])

    def diff(self, _id: str, _olds: Props, _news: Props) -> DiffResult:
        """Other objects, or a product that is live no more."""
        changed = _changed(_olds, _news) or bool(_news.get("repair"))
        return DiffResult(changes=None if changed else False, replaces=[])

    def create(self, props: Props) -> CreateResult:
        """Wait; it returns only when the product enforces."""
        return CreateResult(f"tigera/{uuid.uuid4().hex[:8]}", _live(props))

    def update(self, _id: str, _olds: Props, _news: Props) -> UpdateResult:
        """Wait again."""
        return UpdateResult(_live(_news))

    def delete(self, _id: str, _props: Props) -> None:
        """Nothing of its own is there; it only goes after members and nodes, and before what the product reads."""


def _changed(olds: Props, news: Props) -> bool:
    return any(olds.get(name) != news.get(name) for name in _MANNER)


def _able(props: Props) -> Tigera:
    """The product in the cluster; raises `Refused` where it cannot be."""
    tigera = Tigera(cluster(props).api)
    if why := tigera.refusal():
        raise Refused("enforcing with Calico Enterprise", "CannotEnforce", why)
    return tigera


def _live(props: Props) -> Props:
    Waiting(_able(props), longest=LONGEST, between=BETWEEN).until_live()
    return {**props, **{name: props.get(name, {}) for name in FOUND}}
