"""An AWS account and a Kubernetes cluster on loopback, to run the product with no cloud; nothing outside imports it."""
