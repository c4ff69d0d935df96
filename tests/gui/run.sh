#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Shows the plugin and its profile in a real Wireshark on a display of its own, checks what can be
# read off the pixels, and keeps a screenshot of each scene: run.sh [FOLDER FOR SCREENSHOTS]. RO_GUI_SIZE=1024x700
# chooses another size of the window than 1280x720.
# Needs: apt-get install --no-install-recommends wireshark xvfb imagemagick x11-apps xdotool
set -euo pipefail
cd "$(dirname "$0")/../.."

shots=${1:-build/gui}
plugins=${RO_PLUGIN_DIR:-build/plugins}
size=${RO_GUI_SIZE:-1280x720}
width=${size%x*}
height=${size#*x}
passed=0
failed=0

for command in wireshark Xvfb xwd convert xdotool; do
    if ! command -v "$command" >/dev/null; then
        echo "skipped: no $command"
        exit 0
    fi
done
[ -d "$plugins" ] || { echo "run.sh: no plugin in $plugins: build it first" >&2; exit 2; }

stage=$(mktemp -d)
xvfb=''
shark=''
finish() {
    [ -z "$shark" ] || kill "$shark" 2>/dev/null || true
    [ -z "$xvfb" ] || kill "$xvfb" 2>/dev/null || true
    rm -rf "$stage"
}
trap finish EXIT

ok() {
    passed=$((passed + 1))
    echo "ok    $1"
}

bad() {
    failed=$((failed + 1))
    echo "FAIL  $1: $2"
}

is() { # NAME GOT WANTED
    if [ "$2" = "$3" ]; then ok "$1"; else bad "$1" "is $2, not $3"; fi
}

# --- the stage: a home with the profile, a display, captures that the user may read ---

prepare() {
    local config=$stage/home/.config/wireshark
    mkdir -p "$shots" "$stage/run" "$config/profiles" "$stage/captures"
    cp -r "packaging/profile/RST Origin" "$config/profiles/"
    cp -r "$plugins" "$stage/plugins"
    cp sample-captures/*.pcap* "$stage/captures/"
    cat >"$config/recent_common" <<END
gui.geometry_main_x: 0
gui.geometry_main_y: 0
gui.geometry_main_width: $width
gui.geometry_main_height: $height
gui.geometry_main_maximized: FALSE
END
    # more room for the details: the bytes of a reset are no news
    echo 'gui.byte_view_show: FALSE' >>"$config/profiles/RST Origin/recent"
    chmod 755 "$stage"
    chmod -R a+rX "$stage"
    if [ "$(id -u)" -eq 0 ]; then chown -R 65534:65534 "$stage/home" "$stage/run"; fi
    chmod 700 "$stage/run"
}

begin_display() {
    local number
    for number in $(seq 90 120); do
        [ ! -e "/tmp/.X11-unix/X$number" ] && [ ! -e "/tmp/.X$number-lock" ] && break
    done
    Xvfb ":$number" -screen 0 "${width}x${height}x24" -nolisten tcp -noreset >"$stage/xvfb.log" 2>&1 &
    xvfb=$!
    export DISPLAY=:$number
    for _ in $(seq 50); do
        xdotool getdisplaygeometry >/dev/null 2>&1 && return
        sleep 0.1
    done
    echo "run.sh: the display did not come up" >&2
    exit 2
}

# Wireshark run by root reads no plugin but the system's, so another user runs it.
as_user() {
    local as=()
    if [ "$(id -u)" -eq 0 ]; then as=(setpriv --reuid=65534 --regid=65534 --clear-groups); fi
    exec "${as[@]}" env -i PATH="$PATH" DISPLAY="$DISPLAY" HOME="$stage/home" XDG_RUNTIME_DIR="$stage/run" \
        QT_QPA_PLATFORM=xcb LC_ALL=C.UTF-8 TZ=UTC WIRESHARK_PLUGIN_DIR="$stage/plugins" "$@"
}

# open CAPTURE [OPTION...]: starts Wireshark and waits until the file is loaded
open() {
    local capture=$stage/captures/$1
    shift
    as_user wireshark -C "RST Origin" -r "$capture" "$@" >"$stage/wireshark.log" 2>&1 &
    shark=$!
    for _ in $(seq 120); do
        if xdotool search --name "$(basename "$capture")" >/dev/null 2>&1; then
            sleep 2
            return
        fi
        kill -0 "$shark" 2>/dev/null || break
        sleep 0.5
    done
    tail -5 "$stage/wireshark.log" >&2
    echo "run.sh: Wireshark did not show $capture" >&2
    exit 2
}

close() {
    kill "$shark" 2>/dev/null || true
    wait "$shark" 2>/dev/null || true
    shark=''
}

snap() { # NAME: a screenshot, in few enough colours to stay small
    xdotool mousemove $((width - 1)) $((height - 1)) # off the rows, which would light up
    sleep 1
    xwd -root -silent >"$stage/shot.xwd"
    convert "xwd:$stage/shot.xwd" "$stage/shot.png"
    convert "$stage/shot.png" +dither -colors 48 -define png:compression-level=9 -strip "$shots/$1.png"
}

click() { xdotool mousemove "$1" "$2" click "${3:-1}"; }

# Runs of one colour down a column of pixels: prints "COLOUR FIRST LENGTH" a run.
runs() { # X FROM LENGTH
    convert "$stage/shot.png" -crop "1x$3+$1+$2" +repage txt:- | awk -v from="$2" '
        NR > 1 {
            split($1, at, /[,:]/); colour = substr($3, 1, 7)
            if (colour != last) { if (n) print last, first, n; first = from + at[2]; n = 0 }
            last = colour; n++
        }
        END { if (n) print last, first, n }'
}

pixels() { # COLOUR: how many pixels have it
    convert "$stage/shot.png" -fill black +opaque "$1" -fill white -opaque "$1" -colorspace gray -format '%[fx:round(mean*w*h)]' info:
}

many() { # NAME COLOUR LEAST
    local n
    n=$(pixels "$2")
    if [ "$n" -ge "$3" ]; then ok "$1"; else bad "$1" "$n pixels of $2, at least $3 expected"; fi
}

red='#B00020'    # made on the path
green='#AFFFAF'  # a filter that is right
grey='#D4D4D4'   # ordinary

# --- scenes ---

# Filter bar: green, and as many rows as there are injected resets.
scene_filter() {
    local wanted
    wanted=$(as_tshark injected_pair_12503.pcapng rst_origin.injected)
    open injected_pair_12503.pcapng
    click 300 77
    xdotool type --delay 20 'rst_origin.injected'
    xdotool key Return
    sleep 2
    snap filter
    many "filter bar is green" "$green" 2000
    is "rows under rst_origin.injected" "$(rows)" "$wanted"
    close
}

as_tshark() { # CAPTURE FILTER: how many frames
    (as_user tshark -2 -r "$stage/captures/$1" -Y "$2" -T fields -e frame.number) 2>/dev/null | grep -c .
}

# The first row is selected when a file was opened: it shows where the list begins and how high a row is, both of which
# differ between versions of Wireshark and of Qt.
top=115
high=17
scene_list() {
    open injected_both_ends.pcapng
    snap list
    read -r top high < <(runs 30 96 100 | awk '$1 == "#308CC6" { print $2, $3; exit }') || true
    many "injected resets are red in the list" "$red" 2000
    many "echoes are grey in the list" "$grey" 2000
    close
}

# The subtree opened, with its links.
scene_details() {
    local y
    open injected_to_client.pcapng -g 26
    snap closed
    y=$(runs 25 300 400 | awk '$1 ~ /^#F[0-9A-F]F[0-9A-F]5/ { last = $2 + $3 - 8 } END { print last }')
    if [ -z "$y" ]; then
        bad "subtree is marked by its expert information" "no such colour"
    else
        ok "subtree is marked by its expert information"
        click 300 "$y"
        xdotool key Right
        snap details
    fi
    close
}

# Where the selected row of the list begins.
selected() { runs 30 "$top" 250 | awk '$1 == "#308CC6" { print $2; exit }'; }

# On a later frame, a double click on the link leads to the reset that it speaks against.
scene_link() {
    local y before after
    open injected_to_client.pcapng -g 27
    snap link
    before=$(selected)
    y=$(runs 25 300 400 | awk '$1 ~ /^#F[0-9A-F]F[0-9A-F]5/ { last = $2 + $3 - 8 } END { print last }')
    click 300 "${y:-0}"
    xdotool key Right
    sleep 1
    xdotool mousemove 150 $((${y:-0} + 17)) click --repeat 2 --delay 60 1
    snap link
    after=$(selected)
    if [ -n "$before" ] && [ -n "$after" ] && [ "$before" != "$after" ]; then
        ok "a link leads to the reset"
    else
        bad "a link leads to the reset" "selected row at ${before:-none} before, ${after:-none} after"
    fi
    close
}

scene_statistics() {
    open injected_both_ends.pcapng
    menu s Up Right Return # ours is the last entry
    snap statistics
    if xdotool search --name 'TCP Reset Origin|Origin of TCP resets' >/dev/null 2>&1; then
        ok "statistics dialog opens"
    else
        bad "statistics dialog opens" "no window of that name"
    fi
    close
}

# Tools -> TCP Reset Origin: the first entry filters on injected resets, the last one on the
# connection of the selected frame. Rows are counted as in scene_filter.
scene_menu() {
    local wanted
    wanted=$(as_tshark injected_pair_12503.pcapng rst_origin.injected)
    open injected_pair_12503.pcapng -g 23
    menu t Up Right Return
    snap menu
    many "menu entry sets the filter" "$green" 2000
    is "rows under the menu's filter" "$(rows)" "$wanted"
    menu t Up Right Up Return
    snap menu
    wanted=$(as_tshark injected_pair_12503.pcapng "tcp.stream == 2 && rst_origin.source")
    is "rows of this connection" "$(rows)" "$wanted"
    close
}

# Rows in the list: it is white below the last one.
rows() {
    runs 30 "$top" 240 | awk -v high="$high" '
        $1 == "#FDFDFD" || $1 == "#FFFFFF" { exit }
        { n += $3 }
        END { print int(n / high + 0.5) }'
}

# menu LETTER KEY...: opens a menu of the main window by its letter, then presses keys in it.
menu() {
    local letter=$1
    shift
    click 300 $((top + 4)) # a row: no text field has the keys
    xdotool key "alt+$letter"
    sleep 1
    xdotool key "$@"
    sleep 2
}

scene_expert() {
    open injected_both_ends.pcapng
    click 10 $((height - 11))
    sleep 2
    snap expert
    if xdotool search --name 'Expert Information' >/dev/null 2>&1; then
        ok "expert dialog opens"
    else
        bad "expert dialog opens" "no window of that name"
    fi
    close
}

prepare
begin_display
scene_list
scene_filter
scene_details
scene_link
scene_menu
scene_statistics
scene_expert
rm -f "$shots/closed.png"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
