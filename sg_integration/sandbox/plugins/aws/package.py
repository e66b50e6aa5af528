"""The `aws` package as the servicer wants it."""

from __future__ import annotations

from sg_integration.sandbox.plugins.aws.connection import AwsConnection
from sg_integration.sandbox.plugins.aws.settings import SDK, decoded, problems, settings
from sg_integration.sandbox.plugins.document import Document
from sg_integration.sandbox.plugins.names import sdk_version
from sg_integration.sandbox.plugins.protocol import Checked, Diff, DiffKind


class AwsPackage:
    """The stand-in for `pulumi-resource-aws`, in the version of the installed `pulumi_aws`."""

    name = "aws"

    def __init__(self) -> None:
        self.version = sdk_version(SDK)

    def check_config(self, variables: Document) -> Checked:
        """Refuse what the SDK does not have, what is not applied, and an endpoint that is not loopback."""
        return Checked(variables, tuple(problems(decoded(variables))))

    def diff_config(self, old: Document, new: Document) -> Diff:
        """Any change is one in place: resources carry their region, and show themselves what it means for them."""
        changed = tuple(sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name)))
        return Diff(changed, (), dict.fromkeys(changed, DiffKind.UPDATE))

    def configure(self, variables: Document) -> AwsConnection:
        """A connection for these arguments."""
        return AwsConnection(settings(decoded(variables)))
