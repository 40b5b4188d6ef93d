"""The verdicts of a test script: what was checked, whether it holds, and what was found if it does not."""

import sys

from emulator import EmulatorError


class Verdicts:
    def __init__(self):
        self._all = []

    def add(self, name, holds, found=""):
        self._all.append(bool(holds))
        print(f"  ok      {name}" if holds else f"  FAILED  {name}: {found}", flush=True)

    def close(self):
        """Prints how many passed and failed. Returns the exit code: 1 if any failed."""
        print(f"{sum(self._all)} passed, {len(self._all) - sum(self._all)} failed", flush=True)
        return 0 if all(self._all) else 1


def run(*scenarios):
    """Runs scenarios: generators that yield what they check, whether it holds, and what they found.

    Continues after a scenario that fails, and exits with 1 if anything failed.
    """
    verdicts = Verdicts()
    for scenario in scenarios:
        print(f"{scenario.__doc__}:", flush=True)
        try:
            for name, holds, found in scenario():
                verdicts.add(name, holds, found)
        except (EmulatorError, ValueError, KeyError, OSError) as problem:
            verdicts.add("the scenario runs to its end", False, repr(problem))
    sys.exit(verdicts.close())
