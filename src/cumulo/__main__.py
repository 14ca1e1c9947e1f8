"""``python -m cumulo``."""

from cumulo.cli.main import main

if __name__ == "__main__":
    main()
