#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tests the batch with real services: PostgreSQL, Slurm with munge, GNU parallel over ssh. As root it installs from Debian
# what is missing; otherwise what is missing is skipped, with a word. Options go to pytest.
set -euo pipefail
cd "$(dirname "$0")"
export PATH=$PATH:/usr/sbin:/sbin

missing=()
for pair in psql:postgresql-client initdb:postgresql parallel:parallel slurmctld:slurmctld slurmd:slurmd sbatch:slurm-client \
    munged:munge sshd:openssh-server ssh:openssh-client rsync:rsync; do
    [ "${pair%%:*}" = initdb ] && ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && continue
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}")
done
if [ ${#missing[@]} -gt 0 ]; then
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        # nothing is started by the installation: each test starts its own
        apt-get update -qq
        RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    else
        echo "skipped in part: not installed, and not root to install it: ${missing[*]}"
    fi
fi
exec /usr/bin/python3 -B -m pytest -q -p no:cacheprovider --tb=short -rs service_*.py "$@"
