#!/bin/sh
# Install what "make cloud" needs: MariaDB, RabbitMQ and a compiler from the
# distribution (as root), the services from PyPI into .cloud/venv, and this
# tree as an operator installs it. A second run installs this tree alone.
set -eu
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}

# What is missing of MariaDB, RabbitMQ, and what compiles uWSGI, which PyPI
# has as source only.
missing() {
    [ -x /usr/sbin/mariadbd ] || echo mariadb-server
    [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || echo rabbitmq-server
    command -v cc >/dev/null || echo gcc libc6-dev
    headers=$($python -c 'import sysconfig; \
print(sysconfig.get_path("include"))')
    [ -e "$headers/Python.h" ] || echo python3-dev
}

# The packages would start services of the system; ours are processes of our
# own, so nothing may be started, now or at the next boot.
install_packages() {
    if [ "$(id -u)" != 0 ]; then
        echo "make cloud: run as root to install" "$@" "with apt-get" >&2
        exit 1
    fi
    echo "Installing" "$@" "with apt-get"
    policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' >$policy
        chmod +x $policy
        trap 'rm -f $policy' EXIT
    fi
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
        --no-install-recommends "$@"
    if [ -d /run/systemd/system ]; then
        for unit in mariadb rabbitmq-server epmd.socket; do
            systemctl disable --quiet $unit || true
        done
    fi
}

packages=$(missing)
if [ -n "$packages" ]; then
    # shellcheck disable=SC2086 # each word is a package
    install_packages $packages
fi

venv=.cloud/venv
pip="$venv/bin/python -m pip --quiet --disable-pip-version-check"
wanted=$(cat requirements.txt cloud/requirements.txt \
    tests/cloud/requirements.txt constraints/cloud.txt \
    constraints/nova-34.txt | cksum)
if [ "$(cat .cloud/installed 2>/dev/null)" != "$wanted" ]; then
    echo "Installing OpenStack into $venv, three minutes"
    $python -m venv $venv
    $pip install --constraint constraints/cloud.txt \
        --requirement requirements.txt --requirement cloud/requirements.txt \
        --requirement tests/cloud/requirements.txt
    echo "$wanted" >.cloud/installed
fi
echo "Installing nova_pci_ext into $venv"
# A module that was removed would be packed from an earlier build.
rm -rf build
$pip install --no-deps --force-reinstall .
