#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the packages, installs, uses and removes them in a clean Debian: run.sh [--only RELEASE]...
# (default bookworm), and tries what a release refuses. Needs root; the releases are cached as in
# tests/versions.sh. The last line is "N passed, N failed".
set -euo pipefail
# shellcheck source=tests/versions/chroot.sh
. "$(dirname "$0")/../versions/chroot.sh"

project=$(cd "$(dirname "$0")/../.." && pwd)
only=()
while [ $# -gt 0 ]; do
    case $1 in
    --only)
        [ $# -gt 1 ] && [ -n "$(release_wireshark "$2")" ] || die "--only needs one of: $(releases | paste -sd' ')"
        only+=("$2")
        shift
        ;;
    *) die "unknown option $1" ;;
    esac
    shift
done
[ ${#only[@]} -gt 0 ] || only=(bookworm)

passed=0
failed=0
log=$(mktemp)
work=$(mktemp -d)
clean=
trap 'rm -rf "$log" "$work" ${clean:+"$clean"}' EXIT

# Called in a condition, a function does not stop at a command that fails: each says "|| return".
check() { # NAME COMMAND...
    local name=$1
    shift
    if "$@" >"$log" 2>&1; then
        passed=$((passed + 1))
        echo "ok    $name"
    else
        failed=$((failed + 1))
        echo "FAIL  $name:"
        tail -n 30 "$log"
    fi
}
refused() { # TEXT COMMAND...: fails, and says why
    local text=$1
    shift
    ! "$@" >"$work/refused" 2>&1 || return 1
    cat "$work/refused"
    grep -q -e "$text" "$work/refused"
}

# --- what a release refuses: a small repository of its own -----------------------------------------

small_git() { git -C "$work/repo" -c user.name=test -c user.email=test@example.org "$@"; }
release() { "$work/repo/packaging/release.sh" "$@"; }
make_repository() {
    mkdir -p "$work/repo"
    cp -r "$project/packaging" "$work/repo"
    printf 'set(RO_VERSION 1.2.3)\n' >"$work/repo/CMakeLists.txt"
    printf '# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-01-02\n\n- One.\n' >"$work/repo/CHANGELOG.md"
    git init -q "$work/repo"
    small_git add -A
    small_git commit -q -m one
}
change() { # FILE SED-EXPRESSION: committed and tagged anew
    sed -i "$2" "$work/repo/$1"
    small_git commit -q -a -m change
    small_git tag -f v1.2.3 >/dev/null
}
tarball_twice() {
    release --out "$work/one" tarball || return 1
    release --out "$work/two" tarball || return 1
    cmp "$work/one/rst_origin-1.2.3.tar.gz" "$work/two/rst_origin-1.2.3.tar.gz" || return 1
    (cd "$work/one" && sha256sum --check SHA256SUMS) || return 1
    # into a file: grep -q leaves tar with a broken pipe where it is quick
    tar -tzf "$work/one/rst_origin-1.2.3.tar.gz" >"$work/names" || return 1
    grep -qx rst_origin-1.2.3/CHANGELOG.md "$work/names"
}
make_repository
check "a release without its tag is refused" refused "has not the tag v1.2.3" release --check
small_git tag v1.2.3
check "tag, version and changelog agree" release --check
echo >"$work/repo/new"
check "a release with uncommitted files is refused" refused "not committed" release --check
rm "$work/repo/new"
check "a release has checksums and comes out the same twice" tarball_twice
change CHANGELOG.md 's/^## \[Unreleased\]/&\n\n- Two./'
check "a release with unreleased changes is refused" refused "unreleased changes: - Two" release --check
change CHANGELOG.md '/Two/d; s/2026-01-02/unreleased/'
check "a release without a date is refused" refused "has no date" release --check
change CMakeLists.txt 's/1.2.3/1.2.4/'
check "a release of another version is refused" refused "not 1.2.4" release --check

# --- packages ---------------------------------------------------------------------------------------

if [ "$(id -u)" -ne 0 ]; then
    echo "SKIPPED: installing the packages in a clean release needs root"
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
    exit
fi
mkdir -p "$cache"
version=$(sed -nE 's/^set\(RO_VERSION ([0-9.]+)\)$/\1/p' "$project/CMakeLists.txt")

# Every file of a release but what apt, dpkg and caches note for themselves, with its kind and rights.
snapshot() {
    (cd "$1" && find . -xdev \( -path ./var/cache -o -path ./var/log -o -path ./var/lib/apt -o -path ./var/lib/dpkg \
        -o -path ./root/.rpmdb -o -path ./var/lib/rpm \
        -o -path ./tmp \) -prune -o -printf '%p %y %m %s\n' | grep -v ' d ' | sort) >"$2"
    (cd "$1" && find ./usr ./etc -xdev -type d | sort) >>"$2"
}
same_as_before() {
    snapshot "$clean" "$work/after"
    diff "$work/before" "$work/after"
}

build_packages() { # ROOT
    copy_sources "$1/tmp/package/source"
    rm -rf "$1/tmp/package/out" "$1/tmp/home"
    mkdir -p "$1/tmp/home" "$1/tmp/package/out"
    chown "$nobody:$nobody" "$1/tmp/home" "$1/tmp/package/out"
    as_user "$1" env DEBFULLNAME="Package Test" DEBEMAIL=test@example.org \
        /tmp/package/source/packaging/build.sh --out /tmp/package/out || return 1
    touch "$1/tmp/package/out/.complete"
}
lint_deb() { as_user "$1" sh -c 'lintian --fail-on error,warning --info /tmp/package/out/rst-origin-wireshark_*.deb'; }
lint_rpm() {
    as_user "$1" sh -c 'rpmlint --strict -c /tmp/package/source/packaging/rpm/rpmlint.toml \
        /tmp/package/out/*.rpm /tmp/package/out/*.spec'
}
depends_on_the_abi() { # ROOT: exactly the library that this release's Wireshark has
    local library depends
    library=$(chroot "$1" dpkg-query -W -f '${Package}\n' 'libwireshark[0-9]*' | head -n 1)
    depends=$(chroot "$1" sh -c 'dpkg-deb -f /tmp/package/out/rst-origin-wireshark_*.deb Depends')
    echo "$depends; $library"
    [[ "$depends" == *"$library (>="* ]]
}
install_deb() {
    cp "$1"/tmp/package/out/rst-origin-wireshark_*.deb "$clean/tmp/in.deb"
    apt_in "$clean" install -y --no-install-recommends /tmp/in.deb
}
plugin_is_listed() {
    local listed
    listed=$(as_user "$clean" tshark -G plugins | grep rst_origin.so)
    echo "$listed"
    [ "$(cut -f2 <<<"$listed")" = "$version" ]
}
plugin_is_not_listed() { ! as_user "$clean" tshark -G plugins | grep rst_origin; }
judges_a_capture() { # CAPTURE
    as_user "$clean" tshark -r "$1" -2 -Y rst_origin.injected -T fields -e rst_origin.source | grep -w intermediary
}
# A profile that does not exist makes tshark fail, so reading with it shows that it is there and in order.
profile_is_known() {
    as_user "$clean" tshark -C "RST Origin" -r "$1" >"$work/profile" 2>&1 || {
        cat "$work/profile"
        return 1
    }
    cat "$work/profile"
    ! grep -i 'profile.*not\|error\|warning' "$work/profile"
}
has_docs() {
    local docs=$clean/usr/share/doc/rst-origin-wireshark
    ls "$docs"
    [ -s "$docs/README.md" ] && [ -s "$docs/docs/fields.md" ] &&
        [ -s "$clean/usr/share/man/man4/rst_origin.4.gz" ] && [ -s "$docs/changelog.gz" ] && [ -s "$docs/copyright" ]
}
remove_deb() { apt_in "$clean" purge -y rst-origin-wireshark; }
install_rpm() {
    cp "$1"/tmp/package/out/rst-origin-wireshark-"$version"-*.rpm "$clean/tmp/in.rpm"
    # rpm's database knows nothing of what apt installed.
    chroot "$clean" rpm -i --nodeps /tmp/in.rpm
}
remove_rpm() { chroot "$clean" rpm -e rst-origin-wireshark; }
rpm_requires_the_abi() {
    chroot "$1" sh -c 'rpm -qp --requires /tmp/package/out/rst-origin-wireshark-[0-9]*.rpm' | grep '^libwireshark\.so\.[0-9]'
}
profile_zip() {
    /usr/bin/python3 -m zipfile -l "$1/tmp/package/out/rst_origin-profile-$version.zip" | grep '^RST Origin/colorfilters'
}
another_version_is_refused() { # the .deb of another release: apt must not install it
    cp "$1"/tmp/package/out/rst-origin-wireshark_*.deb "$clean/tmp/other.deb"
    ! apt_in "$clean" install -y --no-install-recommends /tmp/other.deb || return 1
    plugin_is_not_listed
}

earlier=
for release in "${only[@]}"; do
    root=$(make_chroot "$release" package build-essential cmake ninja-build pkg-config wireshark-dev libwireshark-dev \
        debhelper dpkg-dev fakeroot lintian rpm rpmlint python3)
    echo "== $release, Wireshark $(release_wireshark "$release")"
    check "packages are built" build_packages "$root"
    if [ ! -e "$root/tmp/package/out/.complete" ]; then
        echo "skip  $release: nothing to install"
        continue
    fi
    check "lintian finds no error and no warning" lint_deb "$root"
    check "rpmlint finds nothing" lint_rpm "$root"
    check "the .deb depends on this libwireshark" depends_on_the_abi "$root"
    check "the .rpm requires this libwireshark" rpm_requires_the_abi "$root"
    check "the profile is a zip to import" profile_zip "$root"

    clean=$(make_clean "$release")
    apt_in "$clean" update >"$log" 2>&1
    # python3: what our packages depend on stays when they are removed.
    apt_in "$clean" install -y --no-install-recommends tshark rpm python3 >"$log" 2>&1
    mkdir -p "$clean/tmp/home"
    chown "$nobody:$nobody" "$clean/tmp/home"
    cp "$project/sample-captures/injected_to_client.pcapng" "$clean/tmp/sample.pcapng"
    chmod 644 "$clean/tmp/sample.pcapng"
    mkdir -p "$clean/usr/share/licenses" # belongs to the base of systems that live by rpm
    check "the plugin is not there before" plugin_is_not_listed
    snapshot "$clean" "$work/before"
    if [ -n "$earlier" ]; then
        check "the .deb of another Wireshark is refused" another_version_is_refused "$earlier"
        check "which leaves no trace" same_as_before
    fi
    check "the .deb is installed" install_deb "$root"
    check "its plugin is listed with its version" plugin_is_listed
    check "its plugin judges a capture" judges_a_capture /tmp/sample.pcapng
    check "its profile is known" profile_is_known /tmp/sample.pcapng
    check "its documentation is there" has_docs
    check "the .deb is removed" remove_deb
    check "the .deb leaves no trace" same_as_before
    check "the .rpm is installed" install_rpm "$root"
    check "its plugin is listed with its version" plugin_is_listed
    check "its plugin judges a capture" judges_a_capture /tmp/sample.pcapng
    check "its profile is known" profile_is_known /tmp/sample.pcapng
    check "the .rpm is removed" remove_rpm
    check "the .rpm leaves no trace" same_as_before
    rm -rf "$clean"
    clean=
    earlier=$root
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
