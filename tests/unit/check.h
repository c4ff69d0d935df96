/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks for the unit tests: each test is a function, each binary ends in "N passed, N failed". */

#ifndef RO_TESTS_CHECK_H
#define RO_TESTS_CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int check_passed;
static int check_failed;
static bool check_ok;

static inline void check_fail(const char *file, int line, const char *what)
{
    check_ok = false;
    printf("  %s:%d: %s\n", file, line, what);
}

static inline void check_int(const char *file, int line, const char *what, int64_t got,
                             int64_t want)
{
    if (got != want) {
        check_ok = false;
        printf("  %s:%d: %s is %lld, not %lld\n", file, line, what, (long long)got,
               (long long)want);
    }
}

static inline void check_str(const char *file, int line, const char *what, const char *got,
                             const char *want)
{
    if (got == NULL || want == NULL ? got != want : strcmp(got, want) != 0) {
        check_ok = false;
        printf("  %s:%d: %s is %s, not %s\n", file, line, what, got ? got : "NULL",
               want ? want : "NULL");
    }
}

#define CHECK(cond)          ((cond) ? (void)0 : check_fail(__FILE__, __LINE__, #cond))
#define CHECK_INT(got, want) check_int(__FILE__, __LINE__, #got, (int64_t)(got), (int64_t)(want))
#define CHECK_STR(got, want) check_str(__FILE__, __LINE__, #got, got, want)

static inline void check_run(const char *name, void (*test)(void))
{
    check_ok = true;
    test();
    if (check_ok) {
        check_passed++;
    } else {
        check_failed++;
    }
    printf("%s %s\n", check_ok ? "ok  " : "FAIL", name);
}

#define RUN(test) check_run(#test, test)

static inline int check_done(void)
{
    printf("%d passed, %d failed\n", check_passed, check_failed);
    return check_failed == 0 ? 0 : 1;
}

#endif
