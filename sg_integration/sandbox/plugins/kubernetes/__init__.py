"""A stand-in for `pulumi-resource-kubernetes`: any kind that a loopback API server serves, by server-side apply.

`kubeconfig` says where the server is, `arguments` what a provider may be given, `api` and `discovery` speak HTTP,
`objects`, `difference`, `immutable` and `managers` are pure, `writes` changes objects, `connection` and `package` are
what the engine talks to. What it does not do it refuses in one line: `*Patch` and `*List` resources, Helm, Kustomize,
`yaml/v2`, waiting for readiness on request. It never waits for readiness: objects count as ready when accepted.
"""
