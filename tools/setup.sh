#!/bin/sh
# Makes the environment that `make` works in: a virtual environment, pyradiomics built from its source archive, this package.
# usage: tools/setup.sh VENV [EXTRA]      EXTRA is "test" for what the tests need
set -eu

venv=$1
extra=${2:-}
python=${PYTHON:-python3}
cache=.cache
archive=pyradiomics_bhklab-3.1.4

fail() {
    echo "setup: $1" >&2
    exit 1
}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "$python is older than 3.11; name a newer one: make PYTHON=python3.12"
[ -x "$venv/bin/pip" ] || "$python" -m venv "$venv" || fail "no virtual environment could be made; on Debian: apt-get install python3-venv"
pip="$venv/bin/pip --quiet --disable-pip-version-check"

# The archive also carries two real CT with masks, which the demonstration and the tests use.
mkdir -p "$cache"
if [ ! -f "$cache/$archive.tar.gz" ]; then
    echo "setup: downloading pyradiomics' source archive (34 MB)"
    rm -rf "$cache/download"
    $pip download --no-deps --no-binary pyradiomics-bhklab pyradiomics-bhklab==3.1.4 --dest "$cache/download"
    mv "$cache/download/$archive.tar.gz" "$cache/"
    rm -rf "$cache/download"
fi
if [ ! -f "$cache/pyradiomics-data/lung2_label.nrrd" ]; then
    rm -rf "$cache/unpacked"
    mkdir "$cache/unpacked"
    tar -xzf "$cache/$archive.tar.gz" -C "$cache/unpacked" "$archive/data"
    rm -rf "$cache/pyradiomics-data"
    mv "$cache/unpacked/$archive/data" "$cache/pyradiomics-data"
    rm -rf "$cache/unpacked"
fi

# Debian keeps Python.h in a package of its own, which `python3` and `gcc` do not bring along. Without it, its headers are
# unpacked into the cache: that needs no administrator.
version=$("$venv/bin/python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
if ! "$venv/bin/python" -c 'import os, sys, sysconfig; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))'; then
    headers=$cache/python-headers
    if [ ! -f "$headers/usr/include/python$version/Python.h" ]; then
        echo "setup: fetching Python's headers"
        rm -rf "$headers"
        mkdir -p "$headers"
        (
            cd "$headers"
            apt-get download -qq "libpython$version-dev" || { apt-get update -qq && apt-get download -qq "libpython$version-dev"; }
            dpkg-deb -x libpython"$version"-dev_*.deb .
        ) 2>/dev/null ||
            fail "Python.h is missing and could not be fetched; install it (Debian: apt-get install python3-dev) and run make again"
    fi
    CPATH="$PWD/$headers/usr/include/python$version:$PWD/$headers/usr/include"
    export CPATH
fi

if ! "$venv/bin/python" -c 'import radiomics' 2>/dev/null; then
    echo "setup: building pyradiomics"
    $pip install "$cache/$archive.tar.gz" || fail "pyradiomics could not be built; a C compiler with its headers is needed (Debian: apt-get install gcc libc6-dev)"
fi
echo "setup: installing rlnresponse"
$pip install --editable ".${extra:+[$extra]}"
# Slicer's libraries have no wheels for some platforms; without them the panel's tests are skipped and say so.
if [ "$extra" = test ]; then
    $pip install --editable ".[slicer-test]" || echo "setup: slicer-core or PySide6 cannot be had here; the panel's tests will be skipped" >&2
fi
