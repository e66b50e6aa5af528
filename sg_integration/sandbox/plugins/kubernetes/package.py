"""The package as the engine sees it: provider arguments, and a connection for each configured provider."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sg_integration.sandbox.plugins.errors import PluginError
from sg_integration.sandbox.plugins.kubernetes import arguments
from sg_integration.sandbox.plugins.kubernetes.connection import ClusterConnection
from sg_integration.sandbox.plugins.kubernetes.difference import changes, spelled
from sg_integration.sandbox.plugins.kubernetes.kubeconfig import access
from sg_integration.sandbox.plugins.names import sdk_version
from sg_integration.sandbox.plugins.protocol import Checked, Diff

if TYPE_CHECKING:
    from sg_integration.sandbox.plugins.document import Document


class KubernetesPackage:
    """The stand-in for `pulumi-resource-kubernetes`, in the version of the installed SDK."""

    name = "kubernetes"

    @property
    def version(self) -> str:
        """The version of the SDK."""
        return sdk_version("pulumi_kubernetes")

    def check_config(self, variables: Document) -> Checked:
        """Refuse what the stand-in does not apply."""
        return Checked(variables, arguments.failures(variables))

    def diff_config(self, old: Document, new: Document) -> Diff:
        """Compare arguments; another cluster replaces the provider and with it all its resources.

        A cluster has no identity of its own, so as with the official provider its address stands for it.
        """
        found = changes(old, new)
        moved = bool(found) and _server(old) != _server(new)
        paths = {spelled(path): how for path, how in found.items()}
        return Diff(tuple(paths), tuple(paths) if moved else (), paths)

    def configure(self, variables: Document) -> ClusterConnection:
        """Read the kubeconfig; nothing is asked of the server yet."""
        wrong = arguments.failures(variables)
        if wrong:
            raise PluginError("; ".join(failure.reason for failure in wrong))
        return ClusterConnection(arguments.settings(variables))


def _server(variables: Document) -> str | None:
    """The address of the cluster; unknown when the arguments do not lead to one (any more)."""
    try:
        found = access(
            variables.get("kubeconfig"),
            context=variables.get("context"),
            cluster=variables.get("cluster"),
            environ=os.environ,
        )
    except PluginError:
        return None
    return found.server
