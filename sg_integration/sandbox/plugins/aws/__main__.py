"""Runs the stand-in as a plugin process; the engine is the one who calls this."""

from sg_integration.sandbox.plugins.aws.package import AwsPackage
from sg_integration.sandbox.plugins.serve import serve

if __name__ == "__main__":
    serve(AwsPackage())
