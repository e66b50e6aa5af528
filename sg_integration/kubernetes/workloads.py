"""Workloads: list what makes pods from a template, and write what the template says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sg_integration.kubernetes.api import JSON, Api, path
from sg_integration.kubernetes.documents import Page, WholeWorkload, decoder
from sg_integration.kubernetes.writes import Write
from sg_integration.model.workloads import Kind, Workload

_workloads = decoder(Page[WholeWorkload])


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a kind of workload is served, and where its pod template is.

    Args:
        api_version: group and version.
        plural: the resource.
        keys: the keys that lead to the template.
        fields: the same way among managed fields.
    """

    api_version: str
    plural: str
    keys: tuple[str, ...] = ("spec", "template")
    fields: tuple[str, ...] = ("spec", "template")

    def path(self, namespace: str | None, *names: str) -> str:
        """The path of all, or of one."""
        return path(f"/apis/{self.api_version}", namespace, self.plural, *names)

    def around(self, metadata: dict[str, Any]) -> dict[str, Any]:
        """A body that says nothing but the metadata of the template."""
        body = {"metadata": metadata}
        for key in reversed(self.keys):
            body = {key: body}
        return body


_PLACES: Final[Mapping[Kind, _Place]] = {
    "CronJob": _Place(
        "batch/v1",
        "cronjobs",
        ("spec", "jobTemplate", "spec", "template"),
        ("spec", "job_template", "spec", "template"),
    ),
    "DaemonSet": _Place("apps/v1", "daemonsets"),
    "Deployment": _Place("apps/v1", "deployments"),
    "StatefulSet": _Place("apps/v1", "statefulsets"),
}


def listed(api: Api, namespace: str | None) -> Iterator[Workload]:
    """Every workload of the four kinds, one kind after the other."""
    where = "every namespace" if namespace is None else f"namespace {namespace}"
    for kind, place in _PLACES.items():
        doing = f"listing the {place.plural} of {where}"
        for item in api.everything(doing, place.path(namespace), _workloads, accept=JSON):
            if not item.metadata.deletion_timestamp:
                yield _workload(kind, place, item)


def write_template(
    api: Api, workload: Workload, annotations: Mapping[str, str], labels: Mapping[str, str], *, force: bool
) -> None:
    """Write the annotations and labels of a pod template; its owner rolls the pods out."""
    place = _PLACES[workload.kind]
    Write(
        doing=f"writing the groups into the template of {workload}",
        path=place.path(workload.namespace, workload.name),
        head={"apiVersion": place.api_version, "kind": workload.kind},
        target=workload,
        after=(annotations, labels),
        at=place.around,
    ).send(api, force=force)


def _workload(kind: Kind, place: _Place, item: WholeWorkload) -> Workload:
    job = item.spec.job_template
    spec = item.spec if job is None or job.spec is None else job.spec
    template = spec.template.metadata if spec.template else None
    return Workload(
        kind=kind,
        namespace=item.metadata.namespace,
        name=item.metadata.name,
        uid=item.metadata.uid,
        resource_version=item.metadata.resource_version,
        labels=(template and template.labels) or {},
        annotations=(template and template.annotations) or {},
        managers=item.metadata.managers(*place.fields),
    )
