"""The edge to Kubernetes: the only part of the product that imports lightkube and its client, httpx2.

`connection` says how to reach a cluster and is cheap to import; the client is loaded when somebody connects. They are
packages of the extra `kubernetes`; whoever lacks them is told here, also the process of a dynamic provider.
"""

from sg_integration.model.extras import require

require("kubernetes", "What talks to a Kubernetes cluster")
