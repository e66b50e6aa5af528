"""The plugin process: `python -m sg_integration.sandbox.plugins.kubernetes`."""

from sg_integration.sandbox.plugins.kubernetes.package import KubernetesPackage
from sg_integration.sandbox.plugins.serve import serve

if __name__ == "__main__":
    serve(KubernetesPackage())
