"""A busy, forgetful or absent API server: what is tried again, for how long, and what is said in the end."""

from __future__ import annotations

import httpx2
import pytest

from sg_integration.kubernetes.api import path
from sg_integration.model import errors

from .scripted import SERVER, Reply, Script, no, ok, page

BUSY = no(429, "TooManyRequests", "Too many requests, please try again later.", {"Retry-After": "3"})
BROKEN = no(500, "InternalError", "etcdserver: leader changed")
DROPPED = httpx2.RemoteProtocolError("Server disconnected without sending a response.")
REFUSED = httpx2.ConnectError("[Errno 111] Connection refused")
SLOW = httpx2.ReadTimeout("")
UNVERIFIED = httpx2.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")
HOW_TO_REACH = "Look whether the API server can be reached from here. Tried: context test of a file."


def ask(script: Script) -> object:
    """One request."""
    return script.api().request("listing pods", "GET", "/api/v1/pods").read()


@pytest.mark.parametrize(
    "reply",
    [BUSY, BROKEN, no(503, "ServiceUnavailable", "x"), no(504, "Timeout", "x"), DROPPED, REFUSED, httpx2.ReadError("x"), SLOW],
    ids=["429", "500", "503", "504", "dropped", "refused", "reset", "slow"],
)  # fmt: skip
def test_what_passes_is_tried_again(reply: Reply) -> None:
    """After one such answer the next try succeeds, and nobody hears of it; both tries were the same request."""
    script = Script([reply, ok({"kind": "PodList"})])
    assert ask(script) == {"kind": "PodList"}
    assert [str(request.url) for request in script.asked] == [f"{SERVER}/api/v1/pods"] * 2


def test_a_busy_server_says_how_long_to_wait() -> None:
    """Retry-After counts if it is longer than our own pause."""
    script = Script([BUSY, BROKEN, ok({})])
    ask(script)
    assert script.time.slept == [3.0, 0.5]


def test_pauses_double_and_end_after_thirty_seconds() -> None:
    """From a quarter of a second to five; the last try starts within 30 seconds of the first."""
    script = Script([BROKEN])
    with pytest.raises(errors.Unreachable, match="listing pods: InternalError: etcdserver: leader changed"):
        ask(script)
    assert script.time.slept == [0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 5.0, 5.0, 5.0]
    assert len(script.asked) == 10


def test_pauses_differ_so_that_threads_do_not_come_back_at_once() -> None:
    """Each pause lies between half and the whole of what it would be; here the least."""
    script = Script([BROKEN, ok({})])
    script.api(jitter=min).request("listing pods", "GET", "/api/v1/pods")
    assert script.time.slept == [0.125]


def test_a_server_that_stays_busy_is_reported_as_such() -> None:
    """Ten tries of three seconds; then its words and what to do."""
    script = Script([BUSY])
    with pytest.raises(errors.Throttled) as caught:
        ask(script)
    assert str(caught.value) == (
        "listing pods: TooManyRequests: Too many requests, please try again later. The API server is busy: run again later."
    )
    assert sum(script.time.slept) <= 30


def test_a_wait_longer_than_our_patience_is_not_begun() -> None:
    """A server that wants ten minutes is reported at once."""
    script = Script([no(429, "TooManyRequests", "x", {"Retry-After": "600"})])
    with pytest.raises(errors.Throttled):
        ask(script)
    assert script.time.slept == []


@pytest.mark.parametrize("reply", [REFUSED, httpx2.ConnectTimeout("")], ids=["refused", "no route"])
def test_a_server_that_is_not_there_is_given_up_soon(reply: Exception) -> None:
    """Three tries; the error says where it should have been, and how we came to look there."""
    script = Script([reply])
    with pytest.raises(errors.Unreachable) as caught:
        ask(script)
    assert len(script.asked) == 3
    words = str(reply) or "no answer in time"
    assert str(caught.value) == (
        f"listing pods: reaching Kubernetes at {SERVER}: {type(reply).__name__}: {words}. {HOW_TO_REACH}"
    )


def test_a_server_that_never_answers_in_time_is_asked_once() -> None:
    """Thirty seconds of silence are all our patience."""
    script = Script([SLOW], takes=30.0)
    with pytest.raises(errors.Unreachable, match="ReadTimeout: no answer in time"):
        ask(script)
    assert len(script.asked) == 1


def test_a_certificate_that_does_not_fit_is_not_tried_again() -> None:
    """It will not fit the next time."""
    script = Script([UNVERIFIED])
    with pytest.raises(errors.Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
        ask(script)
    assert len(script.asked) == 1


@pytest.mark.parametrize("code", [400, 403, 404, 409, 410, 422])
def test_a_refusal_is_not_tried_again(code: int) -> None:
    """It is raised at once, with the server's reason and words."""
    script = Script([no(code, "Reason", "Some words.")])
    with pytest.raises(errors.Refused, match="^listing pods: Reason: Some words"):
        ask(script)
    assert len(script.asked) == 1


def test_a_refusal_that_is_allowed_is_an_answer() -> None:
    """The caller sees it whole."""
    answer = Script([no(404, "NotFound", "none")]).api().request("looking", "GET", "/x", allow=[404])
    assert (answer.code, answer.status.reason) == (404, "NotFound")


@pytest.mark.parametrize(
    "reply", [httpx2.Response(200, text="<html>Log in</html>"), httpx2.Response(200, content=b"\xff")]
)
def test_somebody_else_answers(reply: httpx2.Response) -> None:
    """A page of a proxy is no object of Kubernetes, and is said so."""
    with pytest.raises(errors.Unreachable, match="listing pods: DecodeError: .*Look whether the kubeconfig's server"):
        ask(Script([reply]))


def test_a_redirection_is_no_answer() -> None:
    """Nobody follows it with our credentials."""
    script = Script([httpx2.Response(302, headers={"Location": "https://elsewhere.test"})])
    with pytest.raises(errors.Refused, match="listing pods: Found: the answer says no more"):
        ask(script)
    assert len(script.asked) == 1


def test_a_list_is_read_page_by_page() -> None:
    """Each page says where the next begins; selectors stay, and all requests are counted."""
    script = Script([page("a", rest="1"), page("b", rest="2"), page("c"), page()])
    cluster = script.cluster()
    assert [pod.name for pod in cluster.pods("shop", "app=web")] == ["a", "b", "c"]
    assert [query.get("continue") for query in script.queries] == [None, "1", "2", None]
    assert {(query["limit"], query["labelSelector"]) for query in script.queries} == {("1000", "app=web")}
    assert cluster.api.sent == 4


GONE = no(410, "Expired", "The provided continue parameter is too old.")


def test_a_list_whose_pages_expired_starts_over() -> None:
    """What was read before is dropped, so that nothing is twice."""
    script = Script([page("a", rest="1"), GONE, page("a", rest="2"), page("b"), page()])
    assert [pod.name for pod in script.cluster().pods("shop")] == ["a", "b"]


def test_a_list_that_always_expires_is_given_up() -> None:
    """After three starts the server's words are raised."""
    script = Script([page("a", rest="1"), GONE, page("a", rest="2"), GONE, page("a", rest="3"), GONE])
    with pytest.raises(errors.Refused, match="listing the namespaces: Expired: The provided continue"):
        script.cluster().namespaces()
    assert len(script.asked) == 6


def test_a_page_that_is_busy_is_asked_again() -> None:
    """Throttling in the middle of a list loses nothing."""
    script = Script([page("a", rest="1"), BUSY, page("b")])
    assert list(script.cluster().namespaces()) == ["a", "b"]


def test_a_list_without_items_is_empty() -> None:
    """Some servers write null."""
    assert Script([ok({"metadata": {}, "items": None})]).cluster().namespaces() == {}


def test_only_the_metadata_of_pods_is_asked_for() -> None:
    """The answer to a list of pods is a tenth of whole pods, and the server does the work."""
    script = Script([page()])
    script.cluster().pods()
    assert {request.headers["Accept"] for request in script.asked} == {
        "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
    }


def test_a_cluster_without_admission_policies() -> None:
    """The group is not served, or serves other kinds alone; then the registry has ConfigMaps only."""
    missing = no(404, "NotFound", "the server could not find the requested resource")
    older = ok({"resources": [{"name": "validatingadmissionpolicies"}]})
    assert not Script([missing]).cluster().serves_admission_policies()
    assert not Script([older]).cluster().serves_admission_policies()
    assert Script([missing, page()]).cluster().registry() == []


def test_other_refusals_of_the_registry_are_not_an_empty_one() -> None:
    """Who may not read the policies must not conclude that there are none."""
    words = 'mutatingadmissionpolicies is forbidden: User "dev" cannot list resource "mutatingadmissionpolicies" in API group "admissionregistration.k8s.io" at the cluster scope'
    with pytest.raises(errors.AccessDenied, match='Grant the verb "list" on "mutatingadmissionpolicies"'):
        Script([no(403, "Forbidden", words)]).cluster().registry()


def test_a_name_cannot_leave_its_place_in_a_path() -> None:
    """Slashes and question marks of a name are quoted."""
    assert path("/api/v1", "a/../b", "pods", "x?y") == "/api/v1/namespaces/a%2F..%2Fb/pods/x%3Fy"
    assert path("/api/v1", None, "nodes") == "/api/v1/nodes"
