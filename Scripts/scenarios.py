"""Runs the scenarios of a test script: generators that yield what they check, whether it holds, and what they found."""

import sys

from emulator import EmulatorError


def run(*scenarios):
    """Goes on after a scenario that fails, prints what passed and what did not, and exits with 1 if anything did not."""
    verdicts = []
    for scenario in scenarios:
        print(f"{scenario.__doc__}:", flush=True)
        try:
            for name, holds, found in scenario():
                verdicts.append(bool(holds))
                print(f"  ok      {name}" if holds else f"  FAILED  {name}: {found}", flush=True)
        except (EmulatorError, ValueError, KeyError, OSError) as problem:
            verdicts.append(False)
            print(f"  FAILED  {problem!r}", flush=True)
    print(f"{sum(verdicts)} passed, {len(verdicts) - sum(verdicts)} failed")
    sys.exit(0 if all(verdicts) else 1)
