#!/bin/sh
# Makes .venv beside the Makefile from locked, hashed wheels: with uv where there is one, else with venv and pip.
# PYTHON names the Python to use. Pip's PIP_NO_INDEX, PIP_FIND_LINKS, PIP_INDEX_URL and PIP_EXTRA_INDEX_URL hold for
# uv too. .venv/.set-up holds the checkout's path: a moved checkout is set up anew, for its scripts name the old place.
set -eu
cd "$(dirname "$0")/.."
lock=requirements/dev.txt
venv_python=.venv/bin/python
stamp=.venv/.set-up

say() { printf 'setup: %s\n' "$*" >&2; }

has_uv() { command -v uv >/dev/null 2>&1; }

fits() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || return 1
    has_uv || "$1" -c 'import venv, ensurepip' >/dev/null 2>&1
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then set -- "$PYTHON"; else set -- python3.11 python3.12 python3.13 python3; fi
    for candidate in "$@"; do
        if fits "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    say "cvinspect needs Python 3.11 or newer with its venv module; looked at:"
    for candidate in "$@"; do
        say "  $candidate: $("$candidate" --version 2>/dev/null || echo "not found")"
    done
    say "On Debian: apt-get install python3 python3-venv; or name another one: make setup PYTHON=/path/to/python3"
    exit 1
}

version_of() { "$1" -c 'import sys; print(sys.version)' 2>/dev/null; }

keeps() {
    [ -x "$venv_python" ] && [ "$(version_of "$venv_python")" = "$(version_of "$python")" ] || return 1
    [ ! -e "$stamp" ] || [ "$(cat "$stamp")" = "$(pwd -P)" ]
}

uv_sources() {
    case "${PIP_NO_INDEX:-}" in "" | 0 | [Ff]alse | [Nn]o | [Oo]ff) ;; *) echo --no-index ;; esac
    for place in ${PIP_FIND_LINKS:-}; do printf '%s\n' --find-links "$place"; done
    for place in ${PIP_INDEX_URL:-}; do printf '%s\n' --index-url "$place"; done
    for place in ${PIP_EXTRA_INDEX_URL:-}; do printf '%s\n' --extra-index-url "$place"; done
}

with_uv() {
    # shellcheck disable=SC2046  # one word per line
    { keeps || uv venv --quiet --clear --python "$python" .venv; } &&
        uv pip install --quiet --python "$venv_python" $(uv_sources) \
            --require-hashes --only-binary :all: -r "$lock" &&
        uv pip install --quiet --python "$venv_python" --offline --no-deps --no-build-isolation -e .
}

with_pip() {
    keeps || "$python" -m venv --clear .venv
    "$venv_python" -m pip --version >/dev/null 2>&1 || "$venv_python" -m ensurepip >/dev/null
    pip="$venv_python -m pip install --quiet --disable-pip-version-check --no-input"
    $pip --require-hashes --only-binary :all: -r "$lock"
    $pip --no-deps --no-build-isolation -e .
}

python=$(find_python)
if has_uv && with_uv; then
    tool=uv
else
    if has_uv; then say "uv could not; trying venv and pip"; fi
    with_pip
    tool=pip
fi
pwd -P >"$stamp"
say "ready: .venv, Python $("$venv_python" -c 'import platform; print(platform.python_version())'), by $tool"
