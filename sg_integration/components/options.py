"""Resource options of a component, as its children need them."""

from __future__ import annotations

import pulumi


def of_child(
    parent: pulumi.Resource, opts: pulumi.ResourceOptions | None, *, former_names: tuple[str, ...] = ()
) -> pulumi.ResourceOptions:
    """Options for a child of a component.

    The engine hands provider, protect, transforms and the component's own aliases down by itself. It does not
    hand down `depends_on`, though a person who writes it on a component means everything in the component.

    Args:
        parent: the component.
        opts: the options that the component was given.
        former_names: names that this child had before, for resources whose name changes with somebody else's.
    """
    return pulumi.ResourceOptions(
        parent=parent,
        depends_on=opts.depends_on if opts else None,
        aliases=[pulumi.Alias(name=name) for name in former_names] or None,
    )


def former_names(opts: pulumi.ResourceOptions | None) -> tuple[str, ...]:
    """The names that a component had before, as its `aliases` tell them."""
    aliases = (opts.aliases if opts else None) or []
    if not isinstance(aliases, (list, tuple)):
        return ()
    named = (alias.name if isinstance(alias, pulumi.Alias) else alias for alias in aliases)
    return tuple(name.rpartition("::")[2] for name in named if isinstance(name, str))
