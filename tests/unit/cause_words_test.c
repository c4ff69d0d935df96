/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every cause has its words, whoever sent the reset, and every value finds its place in them. */

#include "judge/cause_words.h"

#include <string.h>

#include "base/constants.h"
#include "check.h"

static const ro_source sources[] = {RO_SOURCE_UNKNOWN, RO_SOURCE_CLIENT, RO_SOURCE_SERVER,
                                    RO_SOURCE_INTERMEDIARY};

static void every_cause_has_words(void)
{
    static const ro_cause_values known = {"server", "between a and b", 350 * RO_S, 7, 443};
    static const ro_cause_values none = {0};
    GString *text = g_string_new(NULL);

    for (int c = 0; c < RO_CAUSE_N; c++) {
        for (unsigned i = 0; i < G_N_ELEMENTS(sources); i++) {
            ro_cause_words w = ro_cause_words_of((ro_cause)c, sources[i]);

            CHECK(w.title && w.sentence && w.advice);
            for (int k = 0; k < 2; k++) {
                g_string_truncate(text, 0);
                ro_cause_advise(&w, k ? &known : &none, text);
                CHECK(text->len > 10 && text->str[text->len - 1] == '.');
                CHECK(!strpbrk(text->str, "{}\n"));
            }
        }
    }
    g_string_free(text, TRUE);
}

static void values_stand_in_the_advice(void)
{
    static const ro_cause_values known = {"server", "between a and b", 350 * RO_S, 7, 443};
    GString *text = g_string_new(NULL);
    ro_cause_words idle = ro_cause_words_of(RO_CAUSE_IDLE_TIMEOUT, RO_SOURCE_INTERMEDIARY);
    ro_cause_words closed = ro_cause_words_of(RO_CAUSE_CLOSED_PORT, RO_SOURCE_SERVER);
    ro_cause_words content = ro_cause_words_of(RO_CAUSE_BLOCKED_CONTENT, RO_SOURCE_INTERMEDIARY);

    ro_cause_advise(&idle, &known, text);
    CHECK(strstr(text->str, "350 s") != NULL);
    ro_cause_advise(&closed, &known, text);
    CHECK(strstr(text->str, "port 443") != NULL);
    ro_cause_advise(&content, &known, text);
    CHECK(strstr(text->str, "between a and b") != NULL);
    g_string_free(text, TRUE);
}

int main(void)
{
    RUN(every_cause_has_words);
    RUN(values_stand_in_the_advice);
    return check_done();
}
