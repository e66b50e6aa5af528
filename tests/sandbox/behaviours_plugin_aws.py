"""What the stand-in aws plugin does as the real one does, and the tests that hold it."""

from __future__ import annotations

from typing import Final

from tests.sandbox.behaviours import Behaviour

_GROUP_DOC: Final = "https://www.pulumi.com/registry/packages/aws/api-docs/ec2/securitygroup/"
_RULE_DOC: Final = "https://www.pulumi.com/registry/packages/aws/api-docs/vpc/securitygroupingressrule/"
_RULE_SOURCE: Final = "terraform-provider-aws, internal/service/ec2/vpc_security_group_ingress_rule.go"
_PROVIDER_DOC: Final = "https://www.pulumi.com/registry/packages/aws/api-docs/provider/"
_BRIDGE: Final = "pulumi-terraform-bridge, pkg/tfbridge (autonaming, __defaults, nameRequiresDeleteBeforeReplace)"
_PROTOCOL: Final = "provider.proto of pulumi/pulumi; measured with the engine 3.259"

_SERVICER: Final = "tests/sandbox/test_plugin_servicer.py"
_INPUTS: Final = "tests/sandbox/test_plugin_aws_inputs.py"
_ARGUMENTS: Final = "tests/sandbox/test_plugin_aws_arguments.py"
_CHANGES: Final = "tests/sandbox/test_plugin_aws_changes.py"
_RULES: Final = "tests/sandbox/test_plugin_aws_rules.py"
_DATABASES: Final = "tests/sandbox/test_plugin_aws_databases.py"
_GROUPS: Final = "tests/sandbox/test_plugin_aws_groups.py"
_MEMBERS: Final = "tests/sandbox/test_plugin_aws_members.py"
_ENGINE: Final = "tests/sandbox/test_plugin_aws_engine.py"
_PROGRAMS: Final = "tests/sandbox/test_plugin_aws_programs.py"

BEHAVIOURS: Final = (
    Behaviour(
        what="A new security group has no egress rule: the allow-all one that AWS adds is revoked at creation.",
        source=f"{_GROUP_DOC} (note on egress rules)",
        held_by=f"{_GROUPS}::test_a_new_group_lets_nothing_in_or_out",
    ),
    Behaviour(
        what='A security group without a name gets one with a random suffix, and the description "Managed by Pulumi".',
        source=f"{_GROUP_DOC}; {_BRIDGE}",
        held_by=f"{_INPUTS}::test_a_group_gets_the_defaults_of_the_real_provider",
    ),
    Behaviour(
        what="A generated name survives later checks, renames with an alias included.",
        source=_BRIDGE,
        held_by=f"{_INPUTS}::test_a_generated_name_stays",
    ),
    Behaviour(
        what="Changing name, description or VPC of a security group replaces it; tags change in place.",
        source=_GROUP_DOC,
        held_by=f"{_CHANGES}::test_a_groups_identity_needs_a_new_group",
    ),
    Behaviour(
        what="A group is created before the one it replaces is deleted, unless the program named it itself.",
        source=_BRIDGE,
        held_by=f"{_ENGINE}::test_an_explicit_name_is_free_before_the_replacement",
    ),
    Behaviour(
        what="Deleting a group that is in use is tried again until a time limit, then fails with AWS's DependencyViolation; "
        "the limit is 30 s where the real provider's is 15 min, and customTimeouts.delete sets it.",
        source=f"{_GROUP_DOC} (timeouts; security group deletion problem)",
        held_by=f"{_GROUPS}::test_a_group_in_use_is_not_deleted",
    ),
    Behaviour(
        what="With revokeRulesOnDelete a group's own rules are revoked before it is deleted.",
        source=_GROUP_DOC,
        held_by=f"{_GROUPS}::test_cyclic_rules_can_be_revoked_first",
    ),
    Behaviour(
        what="A rule changes in place by ModifySecurityGroupRules; another group or another kind of peer replaces it.",
        source=f"{_RULE_SOURCE} (ModifyPlan)",
        held_by=f"{_CHANGES}::test_a_rule_is_changed_in_place_unless_its_group_or_kind_of_peer_changes",
    ),
    Behaviour(
        what="A rule has exactly one peer.",
        source=f"{_RULE_DOC}; {_RULE_SOURCE} (ConfigValidators)",
        held_by=f"{_INPUTS}::test_a_rule_has_exactly_one_peer",
    ),
    Behaviour(
        what="A rule for all protocols keeps no ports where the program gave none, though AWS answers -1.",
        source=f"{_RULE_SOURCE} (Read)",
        held_by=f"{_RULES}::test_a_rule_for_everything_has_no_ports",
    ),
    Behaviour(
        what="The provider's default tags are on every resource, in tagsAll, and not in its own tags.",
        source=f"{_PROVIDER_DOC} (defaultTags)",
        held_by=f"{_GROUPS}::test_default_tags_are_added_and_kept_apart",
    ),
    Behaviour(
        what="A resource's region counts before its provider's; changing it replaces; an import may name it, `id@region`.",
        source="terraform-provider-aws, guide 'Enhanced Region Support'",
        held_by=f"{_GROUPS}::test_a_resource_can_stand_in_another_region",
    ),
    Behaviour(
        what="Another region of the provider replaces its resources; the old ones are deleted in the old region.",
        source="terraform-provider-aws, guide 'Enhanced Region Support'",
        held_by=f"{_ENGINE}::test_the_configured_region_counts_and_its_change_moves_everything",
    ),
    Behaviour(
        what="An instance's groups are those of its first network interface, and a change is written to that.",
        source="terraform-provider-aws, internal/service/ec2/ec2_instance.go (update of vpc_security_group_ids)",
        held_by=f"{_MEMBERS}::test_an_instances_groups_are_those_of_its_first_interface",
    ),
    Behaviour(
        what="A database's id is its resource id; it is imported by identifier or resource id.",
        source="https://www.pulumi.com/registry/packages/aws/api-docs/rds/instance/ (id; import)",
        held_by=f"{_DATABASES}::test_a_database_is_imported_by_either_of_its_ids",
    ),
    Behaviour(
        what="A database's version may be given as a prefix of the one that runs.",
        source="https://www.pulumi.com/registry/packages/aws/api-docs/rds/instance/ (engineVersion)",
        held_by=f"{_DATABASES}::test_a_version_prefix_stays_as_given",
    ),
    Behaviour(
        what="A database is not deleted while the program neither skips nor names its final snapshot.",
        source="https://www.pulumi.com/registry/packages/aws/api-docs/rds/instance/ (skipFinalSnapshot)",
        held_by=f"{_DATABASES}::test_a_database_is_not_deleted_without_a_word_about_its_data",
    ),
    Behaviour(
        what="In the preview of a creation, what AWS chooses is unknown, and tagsAll is known when the tags are.",
        source=_PROTOCOL,
        held_by=f"{_INPUTS}::test_the_preview_of_a_creation_knows_what_can_be_known",
    ),
    Behaviour(
        what="Drift that a refresh saw shows in the next preview, and is repaired by the next update.",
        source=_PROTOCOL,
        held_by=f"{_ENGINE}::test_a_life_under_the_engine",
    ),
    Behaviour(
        what="A resource that was made but whose creation did not finish stays in the state; the next update finishes it.",
        source=f"{_PROTOCOL} (ErrorResourceInitFailed)",
        held_by=f"{_ENGINE}::test_a_half_made_group_is_kept_and_finished",
    ),
    Behaviour(
        what="Several providers of one program stay apart, each in its process or all attached to one server.",
        source=f"{_PROTOCOL}: one process for each provider, one connection for each with PULUMI_DEBUG_PROVIDERS",
        held_by=f"{_ENGINE}::test_two_providers_attached_to_one_server",
    ),
    Behaviour(
        what="A plugin process ends when the engine does, for whatever reason.",
        source="measured: the engine holds the other end of the plugin's standard input",
        held_by=f"{_SERVICER}::test_a_plugin_process_ends_with_the_engine",
    ),
    Behaviour(
        what="Secret inputs are secret in the state, outputs of the same name too, after creation and refresh.",
        source=f"{_PROTOCOL} (acceptSecrets; annotateSecrets in provider_plugin.go)",
        held_by=f"{_PROGRAMS}::test_a_password_is_nowhere_in_clear",
    ),
    Behaviour(
        what="Import by option and by command, aliases and --target do what they do with the real provider.",
        source="https://www.pulumi.com/docs/iac/concepts/options/import/",
        held_by=f"{_PROGRAMS}::test_what_stands_already_is_imported",
    ),
    Behaviour(
        what="Unlike the real provider: an endpoint that is not loopback is refused.",
        source="ours: the stand-in must never touch a real account",
        held_by=f"{_ARGUMENTS}::test_an_endpoint_that_is_not_loopback_is_refused",
    ),
    Behaviour(
        what="Unlike the real provider: a type, a property or a provider argument that is not applied is refused.",
        source="ours: what is ignored silently would make a test lie",
        held_by=f"{_INPUTS}::test_inline_rules_are_refused",
    ),
)
