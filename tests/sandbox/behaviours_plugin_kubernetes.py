"""What the stand-in kubernetes plugin does as the official one does; the API server behind it is a real one."""

from __future__ import annotations

from tests.sandbox.behaviours import Behaviour

_LIFECYCLE = "tests/sandbox/test_plugin_kubernetes_lifecycle.py"
_OPTIONS = "tests/sandbox/test_plugin_kubernetes_options.py"
_KINDS = "tests/sandbox/test_plugin_kubernetes_kinds.py"
_MEANING = "tests/sandbox/test_plugin_kubernetes_meaning.py"
_REFUSALS = "tests/sandbox/test_plugin_kubernetes_refusals.py"
_PROVIDER = "tests/sandbox/test_plugin_kubernetes_provider.py"

_GUIDE = "https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/"
_PROVIDER_DOCS = "https://www.pulumi.com/registry/packages/kubernetes/api-docs/provider/"
_SOURCE = "https://github.com/pulumi/pulumi-kubernetes/blob/master/provider/pkg"
_SSA = "https://kubernetes.io/docs/reference/using-api/server-side-apply/"

BEHAVIOURS = (
    Behaviour(
        what="An object without a name gets the resource's name, a dash and eight hexadecimal digits, and the annotation"
        " pulumi.com/autonamed; destroy waits until objects and namespaces are gone.",
        source=f"{_SOURCE}/metadata/naming.go",
        held_by=f"{_LIFECYCLE}::test_objects_come_stay_and_go",
    ),
    Behaviour(
        what="Each resource has one field manager, random unless the annotation pulumi.com/patchFieldManager names it;"
        " an update is a server-side apply, which removes what it leaves out and keeps other managers' fields.",
        source=_GUIDE,
        held_by=f"{_LIFECYCLE}::test_update_applies_as_one_field_manager",
    ),
    Behaviour(
        what="When pulumi.com/patchFieldManager changes, the former manager gives up its fields.",
        source=f"{_SOURCE}/provider/provider.go (Update)",
        held_by=f"{_OPTIONS}::test_a_field_manager_of_ones_own",
    ),
    Behaviour(
        what="A field that another manager applied with another value stops preview and update; the annotation"
        " pulumi.com/patchForce takes it.",
        source=f"{_GUIDE}#handle-field-conflicts-on-existing-resources",
        held_by=f"{_LIFECYCLE}::test_conflict_names_managers_and_fields",
    ),
    Behaviour(
        what="Fields that kubectl wrote are taken over by an update without a conflict.",
        source="https://github.com/pulumi/pulumi-kubernetes/issues/2352",
        held_by=f"{_LIFECYCLE}::test_refresh_sees_drift_and_an_update_repairs_it",
    ),
    Behaviour(
        what="Creating an object that exists is refused, since version 4.29; an import adopts it unchanged.",
        source="https://github.com/pulumi/pulumi-kubernetes/pull/4278",
        held_by=f"{_OPTIONS}::test_what_exists_is_refused_and_can_be_imported",
    ),
    Behaviour(
        what="With upsertExistingObjects a create applies to what exists.",
        source=_PROVIDER_DOCS,
        held_by=f"{_OPTIONS}::test_upsert_adopts_what_exists",
    ),
    Behaviour(
        what="A changed name or namespace replaces; the old object goes first only if both have one place.",
        source=f"{_SOURCE}/provider/provider.go (Diff)",
        held_by=f"{_LIFECYCLE}::test_another_namespace_replaces",
    ),
    Behaviour(
        what="Changed data replace a ConfigMap or Secret, unless enableConfigMapMutable or enableSecretMutable is set.",
        source=_PROVIDER_DOCS,
        held_by=f"{_LIFECYCLE}::test_data_of_a_config_map_replaces_unless_mutable",
    ),
    Behaviour(
        what="Fields of the provider's table replace an object; other immutable fields are refused by the server.",
        source=f"{_SOURCE}/provider/diff.go",
        held_by=f"{_MEANING}::test_what_replaces_is_named",
    ),
    Behaviour(
        what="A preview sends a dry run: validation errors and refusals of admission policies show in it.",
        source="https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run",
        held_by=f"{_KINDS}::test_a_preview_shows_what_the_server_would_refuse",
    ),
    Behaviour(
        what="A preview forgives a missing namespace, an object that exists, and missing rights to write.",
        source=f"{_SOURCE}/provider/provider.go (Create), {_SOURCE}/await/await.go (Creation)",
        held_by=f"{_REFUSALS}::test_which_refusals_a_preview_forgives",
    ),
    Behaviour(
        what="A custom resource may come in the same update as its definition.",
        source=f"{_SOURCE}/await/await.go (Creation retries until the kind is served)",
        held_by=f"{_KINDS}::test_a_definition_and_its_custom_resource",
    ),
    Behaviour(
        what="Any kind that the cluster serves by a definition of others can be declared as a CustomResource; its type is"
        " kubernetes:GROUP/VERSION:KIND.",
        source="https://www.pulumi.com/registry/packages/kubernetes/api-docs/apiextensions/customresource/",
        held_by=f"{_KINDS}::test_custom_resources_of_others",
    ),
    Behaviour(
        what="A kind that is not served stops the update after some tries, not the preview; at refresh and destroy its objects"
        " count as gone.",
        source=f"{_SOURCE}/provider/provider.go (Create, Read), https://github.com/pulumi/pulumi-kubernetes/pull/530",
        held_by=f"{_KINDS}::test_a_kind_that_is_not_served",
    ),
    Behaviour(
        what="An object that is gone is dropped by refresh, created by the next update, and no error at destroy.",
        source=f"{_SOURCE}/provider/provider.go (Read), {_SOURCE}/await/await.go (Deletion)",
        held_by=f"{_LIFECYCLE}::test_an_object_deleted_by_hand_comes_back",
    ),
    Behaviour(
        what="With ignoreChanges a field that others hold is left out of the apply.",
        source=f"{_SOURCE}/await/await.go (handleSSAIgnoreFields)",
        held_by=f"{_OPTIONS}::test_ignored_fields_are_left_to_their_owner",
    ),
    Behaviour(
        what="A Secret's data are secret in the state, also those that the server made of stringData.",
        source=f"{_SOURCE}/provider/provider.go (checkpointObject)",
        held_by=f"{_LIFECYCLE}::test_a_secret_stays_secret",
    ),
    Behaviour(
        what="The default namespace is the provider's, else the kubeconfig context's; kubeconfig is a path or contents.",
        source=_PROVIDER_DOCS,
        held_by=f"{_OPTIONS}::test_two_providers_in_one_program",
    ),
    Behaviour(
        what="Another cluster in the kubeconfig replaces the provider and all its resources.",
        source=f"{_PROVIDER_DOCS} (clusterIdentifier)",
        held_by=f"{_PROVIDER}::test_another_cluster_replaces_the_provider",
    ),
    Behaviour(
        what="Objects are deleted in the foreground unless pulumi.com/deletionPropagationPolicy says otherwise (where no"
        " garbage collector runs, in the background: there the other never ends).",
        source=f"{_SOURCE}/metadata/overrides.go; without a collector: measured on kube-apiserver 1.36.3",
        held_by=f"{_REFUSALS}::test_deletion_is_in_the_foreground_where_that_ends",
    ),
    Behaviour(
        what="An apply after a POST of the same manager conflicts with that POST, unless its fields count as applied.",
        source=f"https://github.com/kubernetes/kubernetes/issues/99003, {_SSA}#field-management",
        held_by=f"{_MEANING}::test_what_kubectl_and_our_own_creation_wrote_is_taken_over",
    ),
)
