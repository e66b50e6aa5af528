"""The laws of bindings: what becomes of one pod under all bindings of a cluster, however they come and go."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sg_integration.model.annotation import ATTACHED, BOUND, GROUPS, LABEL_PREFIX, labels, render
from sg_integration.model.bindings import (
    EXCLUDED_NAMESPACES,
    MIRROR,
    Binding,
    Pod,
    PodChange,
    binding,
    binding_key,
    change,
    expected,
    with_binding,
)
from sg_integration.model.errors import InvalidAnnotation, InvalidInput
from sg_integration.model.label_selectors import NAMESPACE_LABEL, in_namespace, label_selector

HERE = {NAMESPACE_LABEL: "shop", "tier": "front"}
groups = st.frozensets(st.sampled_from(["sg-0a", "sg-0b", "sg-0c", "sg-0d"]))
namespaces = st.sampled_from([{}, {"tier": "front"}, {"tier": "back"}, {NAMESPACE_LABEL: "shop"}])
selected = st.sampled_from([{}, {"app": "web"}, {"app": "db"}])
bindings = st.builds(
    lambda key, where, pods, found: Binding(key, label_selector(where, "n"), label_selector(pods, "p"), found),
    st.sampled_from(["one", "two", "three", "four"]),
    namespaces,
    selected,
    groups,
)
registries = st.lists(bindings, max_size=4, unique_by=lambda each: each.key)


def found(has: frozenset[str], *, labelled: bool = True) -> Pod:
    """A pod that somebody else gave groups."""
    annotations = {GROUPS: render(has)} if has else {}
    return Pod("shop", "p", labels={"app": "web", **(labels(has) if labelled else {})}, annotations=annotations)


def written(done: PodChange) -> Pod:
    """The pod after a change was written."""
    ours = {GROUPS, ATTACHED}
    kept = {key: value for key, value in done.pod.annotations.items() if key not in ours}
    others = {k: v for k, v in done.pod.labels.items() if k != BOUND and not k.startswith(LABEL_PREFIX)}
    return replace(done.pod, annotations={**kept, **done.annotations}, labels={**others, **done.labels})


def settled(pod: Pod, registry: list[Binding]) -> Pod:
    """The pod when all is as a registry says."""
    return written(change(pod, expected(pod, HERE, registry)))


@settings(max_examples=50)
@given(groups, registries)
def test_one_pass_is_enough(has: frozenset[str], registry: list[Binding]) -> None:
    """The pod has what bindings give and what it had, labels say the same, and a second pass writes nothing."""
    pod = settled(found(has, labelled=False), registry)
    given_ = expected(pod, HERE, registry)
    assert pod.groups == has | given_
    assert pod.attached == given_ - has
    assert pod.labels == {"app": "web", **labels(has | given_)}
    assert not change(pod, given_)


@settings(max_examples=50)
@given(groups, st.lists(registries, min_size=1, max_size=4))
def test_when_all_bindings_are_gone_a_pod_is_as_it_was_found(has: frozenset[str], history: list[list[Binding]]) -> None:
    """Whatever was bound in between, in the end there is neither more nor less on the pod than at first."""
    pod = before = found(has)
    for registry in history:
        pod = settled(pod, registry)
        assert has <= pod.groups, "what others gave survives"
    pod = settled(pod, [])
    assert (pod.annotations, pod.labels) == (before.annotations, before.labels)


@settings(max_examples=50)
@given(groups, registries, st.data())
def test_removing_one_leaves_what_the_others_give(has: frozenset[str], registry: list[Binding], data: Any) -> None:
    """A pod that loses one binding is as if that one had never been."""
    gone = data.draw(st.sampled_from(registry)) if registry else None
    rest = [each for each in registry if each is not gone]
    assert settled(settled(found(has), registry), rest) == settled(found(has), rest)
    if gone:
        assert with_binding(registry, None, gone.key) == rest


@settings(max_examples=50)
@given(groups, registries, st.randoms(use_true_random=False))
def test_the_order_of_bindings_means_nothing(has: frozenset[str], registry: list[Binding], rng: Any) -> None:
    """Neither the order in the registry nor the order in which they come decides anything."""
    pod = found(has)
    shuffled = rng.sample(registry, len(registry))
    assert expected(pod, HERE, shuffled) == expected(pod, HERE, registry)
    step = pod
    for count in range(len(shuffled) + 1):
        step = settled(step, shuffled[:count])
    assert step == settled(pod, registry)


@settings(max_examples=50)
@given(groups, registries, groups)
def test_what_others_add_meanwhile_survives(has: frozenset[str], registry: list[Binding], more: frozenset[str]) -> None:
    """A group that somebody adds to a bound pod is there when the bindings are gone, unless a binding had given it."""
    pod = settled(found(has), registry)
    annotations = {**pod.annotations, GROUPS: render(pod.groups | more)}
    left = settled(settled(replace(pod, annotations=annotations), registry), [])
    assert left.groups == has | (more - pod.attached)


@settings(max_examples=50)
@given(groups, groups)
def test_a_change_says_what_it_takes_away(has: frozenset[str], now: frozenset[str]) -> None:
    """`removes` is set exactly if a key of ours would be left over by adding alone."""
    pod = replace(found(has), annotations={GROUPS: render(has), ATTACHED: render(has)} if has else {})
    done = change(pod, now)
    after = written(done)
    added = {**pod.annotations, **done.annotations}, {**pod.labels, **done.labels}
    assert done.removes == (added != (after.annotations, after.labels))
    assert bool(done) == ((pod.groups, pod.attached, pod.labels) != (after.groups, after.attached, after.labels))


def test_a_change_reads_as_one_line() -> None:
    """What goes, what comes, and where a pod without groups returns to."""
    pod = replace(found(frozenset(["sg-0a"])), annotations={GROUPS: '["sg-0a"]', ATTACHED: '["sg-0a"]'})
    assert str(change(pod, frozenset(["sg-0b"]))) == "- sg-0a + sg-0b"
    assert str(change(pod, frozenset())) == "- sg-0a (back to the node groups)"
    unlabelled = change(replace(pod, labels={}), frozenset(["sg-0a"]))
    assert unlabelled
    assert "labels" in str(unlabelled)


def test_what_cannot_be_read_is_not_written() -> None:
    """A malformed annotation of groups is an error; a malformed record counts as none."""
    with pytest.raises(InvalidAnnotation):
        change(Pod("shop", "p", annotations={GROUPS: "sg-0a"}), frozenset(["sg-0a"]))
    assert Pod("shop", "p", annotations={ATTACHED: "sg-0a"}).attached == frozenset()


def test_what_is_never_bound() -> None:
    """Namespaces of the cluster itself are not covered; pods on the node's interface and static pods say why not."""
    every = Binding("k", label_selector({}, "n"), label_selector({}, "p"), frozenset(["sg-0a"]))
    assert every.covers(HERE)
    assert not any(every.covers({NAMESPACE_LABEL: name}) for name in EXCLUDED_NAMESPACES)
    assert "hostNetwork" in Pod("shop", "p", host_network=True).left_alone
    assert "static" in Pod("shop", "p", annotations={MIRROR: ""}).left_alone
    assert (str(found(frozenset())), found(frozenset()).left_alone) == ("shop/p", "")


@settings(max_examples=50)
@given(bindings, st.sampled_from(["", "admission", "live"]))
def test_a_document_is_read_again(each: Binding, mode: str) -> None:
    """The registry's text describes the binding, as text and as what it parses to; equal bindings have one text."""
    each = replace(each, mode=mode)
    assert binding(each.document()) == binding(json.loads(each.document())) == each
    assert binding(each.document()).document() == each.document()


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("{", "no JSON"),
        ("[]", "no binding"),
        ({"key": 1}, "no text"),
        ({"key": "k", "mode": []}, "no text"),
        ({"key": "k", "groups": "sg-0a"}, "no list of group ids"),
        ({"key": "k", "groups": [1]}, "no list of group ids"),
        ({"key": "k", "pods": "web"}, "pods: .* no label selector"),
        ({"key": "k", "namespaces": {"a b": ""}}, "namespaces: .* key"),
    ],
)
def test_a_broken_document_is_refused(document: Any, words: str) -> None:
    """Each refusal says where it is and what is wrong."""
    with pytest.raises(InvalidInput, match=f"^there.*{words}"):
        binding(document, "there")


@settings(max_examples=50)
@given(st.lists(st.text(max_size=80), min_size=1, max_size=4), st.lists(st.text(max_size=80), min_size=1, max_size=4))
def test_keys_tell_bindings_apart(one: list[str], two: list[str]) -> None:
    """A key fits the names of Kubernetes, and other parts make another key."""
    key = binding_key(*one)
    assert len(key) <= 60
    assert label_selector({key: key}, "k"), "it can stand in a label, and in the name of an annotation"
    assert key == key.lower()
    assert (key == binding_key(*two)) == (one == two)


def test_a_namespaces_own_binding() -> None:
    """A binding by name matches pods there and nowhere else."""
    each = Binding("k", in_namespace("shop"), label_selector({"app": "web"}, "p"), frozenset(["sg-0a"]))
    assert expected(found(frozenset()), HERE, [each]) == {"sg-0a"}
    assert expected(found(frozenset()), {NAMESPACE_LABEL: "shop-2"}, [each]) == frozenset()
