"""`make -s openapi`: prints as JSON the document that FastAPI derives from the generated code. Spec: GEN-2."""

import json

from generated.routes import derived_document


def main() -> None:
    """Print the derived document."""
    print(json.dumps(derived_document(), indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
