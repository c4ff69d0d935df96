#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the files of a release with their checksums: release.sh [--check] [--out DIR] [WHAT...].
#   --check   only say whether tag, version and changelog agree
# Refuses unless CMakeLists.txt's version, the newest version of CHANGELOG.md with its date, and the
# tag vX.Y.Z on the last commit agree and nothing is left uncommitted. WHAT is as in build.sh; the
# packages are for this machine's Wireshark, so run it once per release of Debian and gather them.
set -euo pipefail

project=$(cd "$(dirname "$0")/.." && pwd)
out=$project/build/release
check=0
what=()
while [ $# -gt 0 ]; do
    case $1 in
    --check) check=1 ;;
    --out)
        [ $# -gt 1 ] || {
            echo "release.sh: --out needs a folder" >&2
            exit 2
        }
        out=$2
        shift
        ;;
    -h | --help)
        sed -n '3,7s/^# \{0,1\}//p' "$0"
        exit
        ;;
    *) what+=("$1") ;;
    esac
    shift
done

cd "$project"
wrong=0
complain() {
    printf 'release.sh: %s\n' "$*" >&2
    wrong=1
}

git rev-parse --git-dir >/dev/null 2>&1 || {
    complain "this is no git checkout"
    exit 1
}
version=$(sed -nE 's/^set\(RO_VERSION ([0-9]+\.[0-9]+\.[0-9]+)\)$/\1/p' CMakeLists.txt)
[ -n "$version" ] || complain "CMakeLists.txt names no version (RO_VERSION X.Y.Z)"

newest=$(grep -E '^## \[[0-9]' CHANGELOG.md | head -n 1)
[[ "$newest" == "## [$version] - "* ]] || complain "the newest version in CHANGELOG.md is \"$newest\", not $version"
[[ "$newest" =~ \ -\ [0-9]{4}-[0-9]{2}-[0-9]{2}$ ]] || complain "\"$newest\" in CHANGELOG.md has no date (YYYY-MM-DD)"
waiting=$(sed -n '/^## \[Unreleased\]/,/^## \[[0-9]/p' CHANGELOG.md | grep -vE '^(## |$)' || true)
[ -z "$waiting" ] || complain "CHANGELOG.md still holds unreleased changes: $(head -n 1 <<<"$waiting")"

tags=$(git tag --points-at HEAD --list 'v*')
grep -qx "v$version" <<<"$tags" || complain "the last commit has not the tag v$version (it has: ${tags:-none})"
left=$(git status --porcelain)
[ -z "$left" ] || complain "not committed: $(head -n 1 <<<"$left")"

[ "$wrong" -eq 0 ] || exit 1
echo "version, changelog and tag agree: $version"
[ "$check" -eq 0 ] || exit 0

mkdir -p "$out"
out=$(cd "$out" && pwd)
[ -z "$(ls -A "$out")" ] || {
    echo "release.sh: $out is not empty: name a new folder by --out" >&2
    exit 1
}
packaging/build.sh --out "$out" ${what[@]+"${what[@]}"}
cd "$out"
rm -f ./*.log
sha256sum -- * >SHA256SUMS.new
mv SHA256SUMS.new SHA256SUMS
sha256sum --check --quiet SHA256SUMS
echo "$out/SHA256SUMS"
