# SPDX-License-Identifier: GPL-2.0-or-later
FORMATS = ("ndjson", "csv", "columns")
def main(options):
    raise NotImplementedError
