#!/bin/sh
# What says whether reports are valid, for `tests/reports.rs`: VALIDATORS_XSD (Jenkins' xUnit plugin's schema of JUnit XML, as
# pytest ships it), VALIDATORS_NODE (a folder with tap-parser, ctrf and har-validator), VALIDATORS_PYTHON (with prometheus_client),
# VALIDATORS_PROMTOOL (Prometheus' own, where apt has it; taken out of its package, since installing it starts a server).
# apt: python3-venv npm libxml2-utils
set -eu
. "$(dirname "$0")/lib.sh"

stop() { :; }

start() {
    python=$(venv validators prometheus_client)
    xsd=$peers/junit-10.xsd
    if [ ! -f "$xsd" ]; then
        "$python/bin/pip" download --quiet --disable-pip-version-check --no-deps --no-binary pytest --dest "$peers" pytest==8.4.2 >&2
        tar xzOf "$peers/pytest-8.4.2.tar.gz" pytest-8.4.2/testing/example_scripts/junit-10.xsd > "$xsd.part"
        mv "$xsd.part" "$xsd"
    fi
    node=$peers/validators-node
    if [ ! -f "$node/complete" ]; then
        mkdir -p "$node"
        npm install --silent --no-audit --no-fund --prefix "$node" tap-parser@18 ctrf@0.3 har-validator@5 >&2
        touch "$node/complete"
    fi
    promtool=$peers/prometheus/usr/bin/promtool
    if [ ! -x "$promtool" ] && command -v apt-get > /dev/null; then
        (mkdir -p "$peers/prometheus" && cd "$peers/prometheus" && apt-get download -q prometheus && dpkg-deb -x prometheus_*.deb .) >&2 || true
    fi
    echo "VALIDATORS_XSD=$xsd"
    [ ! -x "$promtool" ] || echo "VALIDATORS_PROMTOOL=$promtool"
    echo "VALIDATORS_NODE=$node"
    echo "VALIDATORS_PYTHON=$python/bin/python"
}

peer_main "$@"
