"""Waits until an API server admits pods as policies say: a policy acts about a second after it was written."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sg_integration.kubernetes.cluster import Cluster
from sg_integration.model import guard
from sg_integration.model.bindings import Binding, Pod, expected, with_binding
from sg_integration.model.errors import AccessDenied, ProbeRefused, Refused
from sg_integration.providers.progress import Waiting

_IN_A_ROW: Final = 3  # several API servers may stand behind one address, and each learns of a policy by itself
_BETWEEN: Final = 0.2
_LONGEST: Final = 60.0
_UNSEEN: Final = 2.0
_BLIND: Final = 5.0  # how long to wait when no pod can be tried
_LATE: Final = (
    "If somebody changed or deleted its policy or the policy's binding, `pulumi up --refresh` mends it; else run again."
)


@dataclass(frozen=True)
class Admission:
    """Tries what becomes of new pods, by dry runs.

    Args:
        cluster: the cluster.
        say: receives what could not be seen.
    """

    cluster: Cluster
    say: Callable[[str], None] = lambda _: None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def wait_until_given(self, binding: Binding, before: Binding | None = None) -> None:
        """Wait until new pods get a binding's groups, and no more those that it gave before.

        Args:
            binding: the binding as it is now.
            before: the binding as it was: a pod that still came with its groups after we listed the pods would keep them;
                also one that is selected no more.

        Raises:
            Refused: they do not in time, or the guard refuses them.
        """
        lost = frozenset() if before is None else before.groups - binding.groups

        def is_given(pod: Pod, labels: Mapping[str, str]) -> bool:
            stale = pod.attached & lost
            if stale:  # or somebody else's binding gives them
                stale -= expected(pod, labels, with_binding(self.cluster.registry(), binding, binding.key))
            return binding.groups <= pod.groups and not stale

        self._wait(binding, {}, is_given, "get the groups of the binding")
        if before is not None and (before.pods, before.namespaces) != (binding.pods, binding.namespaces):
            self._wait(
                before,
                {},
                _is_rid(before, self.cluster.registry()),
                "be without the groups of the binding that selects them no more",
                binding,
            )

    def wait_until_allowed(self, binding: Binding, annotations: Mapping[str, str]) -> None:
        """Wait until the guard lets new pods have a binding's groups, as `annotations` say them."""
        self._wait(binding, annotations, lambda *_: True, "be allowed the groups of the binding")

    def wait_until_gone(self, binding: Binding) -> None:
        """Wait until new pods get only what the bindings that remain give them."""
        remaining = [each for each in self.cluster.registry() if each.key != binding.key]
        self._wait(binding, {}, _is_rid(binding, remaining), "be without the groups of the binding that went")

    def _wait(
        self,
        binding: Binding,
        annotations: Mapping[str, str],
        is_so: Callable[[Pod, Mapping[str, str]], bool],
        what: str,
        other: Binding | None = None,
    ) -> None:
        labels, begun, seen = binding.pods.example(), self.clock(), 0
        namespace, there = self._where(binding, other)
        waiting = Waiting(_LONGEST, self.say, self.clock)
        last = Refused(f"trying a pod in namespace {namespace}", "NotYet", f"new pods do not {what}.", _LATE)
        while seen < _IN_A_ROW:
            if not namespace or labels is None:
                self.sleep(_UNSEEN)  # no pod can be tried; one may come with the next command
                return
            try:
                pod = self.cluster.probe(namespace, labels, annotations)
                seen = seen + 1 if is_so(pod, there) else 0
            except ProbeRefused as error:
                seen, last = 0, error
                if guard.NAME not in error.words and self.clock() > begun + _BLIND:
                    self.say(f"{error} So it was not seen whether new pods {what}.")
                    return
            except AccessDenied as error:
                self.say(f"{error} So it was not seen whether new pods {what}; {_BLIND:.0f} s were waited instead.")
                self.sleep(_BLIND)
                return
            except Refused as error:
                if error.code != "NotFound":
                    raise
                namespace, there = self._where(binding, other)  # it went meanwhile
            if self.clock() > begun + _LONGEST:
                raise last
            if seen < _IN_A_ROW:
                waiting.still(f"waiting until new pods of {namespace} {what}")
                self.sleep(_BETWEEN)

    def _where(self, binding: Binding, other: Binding | None) -> tuple[str, Mapping[str, str]]:
        """A namespace in which a pod can be tried, and its labels; empty if there is none.

        Args:
            binding: which covers it.
            other: which does not cover it, if there is such a one.
        """

        def rank(found: tuple[str, Mapping[str, str]]) -> tuple[bool, str]:
            return other is not None and other.covers(found[1]), found[0]

        found = {name: labels for name, labels in self.cluster.namespaces().items() if binding.covers(labels)}
        return min(found.items(), key=rank, default=("", {}))


def _is_rid(binding: Binding, registry: Iterable[Binding]) -> Callable[[Pod, Mapping[str, str]], bool]:
    """Whether a new pod has of a binding's groups only what those that are registered give it."""
    every = list(registry)
    return lambda pod, labels: not (pod.attached & binding.groups) - expected(pod, labels, every)
