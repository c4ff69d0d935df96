#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The README's two commands in a Debian that has nothing yet, as a newcomer gives them:
# newcomer.sh [--quickstart] [--sudo] [RELEASE] (default bookworm). Needs root, a network and minutes;
# --quickstart leaves out the second command, tests/run.sh; --sudo gives them as a user with sudo, not as root.
# The last line is "N passed, N failed".
set -euo pipefail
# shellcheck source=tests/versions/chroot.sh
. "$(dirname "$0")/../versions/chroot.sh"

all=1
user=root
home=/root
release=bookworm
for one in "$@"; do
    case $one in
    --quickstart) all=0 ;;
    --sudo)
        user=newcomer
        home=/home/newcomer
        ;;
    *) release=$one ;;
    esac
done
[ -n "$(release_wireshark "$release")" ] || die "unknown release $release"
if [ "$(id -u)" -ne 0 ]; then
    echo "SKIPPED: making and entering a release needs root"
    echo "0 passed, 0 failed"
    exit 0
fi

passed=0
failed=0
root=$(make_clean "$release")
leave() {
    # A mounted /proc must not be removed with the rest.
    if mountpoint -q "$root/proc"; then umount "$root/proc"; fi
    mountpoint -q "$root/proc" || rm -rf "$root"
}
trap leave EXIT
mount -t proc proc "$root/proc" # bash's <( ) wants /dev/fd, as every running system has it
[ -e "$root/dev/fd" ] || ln -s /proc/self/fd "$root/dev/fd"
if [ "$user" != root ]; then
    apt_in "$root" update
    apt_in "$root" install -y --no-install-recommends sudo
    chroot "$root" useradd --create-home --shell /bin/bash "$user"
    echo "$user ALL=(ALL) NOPASSWD: ALL" >"$root/etc/sudoers.d/$user"
fi
copy_sources "$root$home/rst_origin"
chroot "$root" chown -R "$user:" "$home"

run() { # NAME LOG COMMAND...
    local name=$1 log=$2 from=$SECONDS
    shift 2
    if chroot --userspec="$user:$user" --groups="$user" "$root" \
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$home" USER="$user" "$@" >"$log" 2>&1; then
        passed=$((passed + 1))
        echo "ok    $name ($((SECONDS - from)) s): $(tail -n 1 "$log")"
    else
        failed=$((failed + 1))
        echo "FAIL  $name ($((SECONDS - from)) s), see $log:"
        tail -n 40 "$log"
    fi
}

run "packaging/quickstart.sh" "$cache/newcomer-quickstart.log" "$home"/rst_origin/packaging/quickstart.sh
if grep -q intermediary "$cache/newcomer-quickstart.log"; then
    passed=$((passed + 1))
    echo "ok    it prints who sent the samples' resets"
else
    failed=$((failed + 1))
    echo "FAIL  it prints no verdicts"
fi
run "packaging/quickstart.sh once more" "$cache/newcomer-again.log" "$home"/rst_origin/packaging/quickstart.sh
if [ "$all" -eq 1 ]; then
    run "tests/run.sh" "$cache/newcomer-tests.log" "$home"/rst_origin/tests/run.sh
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
