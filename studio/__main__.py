"""``latent-studio`` and ``python -m studio``: the window without arguments, the terminal with them."""

from __future__ import annotations

import os
import sys

# Waiting OpenMP threads must sleep, not spin: with another busy program spinning cost a factor of ten (measured).
# It has to be set before torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def main() -> int:
    """Open the window, or run the command that follows."""
    if len(sys.argv) > 1:
        from studio import cli

        return cli.main(sys.argv[1:])
    from studio.gui import screen

    missing = screen.missing()
    if missing:
        print(missing, file=sys.stderr)
        from studio import cli

        return cli.main(["demo"])
    from studio.gui import app

    return app.main()


if __name__ == "__main__":
    sys.exit(main())
