#!/usr/bin/env bash
# Runs every check of the package, goes on after one that fails, and closes with what passed and what did not.
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

readonly steps=(
    "setup|what the tests need is installed"
    "lint|the code is formatted, no name clashes with another package's, and the modules and the prose keep the rules"
    "template|the template is valid"
    "unit-tests|the package builds without warnings, its unit tests pass and the documents' snippets compile"
    "emulator-tests|a static executable answers as documented under the emulator"
)

summary=()
failures=0
for step in "${steps[@]}"; do
    target=${step%%|*}
    printf '\n== %s\n' "${step#*|}"
    started=$SECONDS
    if make --no-print-directory "$target"; then
        verdict=passed
    else
        verdict=FAILED
        failures=$((failures + 1))
    fi
    summary+=("$(printf '%-8s %4d s  %s' "$verdict" $((SECONDS - started)) "${step#*|}")")
    # Without its tools, nothing that follows can tell anything.
    [ "$target" != setup ] || [ "$verdict" = passed ] || break
done

printf '\n== summary\n'
printf '%s\n' "${summary[@]}"
if [ "$failures" -gt 0 ]; then
    echo "$failures of ${#steps[@]} checks failed. Run one alone with: make <$(printf '%s|' "${steps[@]%%|*}" | sed 's/|$//')>"
    exit 1
fi
echo "all ${#steps[@]} checks passed in $SECONDS s"
