"""Faults in the embedded AWS: calls that are refused, raced by others, delayed, or held."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.aws_account import Account, client, refused

if TYPE_CHECKING:
    from sg_integration.sandbox.aws.control import Control

WRITE = "ModifyNetworkInterfaceAttribute"


def write(account: Account, interface: str, *group_ids: str) -> None:
    """Give an interface these groups."""
    account.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=list(group_ids))


def test_a_call_is_refused_as_often_as_said(account: Account, control: Control) -> None:
    """Calls for that id are refused with that code, words and status, so many times, and are not carried out."""
    before, after = account.group(), account.group()
    interface, other = account.interface(before), account.interface(before)
    control.fault(WRITE, id=interface, code="RequestLimitExceeded", message="Slow down.", status=503, times=2)
    write(account, other, after)
    for _ in range(2):
        with refused("RequestLimitExceeded", "Slow down."):
            write(account, interface, after)
    assert account.groups_of(interface) == {before}
    write(account, interface, after)
    assert (account.groups_of(interface), control.faults()) == ({after}, [])
    codes = [(call.status, call.code) for call in control.calls(WRITE)[-4:]]
    assert codes == [(200, None), (503, "RequestLimitExceeded"), (503, "RequestLimitExceeded"), (200, None)]


def test_a_call_is_refused_after_so_many_successes(account: Account, control: Control) -> None:
    """Only successful calls are counted, and only those that the fault is for."""
    groups = [account.group(), account.group()]
    interfaces = [account.interface(groups[0]) for _ in range(4)]
    control.fault(WRITE, code="AuthFailure", after=2, times="always")
    write(account, interfaces[0], *groups)
    with refused("InvalidParameterCombination"):
        write(account, interfaces[1])
    account.ec2.describe_vpcs()
    write(account, interfaces[1], *groups)
    for interface in interfaces[2:]:
        with refused("AuthFailure"):
            write(account, interface, *groups)
    control.clear_faults()
    write(account, interfaces[2], *groups)


def test_a_database_call_is_refused_by_name(account: Account, control: Control) -> None:
    """A fault for a database is for its name, and answers in the protocol of RDS."""
    name = account.database()["DBInstanceIdentifier"]
    control.fault("ModifyDBInstance", id=name.upper(), code="InvalidDBInstanceState", message="Not now.")
    with refused("InvalidDBInstanceState", "Not now."):
        account.rds.modify_db_instance(DBInstanceIdentifier=name, VpcSecurityGroupIds=[account.group()])
    account.rds.modify_db_instance(DBInstanceIdentifier=name, VpcSecurityGroupIds=[account.group()])


def test_calls_are_held_after_so_many_successes(account: Account, control: Control) -> None:
    """The next call is held, others go on; on release it is answered 503 and was not carried out."""
    before, after = account.group(), account.group()
    interfaces = [account.interface(before) for _ in range(3)]
    control.fault(WRITE, pause_after=2)
    for interface in interfaces[:2]:
        write(account, interface, after)
    answers: list[str] = []

    def third() -> None:
        with refused("Unavailable"):
            write(account, interfaces[2], after)
        answers.append("refused")

    thread = threading.Thread(target=third)
    thread.start()
    control.wait_until_held(timeout=30)
    assert (account.groups_of(interfaces[2]), answers) == ({before}, [])
    control.release()
    thread.join(30)
    assert (account.groups_of(interfaces[2]), answers, control.held()) == ({before}, ["refused"], 0)
    write(account, interfaces[2], after)
    assert account.groups_of(interfaces[2]) == {after}


PROGRAM = """
import sys, boto3
url, interface, group = sys.argv[1:]
ec2 = boto3.client("ec2", endpoint_url=url, region_name="eu-central-1", aws_access_key_id="a", aws_secret_access_key="b")
ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=[group])
"""


def test_a_held_call_of_a_killed_program_is_not_carried_out(account: Account, control: Control, aws_url: str) -> None:
    """When the program that waits is killed the call goes away undone, and the pause holds on for others."""
    before, after = account.group(), account.group()
    interface = account.interface(before)
    control.fault(WRITE, pause_after=0)
    with subprocess.Popen([sys.executable, "-c", PROGRAM, aws_url, interface, after]) as program:
        control.wait_until_held(timeout=60)
        program.kill()
    for _ in range(100):
        if not control.held():
            break
        time.sleep(0.05)
    assert (control.held(), account.groups_of(interface)) == (0, {before})
    assert control.faults()[0]["pause_after"] == 0


def test_a_call_is_delayed_and_holds_nobody_up(account: Account, control: Control) -> None:
    """The delayed call waits; another is answered meanwhile."""
    control.fault("DescribeVpcs", delay_seconds=0.5)
    begin = time.monotonic()
    slow = threading.Thread(target=account.ec2.describe_vpcs)
    slow.start()
    account.ec2.describe_subnets()
    quick = time.monotonic() - begin
    slow.join()
    assert quick < 0.4
    assert time.monotonic() - begin >= 0.5


def test_a_reset_takes_faults_and_settings_back(aws_url: str) -> None:
    """After a reset nothing is left of either, and nobody is held."""
    from sg_integration.sandbox.aws.control import Control  # noqa: PLC0415 - for this account alone

    account, control = Account.at(aws_url), Control(int(aws_url.rpartition(":")[2]))
    control.settings(credentials="expired", groups_per_interface=9)
    control.fault("DescribeVpcs", code="AuthFailure")
    control.reset()
    assert control.faults() == []
    assert (control.settings()["credentials"], control.settings()["groups_per_interface"]) == ("valid", 5)
    assert account.ec2.describe_vpcs()["Vpcs"]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({}, "one of code"),
        ({"code": "A", "vanish": True}, "one of code"),
        ({"code": "A", "when": "after"}, "has no when"),
        ({"code": "A", "times": 0}, "befalls 0 calls"),
        ({"delay_seconds": -1}, "delay_seconds is a number from 0"),
        ({"foreign_write": {"set": ["sg-1"]}}, "add and remove"),
        ({"foreign_write": {}, "when": "during"}, "before or after"),
        ({"vanish": False}, "vanish is true"),
    ],
)
def test_a_fault_that_would_do_nothing_is_refused(control: Control, fault: dict[str, Any], words: str) -> None:
    """What is no fault is an error that says why, and sets none."""
    with pytest.raises(ValueError, match=words):
        control.fault(WRITE, **fault)
    assert control.faults() == []


def test_a_fault_that_cannot_happen_says_so(account: Account, control: Control) -> None:
    """A foreign write to an interface that is not there is the sandbox's error, not AWS's."""
    control.fault("DescribeNetworkInterfaces", id="eni-0123456789abcdef0", foreign_write={"add": []})
    with refused("SandboxFailure", "there is no interface eni-0123456789abcdef0"):
        account.ec2.describe_network_interfaces()


def test_what_was_asked_for_is_in_the_log(account: Account, control: Control) -> None:
    """The log has each call's parameters as they were sent, and no password."""
    group_id = account.group()
    interface = account.interface(account.group())
    write(account, interface, group_id)
    assert control.calls(WRITE)[-1].parameters == {"NetworkInterfaceId": interface, "SecurityGroupId.1": group_id}
    name = account.database()["DBInstanceIdentifier"]
    made = control.calls("CreateDBInstance")[-1].parameters
    assert (made["DBInstanceIdentifier"], made["MasterUsername"]) == (name, "somebody")
    assert not [key for key in made if "Password" in key]
    account.rds.modify_db_instance(DBInstanceIdentifier=name, VpcSecurityGroupIds=[group_id], ApplyImmediately=True)
    changed = control.calls("ModifyDBInstance")[-1].parameters
    assert changed["ApplyImmediately"] == "true"
    assert group_id in changed.values()
    client("service-quotas", account.ec2.meta.endpoint_url).get_service_quota(ServiceCode="vpc", QuotaCode="L-2AFB9258")
    assert control.calls("GetServiceQuota")[-1].parameters == {"ServiceCode": "vpc", "QuotaCode": "L-2AFB9258"}
