"""`python -m tests.docs`: write the generated parts of the pages anew, and name those that changed."""

from __future__ import annotations

from tests.docs.generated import PARTS


def main() -> None:
    """Write every part that is not up to date."""
    for part in PARTS:
        if part.stands() != part.write():
            part.put()
            print(f"{part.page}: {part.mark}")


if __name__ == "__main__":
    main()
