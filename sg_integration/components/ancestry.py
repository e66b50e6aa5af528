"""What a component was called before, as its own aliases and its parent's tell."""

from __future__ import annotations

import pulumi
from pulumi.runtime.resource import all_aliases


def former_urns(
    component: pulumi.ComponentResource, opts: pulumi.ResourceOptions | None
) -> tuple[pulumi.Output[str], ...]:
    """The URNs that a component had before: from its `aliases`, and from its parent's when it is named after the parent.

    Args:
        component: the component.
        opts: the options that it was given.
    """
    found = all_aliases(
        opts.aliases if opts else None,
        component.pulumi_resource_name,
        component.pulumi_resource_type,
        opts.parent if opts else None,
    )
    return tuple(pulumi.Output.from_input(urn) for urn in found)
