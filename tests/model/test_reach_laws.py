"""Laws of reach on random VPCs: it agrees with the evaluator of AWS's rules that knows nothing of the compiler."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sg_integration.model import annotation
from sg_integration.model.bindings import Pod
from sg_integration.model.landscape import Enforcement, Landscape, RunningPod
from sg_integration.model.policy_inputs import Member, Node
from sg_integration.model.ports import Port
from sg_integration.model.reach import Reach
from sg_integration.model.reach_ends import End
from sg_integration.model.traffic import common, includes
from tests.policy.aws import SecurityGroups
from tests.policy.parties import NUMBERS, Party, Shape
from tests.policy.world import World
from tests.policy.worlds import worlds

FAST = settings(
    max_examples=25,
    deadline=None,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.differing_executors],
)


def landscape(world: World, **enforcement: object) -> Landscape:
    """The landscape of a world, in which no port is open whatever policy says."""
    how = {"hosts": world.hosts, "failsafe_inbound": (), "failsafe_outbound": (), **enforcement}
    pods = tuple(RunningPod(_pod(each), addresses=each.addresses) for each in world.pods)
    return Landscape(world.inputs, pods, Enforcement(**how))  # type: ignore[arg-type]


def _pod(party: Party) -> Pod:
    return Pod(party.namespace, party.name, labels=annotation.labels(party.groups))


def port(shape: Shape) -> Port:
    """What is sent, as a port."""
    if shape.protocol in (6, 17):
        return Port(NUMBERS[shape.protocol], shape.first, shape.first)
    return (
        Port(NUMBERS[shape.protocol], shape.first, shape.code)
        if shape.protocol in NUMBERS
        else Port(str(shape.protocol))
    )


def ends(reach: Reach, party: Party) -> dict[str, End]:
    """The end at each address of somebody in the world."""
    inputs = reach.landscape.inputs
    if party.kind == "pod":
        (running,) = (each for each in reach.landscape.pods if each.pod.name == party.name)
        return {each.address: each.end for each in reach.ends.of_pod(running)}
    if party.kind == "node":
        known = [each for each in inputs.nodes if each.name == party.name]
        node = known[0] if known else Node(party.name, party.addresses)
        return {each.address: each.end for each in reach.ends.of_node(node)}
    return {address: each.end for address in party.addresses for each in reach.ends.of_address(address)}


def decided(reach: Reach, source: End, destination: End, wanted: Port) -> bool:
    """Whether the nodes let it pass."""
    return all(includes(each.ports, wanted) for each in reach.layers(source, destination) if each.judge == "Calico")


@FAST
@given(worlds())
def test_reach_decides_as_the_security_groups_would(world: World) -> None:
    """For every two ends of a random VPC and every packet, what the nodes hold is what the groups grant."""
    reach = Reach(landscape(world))
    expected = SecurityGroups(world.inputs, world.pods, world.late(), hosts=world.hosts == "members")
    parties = {party.name: party for party in world.parties()}
    known = {name: ends(reach, party) for name, party in parties.items()}
    for source, destination, packet in world.flows:
        here, there = known[source.name][packet.source], known[destination.name][packet.destination]
        if ("member", "node") in ((source.kind, here.kind), (destination.kind, there.kind)):
            continue  # an address of both: who sends is not told by the address
        found = decided(reach, here, there, port(packet.shape))
        wanted = expected.decide(source, destination, packet)
        assert found is wanted.allowed, f"{world!r}\n{source.name} to {destination.name}: {packet}: {wanted}"


@FAST
@given(worlds(), st.data())
def test_members_are_seen_wherever_something_changes_in_them(world: World, data: st.DataObject) -> None:
    """Whatever address of a member is asked for, its end is one of those that the member is seen at."""
    reach = Reach(landscape(world))
    member: Member = data.draw(st.sampled_from(world.inputs.members))
    (party,) = (each for each in world.parties() if each.name == member.name)
    seen = {each.end for each in reach.ends.of_member(member)}
    for address in party.addresses:
        (found,) = reach.ends.of_address(address)
        if found.end.kind == "member":
            assert found.end in seen


@FAST
@given(worlds())
def test_all_that_passes_is_what_every_layer_lets_pass(world: World) -> None:
    """The set of ports that passes holds a port exactly if each layer that decides lets that port pass."""
    reach = Reach(landscape(world))
    everybody = [end for party in world.parties() for end in ends(reach, party).values()]
    for source in everybody[:4]:
        for destination in everybody:
            layers = [each for each in reach.layers(source, destination) if each.decides]
            for shape in world.shapes:
                one = port(shape)
                both = all(includes(each.ports, one) for each in layers)
                assert includes(reach.reached(source, destination), one) is both
                assert (common(reach.reached(source, destination), (one,)) == (one,)) is both
