#!/bin/sh
# Makes the environment that `make` works in: a virtual environment with this package, and two real CT to score.
# usage: tools/setup.sh VENV [test]
#   test         adds what the tests need, pyradiomics among it, which is built from its source archive by a C compiler
#   CONSTRAINTS  a file of versions to hold to (pip's constraints), if set
set -eu

venv=$1
extra=${2:-}
python=${PYTHON:-python3}
constraints=${CONSTRAINTS:-}
cache=.cache
archive=pyradiomics_bhklab-3.1.4

fail() {
    echo "setup: $1" >&2
    exit 1
}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "$python is older than 3.11; name a newer one: make PYTHON=python3.12"
[ -x "$venv/bin/pip" ] || "$python" -m venv "$venv" || fail "no virtual environment could be made; on Debian: apt-get install python3-venv"

pip() {
    "$venv/bin/pip" --quiet --disable-pip-version-check "$@"
}

install() {
    pip install ${constraints:+--constraint "$constraints"} "$@"
}

proxy="where a proxy stands between this computer and the internet, set HTTPS_PROXY to its address, and PIP_CERT to the file of its certificate if it has one of its own"

echo "setup: installing rlnresponse"
install --editable ".[analysis]" || fail "the packages could not be installed; $proxy"

# pyradiomics' source archive carries two real CT with masks, which the demonstration and the tests score. Nothing is built here.
mkdir -p "$cache"
if [ ! -f "$cache/$archive.tar.gz" ]; then
    echo "setup: downloading two real CT (in pyradiomics' source archive, 34 MB)"
    rm -rf "$cache/download"
    if pip download --no-deps --no-binary pyradiomics-bhklab pyradiomics-bhklab==3.1.4 --dest "$cache/download"; then
        mv "$cache/download/$archive.tar.gz" "$cache/"
    else
        echo "setup: the two real CT could not be downloaded, so that only the phantom is there to score; $proxy" >&2
    fi
    rm -rf "$cache/download"
fi
if [ -f "$cache/$archive.tar.gz" ] && [ ! -f "$cache/pyradiomics-data/lung2_label.nrrd" ]; then
    rm -rf "$cache/unpacked"
    mkdir "$cache/unpacked"
    tar -xzf "$cache/$archive.tar.gz" -C "$cache/unpacked" "$archive/data"
    rm -rf "$cache/pyradiomics-data"
    mv "$cache/unpacked/$archive/data" "$cache/pyradiomics-data"
    rm -rf "$cache/unpacked"
fi

[ "$extra" = test ] || exit 0

# The witness. Python.h lies in a package of its own on Debian (python3-dev).
if ! "$venv/bin/python" -c 'import radiomics' 2>/dev/null; then
    [ -f "$cache/$archive.tar.gz" ] || fail "the tests need pyradiomics' source archive, which could not be downloaded; $proxy"
    echo "setup: building pyradiomics, which the tests compare with"
    install "$cache/$archive.tar.gz" ||
        fail "pyradiomics could not be built; it needs a C compiler and Python's headers (Debian: apt-get install gcc libc6-dev python3-dev)"
fi
echo "setup: installing what the tests need"
install --editable ".[test]" || fail "what the tests need could not be installed; $proxy"
# Slicer's libraries have no wheels for some platforms; without them the tests of panel and host are skipped and say so.
install --editable ".[slicer-test]" || echo "setup: slicer-core or PySide6 cannot be had here; the panel's tests will be skipped" >&2
