"""An AWS account on loopback: moto, bent to refuse what AWS refuses, with a log of every call and an admin endpoint.

`EmbeddedAws` runs it as a child process; `python -m sg_integration.sandbox.aws --port N` is that process. Importing this
package loads neither moto nor boto3: only the child does.
"""

from sg_integration.sandbox.aws.calls import Call
from sg_integration.sandbox.aws.server import EmbeddedAws

__all__ = ["Call", "EmbeddedAws"]
