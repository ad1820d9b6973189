"""`python -m intake`, and the command `onthaal`."""

from intake import cli


def main() -> None:
    """Run the command line."""
    cli.main()


if __name__ == "__main__":
    main()
