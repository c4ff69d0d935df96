#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds the plugin inside a Wireshark source tree: build.sh [OPTION...] WIRESHARK_SOURCE.
#   --build DIR     build folder (default: WIRESHARK_SOURCE/build-rst_origin)
#   --configure     stop after configuring
#   --objects       compile our files only; linking the module needs all of libwireshark (20 min. and more)
#   -- ARGUMENT...  handed to cmake
# Only a symbolic link, plugins/epan/rst_origin, is added to the source tree. The module lies in
# BUILD/run/plugins/X.Y/epan. On Windows do the same by hand: see packaging/in-tree/README.md.
set -euo pipefail

project=$(cd "$(dirname "$0")/../.." && pwd)
build=
until_step="link"
source=
extra=()

refuse() {
    printf 'in-tree/build.sh: %s\n' "$*" >&2
    exit 2
}

while [ $# -gt 0 ]; do
    case $1 in
    --build)
        [ $# -gt 1 ] || refuse "--build needs a folder"
        build=$2
        shift
        ;;
    --configure) until_step=configure ;;
    --objects) until_step=objects ;;
    -h | --help)
        sed -n '3,9s/^# \{0,1\}//p' "$0"
        exit
        ;;
    --)
        shift
        extra=("$@")
        break
        ;;
    -*) refuse "unknown option $1; see --help" ;;
    *) source=$1 ;;
    esac
    shift
done
[ -n "$source" ] || refuse "which Wireshark source tree? See --help"
[ -e "$source/cmake/modules/WiresharkPlugin.cmake" ] || refuse "$source is no Wireshark source tree"
source=$(cd "$source" && pwd)
build=${build:-$source/build-rst_origin}

link=$source/plugins/epan/rst_origin
if [ -e "$link" ] || [ -L "$link" ]; then
    [ "$(readlink -f "$link")" = "$project" ] || refuse "$link is there already, and is not this checkout"
else
    ln -s "$project" "$link"
fi

# Only what the dissection library needs. CMake 4 wants the policy for trees as old as 4.0.
cmake -G Ninja -S "$source" -B "$build" -DCUSTOM_PLUGIN_SRC_DIR=plugins/epan/rst_origin \
    -DBUILD_wireshark=OFF -DENABLE_LUA=OFF -DCMAKE_POLICY_VERSION_MINIMUM=3.5 ${extra[@]+"${extra[@]}"}

case $until_step in
configure) ;;
objects)
    # The objects depend on all of epan's generated files in ninja's eyes, though they need none:
    # so the compiler's own lines are taken out and run.
    objects=$(ninja -C "$build" -t targets all | sed -nE 's/^(plugins\/epan\/rst_origin\/.*\.o): .*/\1/p')
    [ -n "$objects" ] || refuse "the build does not know our files"
    # What configuring leaves to the build: the header with the version.
    for header in wireshark/ws_version.h ws_version.h; do
        if ninja -C "$build" -t query "$header" >/dev/null 2>&1; then ninja -C "$build" "$header"; fi
    done
    for object in $objects; do
        echo "$object"
        (cd "$build" && mkdir -p "$(dirname "$object")" && eval "$(ninja -t commands "$object" | tail -n 1)")
    done
    echo "$(wc -l <<<"$objects") objects compiled with the tree's own flags"
    ;;
link)
    ninja -C "$build" rst_origin
    find "$build/run/plugins" -name 'rst_origin.*'
    ;;
esac
