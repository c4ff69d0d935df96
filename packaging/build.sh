#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the files of a release from the checkout: build.sh [--out DIR] [WHAT...].
#   tarball   the sources
#   profile   the configuration profile as a zip, for Wireshark's "import"
#   deb       Debian package for the Wireshark of this machine; what it needs is installed with apt
#   rpm       RPM package for the Wireshark of this machine (needs rpmbuild)
# Without WHAT all four. DIR is build/release unless told. The maintainer named in the packages is
# DEBFULLNAME <DEBEMAIL>, or else git's user. The same commit gives the same tarball and zip.
set -euo pipefail

project=$(cd "$(dirname "$0")/.." && pwd)
out=$project/build/release
what=()

refuse() {
    printf 'build.sh: %s\n' "$*" >&2
    exit 2
}

need() { # COMMAND PACKAGE
    command -v "$1" >/dev/null || refuse "$1 is missing (Debian: apt-get install $2)"
}

while [ $# -gt 0 ]; do
    case $1 in
    --out)
        [ $# -gt 1 ] || refuse "--out needs a folder"
        out=$2
        shift
        ;;
    tarball | profile | deb | rpm) what+=("$1") ;;
    -h | --help)
        sed -n '3,9s/^# \{0,1\}//p' "$0"
        exit
        ;;
    *) refuse "unknown: $1; see --help" ;;
    esac
    shift
done
[ ${#what[@]} -gt 0 ] || what=(tarball profile deb rpm)

version=$(sed -nE 's/^set\(RO_VERSION ([0-9]+\.[0-9]+\.[0-9]+)\)$/\1/p' "$project/CMakeLists.txt")
[ -n "$version" ] || refuse "CMakeLists.txt names no RO_VERSION"
stem=rst_origin-$version
mkdir -p "$out"
out=$(cd "$out" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

in_git() { git -C "$project" rev-parse --git-dir >/dev/null 2>&1; }

# The time of the last commit dates every file, so that a release can be made again to the byte.
if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
    if in_git; then
        SOURCE_DATE_EPOCH=$(git -C "$project" log -1 --format=%ct)
    else
        SOURCE_DATE_EPOCH=$(stat -c %Y "$project/CMakeLists.txt")
    fi
fi
export SOURCE_DATE_EPOCH

maintainer() {
    local name=${DEBFULLNAME:-} email=${DEBEMAIL:-}
    [ -n "$name" ] || name=$(git -C "$project" config user.name || true)
    [ -n "$email" ] || email=$(git -C "$project" config user.email || true)
    if [ -z "$name" ] || [ -z "$email" ]; then
        refuse "who makes the package? Set DEBFULLNAME and DEBEMAIL"
    fi
    echo "$name <$email>"
}

wireshark_version() {
    need pkg-config pkg-config
    pkg-config --modversion wireshark 2>/dev/null | cut -d. -f1,2 | grep . ||
        refuse "no headers of Wireshark here (Debian: apt-get install wireshark-dev libwireshark-dev)"
}

# The sources under $work/$stem: those of the last commit, or of an unpacked tarball all there is.
unpack_sources() {
    [ ! -d "$work/$stem" ] || return 0
    mkdir -p "$work/$stem"
    if in_git; then
        git -C "$project" archive HEAD | tar -x -C "$work/$stem" -f -
        git -C "$project" diff --quiet HEAD -- || echo "build.sh: changes that are not committed are left out" >&2
    else
        tar -c -C "$project" --exclude='./build*' . | tar -x -C "$work/$stem" -f -
    fi
}

make_tarball() {
    unpack_sources
    tar -c -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" \
        --mode=u+rw,go+r,go-w -f - "$stem" | gzip -9n >"$out/$stem.tar.gz"
    echo "$out/$stem.tar.gz"
}

make_profile() {
    unpack_sources
    [ -d "$work/$stem/packaging/profile/RST Origin" ] || refuse "packaging/profile/RST Origin is not there"
    /usr/bin/env python3 - "$work/$stem/packaging/profile" "$out/rst_origin-profile-$version.zip" <<'PYTHON'
import os, sys, time, zipfile
folder, target = sys.argv[1:]
when = time.gmtime(int(os.environ["SOURCE_DATE_EPOCH"]))[:6]
with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
    for base, folders, files in os.walk(os.path.join(folder, "RST Origin")):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(base, name)
            entry = zipfile.ZipInfo(os.path.relpath(path, folder), when)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            with open(path, "rb") as source:
                made.writestr(entry, source.read())
PYTHON
    echo "$out/rst_origin-profile-$version.zip"
}

# What Debian's own rules want for the build, by apt where it is missing.
install_for_deb() {
    local packages=() as_root=() one
    for one in dpkg-dev debhelper cmake ninja-build pkg-config libglib2.0-dev libwireshark-dev wireshark-dev; do
        dpkg-query -W -f '${Status}' "$one" 2>/dev/null | grep -q 'ok installed' || packages+=("$one")
    done
    # pkgconf is the newer name of the same
    [ "${packages[*]-}" != pkg-config ] || ! command -v pkg-config >/dev/null || return 0
    [ ${#packages[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null || refuse "missing (Debian's names): ${packages[*]}"
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || refuse "missing; as root run: apt-get install ${packages[*]}"
        as_root=(sudo)
    fi
    echo "Installing with apt: ${packages[*]}" >&2
    "${as_root[@]}" apt-get update -qq || refuse "apt-get update failed; install these yourself: ${packages[*]}"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >&2 ||
        refuse "apt could not install: ${packages[*]}"
}

# A package serves one minor version of Wireshark, so its own version says which.
make_deb() {
    install_for_deb
    need dpkg-buildpackage dpkg-dev
    need dh debhelper
    local wireshark who tree=$work/deb/$stem
    wireshark=$(wireshark_version)
    who=$(maintainer)
    unpack_sources
    mkdir -p "$work/deb"
    cp -a "$work/$stem" "$tree"
    cp -a "$tree/packaging/deb" "$tree/debian"
    sed -e "s|@MAINTAINER@|$who|" -e "s|@WIRESHARK@|$wireshark|" "$tree/debian/control.in" >"$tree/debian/control"
    rm "$tree/debian/control.in"
    cat >"$tree/debian/changelog" <<CHANGELOG
rst-origin-wireshark ($version-1+ws$wireshark) unstable; urgency=medium

  * Version $version, built for Wireshark $wireshark. What is new stands in the
    changelog of the project, beside this one.

 -- $who  $(date -u -R -d "@$SOURCE_DATE_EPOCH")
CHANGELOG
    (cd "$tree" && dpkg-buildpackage -b -us -uc) >"$out/deb.log" 2>&1 || {
        tail -n 40 "$out/deb.log" >&2
        refuse "the Debian package could not be built, see $out/deb.log"
    }
    cp "$work"/deb/*.deb "$out"
    find "$work/deb" -maxdepth 1 -name '*.deb' -printf "$out/%f\n"
}

make_rpm() {
    need rpmbuild rpm
    local wireshark top=$work/rpm
    wireshark=$(wireshark_version)
    make_tarball >/dev/null
    mkdir -p "$top/SOURCES" "$top/SPECS"
    cp "$out/$stem.tar.gz" "$top/SOURCES"
    sed -e "s|@VERSION@|$version|" -e "s|@WIRESHARK@|$wireshark|" "$project/packaging/rpm/rst-origin-wireshark.spec.in" \
        >"$top/SPECS/rst-origin-wireshark.spec"
    cat >>"$top/SPECS/rst-origin-wireshark.spec" <<CHANGELOG

%changelog
* $(LC_ALL=C date -u -d "@$SOURCE_DATE_EPOCH" '+%a %b %d %Y') $(maintainer) - $version-1.ws$wireshark
- Version $version, built for Wireshark $wireshark; see CHANGELOG.md
CHANGELOG
    # Where apt and not rpm rules, rpm's database cannot say that the build requirements are there.
    local options=()
    ! command -v dpkg >/dev/null || options=(--nodeps)
    rpmbuild -bb ${options[@]+"${options[@]}"} --define "_topdir $top" "$top/SPECS/rst-origin-wireshark.spec" >"$out/rpm.log" 2>&1 || {
        tail -n 40 "$out/rpm.log" >&2
        refuse "the RPM package could not be built, see $out/rpm.log"
    }
    cp "$top/SPECS/rst-origin-wireshark.spec" "$out"
    find "$top/RPMS" -name '*.rpm' -exec cp {} "$out" \; -printf "$out/%f\n"
}

for one in "${what[@]}"; do
    "make_$one"
done
