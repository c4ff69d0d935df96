#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Writes the expected outputs anew: update.sh [NAME...]. Read the difference before committing it.
set -euo pipefail
exec /usr/bin/python3 "$(dirname "$0")/golden.py" "$@"
