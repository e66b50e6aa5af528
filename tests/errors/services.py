"""What AWS and the cluster answer, and what is wrong on the way to them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final
from unittest import mock

import httpx2
import yaml
from botocore import exceptions

from sg_integration.aws.connection import Connection
from sg_integration.aws.errors import _MISSING, TABLE, refusals
from sg_integration.kubernetes.answers import Answer
from sg_integration.kubernetes.clients import client
from sg_integration.kubernetes.connection import ClusterConnection
from sg_integration.kubernetes.eks import EksCluster
from sg_integration.kubernetes.errors import Status, refusal, unreachable
from sg_integration.kubernetes.exec_plugins import ExecPlugin
from sg_integration.kubernetes.kubeconfig import Source, find, select
from tests.kubernetes.kubeconfigs import config

_STATUSES: Final = {
    "Forbidden": (403, 'User "ci" cannot list resource "pods" in API group "" at the cluster scope'),
    "Unauthorized": (401, "Unauthorized"),
    "TooManyRequests": (429, "slow down"),
    "ServiceUnavailable": (503, "not yet"),
    "InternalServerError": (500, "oops"),
    "BadGateway": (502, "oops"),
    "GatewayTimeout": (504, "oops"),
}
_NEVER_CALLED: Final = {"NoCredentialsError": exceptions.NoCredentialsError()}
CODES: Final = {*TABLE, *_MISSING, *_STATUSES, *_NEVER_CALLED, "ConnectError"}
PLUGIN: Final = {"apiVersion": "client.authentication.k8s.io/v1", "command": sys.executable}


def aws(error: Exception) -> None:
    """What becomes of an error of boto3."""
    with refusals("attaching sg-1 to eni-1", "profile p, region r"):
        raise error


def answered(code: str) -> Callable[[], None]:
    """AWS answers with a code."""
    words = {"AuthFailure": "You do not have permission."}.get(code, "No.")
    return lambda: aws(
        exceptions.ClientError({"Error": {"Code": code, "Message": words}}, "ModifyNetworkInterfaceAttribute")
    )


def missing(name: str) -> Callable[[], None]:
    """Botocore misses something before it calls."""
    kind: Any = getattr(exceptions, name)
    return lambda: aws(kind(profile="x", region_name="x"))


def cluster_answers(reason: str) -> Callable[[], object]:
    """What becomes of a status of the API server."""
    code, words = _STATUSES[reason]
    return lambda: refusal("listing pods", Status(code, reason, words), "kubeconfig")


def nobody_answers() -> None:
    """No API server is there."""
    with unreachable("listing pods", "https://c.test", "kubeconfig"):
        raise httpx2.ConnectError("refused")


def chosen(document: object, context: str | None = None) -> object:
    """A context of a kubeconfig."""
    return select(Source("config", text=document if isinstance(document, str) else yaml.safe_dump(document)), context)


def plugin(prints: object = "", ends: int = 0, **document: object) -> object:
    """A credential plugin runs."""
    text = prints if isinstance(prints, str) else json.dumps({"apiVersion": PLUGIN["apiVersion"], **dict(prints)})  # type: ignore[call-overload]
    arguments = ["-c", f"import sys; print({text!r}); sys.exit({ends})"]
    return ExecPlugin({**PLUGIN, "args": arguments, **document}, {}).fetch()


def eks(**answer: Any) -> object:
    """EKS describes a cluster."""
    asked = mock.Mock()
    asked.describe_cluster.side_effect = answer.pop("error", None)
    asked.describe_cluster.return_value = {"cluster": answer}
    with mock.patch.object(EksCluster, "_client", return_value=asked), mock.patch.object(EksCluster, "_session"):
        return EksCluster("prod").describe()


def nowhere() -> object:
    """There is no kubeconfig at all."""
    with mock.patch.dict(os.environ, {"HOME": "/nonexistent", "KUBECONFIG": ""}):
        return select(find(None), None)


EXAMPLES: Final[Mapping[str, Callable[[], object]]] = {
    **{code: answered(code) for code in TABLE},
    **{name: missing(name) for name in _MISSING},
    "NoCredentialsError": lambda: aws(exceptions.NoCredentialsError()),
    "… Tried: …. Look whether the region": lambda: aws(exceptions.EndpointConnectionError(endpoint_url="https://x")),
    "is no URL of an endpoint": lambda: Connection("eu-central-1", endpoint_url="nowhere").client("ec2"),
    **{reason: cluster_answers(reason) for reason in _STATUSES},
    "ConnectError": nobody_answers,
    "DecodeError:": lambda: Answer("listing pods", 200, b"<html>").read(),
    "there is no file": lambda: find("/nonexistent/config"),
    "is no kubeconfig: it is": lambda: chosen("[]"),
    "… in …; it has: ….": lambda: chosen(config(), "staging"),
    "context …: …: ….": lambda: client(chosen(config(cluster={"certificate-authority-data": "x"})), None),  # type: ignore[arg-type]
    "NotFound: there is no $KUBECONFIG": nowhere,
    "exec.command is missing": lambda: ExecPlugin({**PLUGIN, "command": ""}, {}),
    "no token: its status": lambda: plugin({"status": {}}),
    "is given, too; leave one": lambda: ClusterConnection(kubeconfig="x", eks_cluster_name="prod"),
    "…; correct it, or the region": lambda: eks(
        error=exceptions.ClientError(
            {"Error": {"Code": "ResourceNotFoundException", "Message": "No."}}, "DescribeCluster"
        )
    ),
    "it has no endpoint. Run again": lambda: eks(status="CREATING"),
}
