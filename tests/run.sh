#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs what the tests need, builds everything and runs all tests: run.sh [--quick].
# Ends in one line, "N passed, N failed", and is 0 only where nothing failed.
# --quick leaves out the second compiler, clang-tidy, the sanitizers, the fuzzer and the window; of each test over many
# captures or commands three quarters of these, and the clipped block of the outputs; the captures made by others; of the
# frozen set the poor copies, the merged capture point and three quarters of the rest; of the batch all but reading and
# reporting; of the witness what records; and each test marked "slow".
set -euo pipefail
cd "$(dirname "$0")/.."

quick=${1:-}
passed=0
failed=0
logs=build/logs
names=()
declare -A running=()

say() { printf '\n== %s\n' "$*"; }

refuse() {
    printf 'run.sh: %s\n' "$*" >&2
    exit 2
}

# The Debian packages, each with a command or file by which one sees that it is there.
needed=(
    gcc:gcc clang:clang clang-format:clang-format clang-tidy:clang-tidy cmake:cmake
    ninja:ninja-build pkg-config:pkg-config tshark:tshark editcap:wireshark-common
    setpriv:util-linux /usr/bin/python3:python3
)

# Packages that are missing, from Debian.
install() {
    local as_root=()
    command -v apt-get >/dev/null || refuse "missing, and there is no apt to install them: $*"
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || refuse "missing; as root run: apt-get install $*"
        as_root=(sudo)
    fi
    say "Installing $*"
    "${as_root[@]}" apt-get update -qq || refuse "apt could not read its lists"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null ||
        refuse "apt could not install $*"
}

# clang's sanitizers and fuzzer are a package of their own, named after its version.
can_fuzz() {
    echo 'int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n) { return d && n && 0; }' |
        clang -fsanitize=fuzzer,address -x c - -o /dev/null 2>/dev/null
}

install_needed() {
    local missing=() pair
    for pair in "${needed[@]}"; do
        command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}")
    done
    pkg-config --exists wireshark glib-2.0 2>/dev/null || missing+=(wireshark-dev libwireshark-dev libglib2.0-dev)
    /usr/bin/python3 -c 'import pytest' 2>/dev/null || missing+=(python3-pytest)
    /usr/bin/python3 -c 'import jsonschema' 2>/dev/null || missing+=(python3-jsonschema)
    echo 'int main(void) { return 0; }' | gcc -x c - -o /dev/null 2>/dev/null || missing+=(libc6-dev)
    [ ${#missing[@]} -eq 0 ] || install "${missing[@]}"
    [ "$quick" = --quick ] || can_fuzz || install "libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev"
}

# The sum of the numbers read, 0 where there are none.
total() { awk '{ n += $1 } END { print n + 0 }'; }

# A step that passes or fails as a whole; its output is shown only where it fails.
step() {
    local name=$1 log
    shift
    log=$(log_of "$name")
    local from=$SECONDS
    if "$@" >"$log" 2>&1; then
        passed=$((passed + 1))
        printf 'ok    %s (%d s)\n' "$name" $((SECONDS - from))
    else
        failed=$((failed + 1))
        printf 'FAIL  %s, see %s:\n' "$name" "$log"
        tail -40 "$log"
        return 1
    fi
}

log_of() { echo "$logs/${1//[^a-zA-Z0-9]/_}.log"; }

# start NAME COMMAND...: a step that holds many tests begins, in the background; collect NAME waits for it.
start() {
    local name=$1 log
    log=$(log_of "$1")
    shift
    names+=("$name")
    {
        local from=$SECONDS code=0
        "$@" >"$log" 2>&1 || code=$?
        echo "$code $((SECONDS - from))" >"$log.end"
    } &
    running[$name]=$!
}

# Waits for a step that was started, and counts its tests from its output.
collect() {
    local name=$1 log ok bad code seconds
    log=$(log_of "$name")
    wait "${running[$name]}" || true
    read -r code seconds <"$log.end"
    ok=$(sed -nE 's/.*(^|[^0-9])([0-9]+) passed.*/\2/p' "$log" | total)
    bad=$(sed -nE 's/.*(^|[^0-9])([0-9]+) (failed|errors?)([^a-z].*|$)/\2/p' "$log" | total)
    if [ "$code" -ne 0 ] && [ "$bad" -eq 0 ]; then
        bad=1 # it died before it could count
    fi
    passed=$((passed + ok))
    failed=$((failed + bad))
    if [ "$bad" -eq 0 ]; then
        printf 'ok    %s: %d (%d s)\n' "$name" "$ok" "$seconds"
    else
        printf 'FAIL  %s: %d failed of %d, see %s:\n' "$name" "$bad" $((ok + bad)) "$log"
        grep -E '^(FAIL|FAILED|ERROR|E  )|: .* is .*, not |Error' "$log" | head -60 || tail -40 "$log"
    fi
}

# Everything that was started, in its order.
collect_all() {
    local name
    for name in "${names[@]}"; do
        collect "$name"
    done
    names=()
}

# One step of many tests from its beginning to its end.
count() {
    start "$@"
    collect_all
}

# build NAME COMPILER [CMAKE OPTION...]
build() {
    local folder=$1 compiler=$2
    shift 2
    cmake -G Ninja -S . -B "$folder" -DCMAKE_C_COMPILER="$compiler" -DCMAKE_EXPORT_COMPILE_COMMANDS=ON "$@" &&
        cmake --build "$folder"
}

check_format() {
    find plugin tests/unit tests/fuzz tests/bench -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run -Werror
}

check_tidy() {
    find plugin -name '*.c' -print0 | xargs -0 -P "$(nproc)" -n 6 clang-tidy --quiet -p build
}

unit_tests() { ctest --test-dir "$1" -V --timeout 120; }

# py FOLDER [OPTION...]
py() { /usr/bin/python3 -B -m pytest -q -p no:cacheprovider --tb=short "$@"; }

capture_tests() { RST_ORIGIN_PLUGIN_DIR="$PWD/build/plugins" py tests/captures "$@"; }

# The two halves of --quick, which take about as long as each other.
captures_and_laboratory() {
    local code=0
    capture_tests || code=1
    lab_tests || code=1
    return $code
}

# Tests that mostly wait for one tshark at a time: together they fill the second processor.
other_tests() {
    local folder code=0
    local batch=tests/batch
    [ "$quick" != --quick ] || batch="tests/batch/test_results.py tests/batch/test_report.py"
    # shellcheck disable=SC2086 # several files
    for folder in tests/structure tests/vantage tests/desk "$batch"; do
        py $folder || code=1
    done
    [ "$quick" != --quick ] || witness_tests || code=1
    return $code
}

# Where nothing can be recorded (no root, no tracefs, an old kernel) some skip with a word.
witness_tests() { RO_PLUGIN_DIR="$PWD/build/plugins" py -rs tests/extcap; }

lab_tests() { RST_ORIGIN_PLUGIN_DIR="$PWD/build/plugins" py tests/lab; }

sanitized_captures() {
    RO_PLUGIN_DIR=build/asan/plugins RO_PRELOAD="$(gcc -print-file-name=libasan.so)" \
        capture_tests --ignore=tests/captures/test_fields.py --ignore=tests/captures/test_outputs.py \
        --ignore=tests/captures/test_properties.py \
        --ignore=tests/captures/test_forged.py # its captures are among those of test_golden.py
}

install_needed
mkdir -p "$logs"
# As root, tshark runs as another user, who must find the plugin; see tests/captures/shark.py.
[ "$(id -u)" -eq 0 ] && echo "Run by root: tshark runs as uid 65534, since Wireshark run by root reads no plugin but the system's."
[ -d ../shared/captures ] || echo "No folder ../shared/captures: the tests over captures made by others are skipped."

say "Builds"
step "clang-format" check_format || true
if ! step "build with gcc" build build gcc; then
    echo "$passed passed, $failed failed"
    exit 1
fi
if [ "$quick" != --quick ]; then
    step "build with clang" build build/clang clang || true
    step "clang-tidy" check_tidy || true
fi

say "Tests"
[ "$quick" != --quick ] || export RO_QUICK=1
count "unit tests" unit_tests build
if [ "$quick" = --quick ]; then
    start "captures and laboratory" captures_and_laboratory
    start "structure, capture points, desk, batch and witness" other_tests
    collect_all
else
    start "captures" capture_tests
    start "structure, capture points, desk and batch" other_tests
    collect_all
    count "laboratory's own tests" lab_tests
    count "the host's witness" witness_tests # alone: it would record the resets of other tests, too
    grep -h '^SKIPPED.*\(root\|trace\)' "$(log_of "the host's witness")" || true
fi

if [ "$quick" != --quick ] && command -v wireshark >/dev/null; then
    count "Wireshark's window" tests/gui/run.sh
    grep -h '^skipped' "$logs"/Wireshark_s_window.log || true
fi

if [ "$quick" != --quick ]; then
    count "the batch with PostgreSQL, Slurm and GNU parallel" tests/batch/services.sh
fi

if [ "$quick" != --quick ]; then
    say "Sanitizers"
    if step "build with ASan and UBSan" build build/asan gcc -DCMAKE_BUILD_TYPE=Debug -DRO_SANITIZE=ON; then
        count "unit tests, sanitized" unit_tests build/asan
        count "captures, sanitized" sanitized_captures
    fi
    if [ -x tests/fuzz/run.sh ]; then
        step "fuzzing for 20 s" tests/fuzz/run.sh 20 || true
    fi
fi

printf '\n%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
