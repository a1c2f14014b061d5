#!/bin/sh
# Makes a virtual environment with pip in it. Debian splits ensurepip into a package of its own
# (python3-venv); where that is missing, pip's wheel is fetched with apt-get download, without root.
set -eu
python=$1
venv=$2
if "$python" -c 'import ensurepip' 2>/dev/null; then
    exec "$python" -m venv "$venv"
fi
unpacked=$(mktemp -d)
trap 'rm -rf "$unpacked"' EXIT
"$python" -m venv --without-pip "$venv"
if (cd "$unpacked" && apt-get download -q python3-pip-whl && dpkg-deb -x ./*.deb .); then
    wheel=$(find "$unpacked" -name 'pip-*.whl')
    "$venv/bin/python" "$wheel/pip" install -q --no-index "$wheel"
else
    rm -rf "$venv"
    echo "This Python has no ensurepip, and apt-get could not download python3-pip-whl." >&2
    echo "Install it and run make again:  apt install python3-venv" >&2
    exit 2
fi
