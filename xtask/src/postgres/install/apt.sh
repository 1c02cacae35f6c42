# Installs the server's programs without the cluster that Debian's package would make and start: we need only programs.
set -e
export DEBIAN_FRONTEND=noninteractive
# Another installation may be running, such as the nightly one.
patient="-o DPkg::Lock::Timeout=300"
apt-get update
apt-get $patient install -y --no-install-recommends postgresql-common
settings=/etc/postgresql-common/createcluster.d
trap 'rm -f "$settings/cqrs-xtask.conf"' EXIT
mkdir -p "$settings"
echo 'create_main_cluster = false' > "$settings/cqrs-xtask.conf"
apt-get $patient install -y --no-install-recommends postgresql
