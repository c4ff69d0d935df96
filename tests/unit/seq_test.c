/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sequence numbers are compared modulo 2^32 (RFC 9293 3.4). */

#include "base/seq.h"
#include "check.h"

static void distance_is_signed(void)
{
    CHECK_INT(ro_seq_diff(5, 3), 2);
    CHECK_INT(ro_seq_diff(3, 5), -2);
    CHECK_INT(ro_seq_diff(7, 7), 0);
}

static void distance_passes_the_wrap(void)
{
    CHECK_INT(ro_seq_diff(2, 0xfffffffe), 4);
    CHECK_INT(ro_seq_diff(0xfffffffe, 2), -4);
    CHECK_INT(ro_seq_diff(0x80000000, 0), INT32_MIN);
    CHECK_INT(ro_seq_diff(0x7fffffff, 0), INT32_MAX);
}

static void order_passes_the_wrap(void)
{
    CHECK(ro_seq_lt(0xffffffff, 0));
    CHECK(ro_seq_gt(0, 0xffffffff));
    CHECK(!ro_seq_lt(0, 0xffffffff));
    CHECK(ro_seq_le(9, 9) && ro_seq_ge(9, 9));
    CHECK(!ro_seq_lt(9, 9) && !ro_seq_gt(9, 9));
}

static void maximum_passes_the_wrap(void)
{
    CHECK_INT(ro_seq_max(0xfffffff0, 0x10), 0x10);
    CHECK_INT(ro_seq_max(0x10, 0xfffffff0), 0x10);
    CHECK_INT(ro_seq_max(3, 8), 8);
}

int main(void)
{
    RUN(distance_is_signed);
    RUN(distance_passes_the_wrap);
    RUN(order_passes_the_wrap);
    RUN(maximum_passes_the_wrap);
    return check_done();
}
