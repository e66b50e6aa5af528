"""A real Kubernetes API server on loopback."""

from sg_integration.sandbox.kubernetes.control_plane import EmbeddedKubernetes

__all__ = ["EmbeddedKubernetes"]
