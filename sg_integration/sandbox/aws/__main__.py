"""The process of the embedded AWS: `python -m sg_integration.sandbox.aws --port N`."""

from __future__ import annotations

import argparse
import signal
import sys

from sg_integration.sandbox.aws.serving import HOST, server


def main(argv: list[str] | None = None) -> None:
    """Serve until told to stop (SIGTERM or SIGINT)."""
    parser = argparse.ArgumentParser(prog="python -m sg_integration.sandbox.aws", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1; 0 takes a free one and prints it")
    port = parser.parse_args(argv).port
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    httpd = server(port)
    print(f"http://{HOST}:{httpd.server_port}", flush=True)
    try:
        httpd.serve_forever()
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
