# Sourced by packaging/run and packaging/test: everything between a bare Debian or Ubuntu machine and a ready .venv.
#
# prepare run    what the program needs
# prepare test   that, and what its tests and checks need
#
# Does nothing but compare two checksums when all is there already.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
VENV="$ROOT/.venv"
CONSTRAINTS="$ROOT/packaging/constraints.txt"

# What Qt opens at run time: shared library, Debian package.
LIBRARIES="
libEGL.so.1 libegl1
libGL.so.1 libgl1
libdbus-1.so.3 libdbus-1-3
libfontconfig.so.1 libfontconfig1
libfreetype.so.6 libfreetype6
libglib-2.0.so.0 libglib2.0-0
libgomp.so.1 libgomp1
libwayland-client.so.0 libwayland-client0
libwayland-cursor.so.0 libwayland-cursor0
libwayland-egl.so.1 libwayland-egl1
libxcb-cursor.so.0 libxcb-cursor0
libxcb-icccm.so.4 libxcb-icccm4
libxcb-image.so.0 libxcb-image0
libxcb-keysyms.so.1 libxcb-keysyms1
libxcb-randr.so.0 libxcb-randr0
libxcb-render-util.so.0 libxcb-render-util0
libxcb-shape.so.0 libxcb-shape0
libxcb-xfixes.so.0 libxcb-xfixes0
libxcb-xkb.so.1 libxcb-xkb1
libxkbcommon-x11.so.0 libxkbcommon-x11-0
libxkbcommon.so.0 libxkbcommon0
"

say() { printf '%s\n' "$*" >&2; }

# Prints the first Python that is new enough and can make environments.
python_here() {
    local name
    for name in python3 python3.13 python3.12 python3.11 python3.14; do
        "$name" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue
        command -v "$name"
        return
    done
    return 1
}

# Prints the Debian packages that are not here yet, on one line.
missing_packages() {
    local known library package python=python3
    if ! python_here >/dev/null; then
        if command -v python3 >/dev/null && ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
            python=python3.11 # Ubuntu 22.04 has it beside its own
        fi
        printf '%s %s-venv ' $python $python
    fi
    known="$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null)"
    while read -r library package; do
        [ -z "$library" ] || [[ "$known" == *"$library "* ]] || printf '%s ' "$package"
    done <<<"$LIBRARIES"
    # Qt draws no letters where there is no font at all.
    find /usr/share/fonts /usr/local/share/fonts "$HOME/.fonts" "$HOME/.local/share/fonts" \
        \( -name '*.[to]tf' -o -name '*.ttc' \) -print -quit 2>/dev/null | grep -q . || printf 'fonts-dejavu-core '
}

# Installs the missing packages as root; anyone else gets the line to type, and the end.
prepare_system() {
    local packages
    [ "$(uname -s)" = Linux ] || return 0
    packages="$(missing_packages)"
    [ -n "$packages" ] || return 0
    if ! command -v apt-get >/dev/null; then
        say "Scumble needs these packages (by their Debian names): ${packages% }"
        exit 1
    fi
    if [ "$(id -u)" != 0 ]; then
        say "Some system packages are missing. Please type this once, then start again:"
        say "    sudo apt-get install -y ${packages% }"
        exit 1
    fi
    say "Installing system packages: ${packages% }"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >/dev/null || true
    # shellcheck disable=SC2086  one word a package
    apt-get install -y -qq --no-install-recommends $packages >/dev/null </dev/null || {
        say "The system packages could not be installed; the lines above say why."
        exit 1
    }
}

# The version in constraints.txt, as a build for processors only where there is one. Graphics-card builds are gigabytes.
install_torch() {
    local wanted
    wanted="$(sed -n 's/^torch==//p' "$CONSTRAINTS")"
    "$VENV/bin/python" -c "
import importlib.metadata, sys
try:
    sys.exit(importlib.metadata.version('torch').partition('+')[0] != '$wanted')
except importlib.metadata.PackageNotFoundError:
    sys.exit(1)" && return
    if [ "$(uname -s)" = Linux ]; then
        pip_install -c "$CONSTRAINTS" "torch==$wanted+cpu" 2>/dev/null && return
        pip_install -c "$CONSTRAINTS" "torch==$wanted+cpu" --retries 1 --timeout 30 \
            --extra-index-url https://download.pytorch.org/whl/cpu 2>/dev/null && return
        say "No torch for processors alone was found; the one for graphics cards takes several gigabytes."
    fi
    pip_install -c "$CONSTRAINTS" "torch==$wanted"
}

pip_install() {
    "$VENV/bin/python" -m pip --disable-pip-version-check install --quiet "$@" </dev/null
}

fingerprint() {
    { cat "$ROOT/pyproject.toml" "$CONSTRAINTS" "$ROOT/packaging/setup.sh"; echo "$ROOT"; } | sha256sum | cut -c1-32
}

prepare() {
    local purpose="$1" stamp="$VENV/scumble-$1" print extra=""
    print="$(fingerprint)"
    if [ "$(cat "$stamp" 2>/dev/null)" = "$print" ] && "$VENV/bin/python" -c '' 2>/dev/null; then
        return
    fi
    prepare_system
    PYTHON="$(python_here)" || {
        say "Scumble needs Python 3.11 or newer with its venv module, and this system offers none."
        exit 1
    }
    "$VENV/bin/python" -m pip --version >/dev/null 2>&1 || {
        say "Making a Python environment in .venv ..."
        rm -rf "$VENV"
        "$PYTHON" -m venv "$VENV" || exit 1
    }
    [ "$purpose" = run ] || extra="[$purpose]"
    say "Installing what Scumble stands on (a few minutes the first time) ..."
    install_torch &&
        pip_install -c "$CONSTRAINTS" setuptools &&
        pip_install -c "$CONSTRAINTS" --no-build-isolation -e "$ROOT$extra" || {
        say "The Python packages could not be installed; the lines above say why."
        exit 1
    }
    printf '%s\n' "$print" >"$stamp"
    [ "$purpose" = run ] || printf '%s\n' "$print" >"$VENV/scumble-run"
}
