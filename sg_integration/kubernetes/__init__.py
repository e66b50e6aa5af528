"""The edge to Kubernetes: the only part of the product that imports lightkube and its client, httpx2.

`connection` says how to reach a cluster and is cheap to import; the client is loaded when somebody connects.
"""
