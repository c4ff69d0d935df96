# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Read by run.sh and storms.sh: makes $stage, with the plugin, without it, and a home folder.

# Where an ordinary user may read: Wireshark run by root reads no plugin from here.
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
chmod 755 "$stage"
mkdir -m 777 "$stage/home"
mkdir "$stage/none"
cp -r build/plugins "$stage/plugins"
