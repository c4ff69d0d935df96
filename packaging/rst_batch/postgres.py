# SPDX-License-Identifier: GPL-2.0-or-later
def is_url(text):
    return text.startswith(("postgresql://", "postgres://"))
class Postgres:
    pass
