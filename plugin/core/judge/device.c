/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recognises products and injector families: first by their own words in the RST's payload, then
 * by what their code is known to write into the header.
 *
 * Every constant stands in this file, beside the text it was read in. Fingerprints that ordinary
 * endpoints share (window 0, IP-ID 0, no timestamps) are left out on purpose. */

#include "judge/device.h"

#include <string.h>

#include "base/constants.h"
#include "reset/series.h"

/* "The GFW vs Henan", S&P 2025: type III. Its IP-IDs, and an initial TTL of 255. */
#define GFW_III_ID_FIRST 0x9916
#define GFW_III_ID_LAST  0x9933

/* West Chamber xt_gfw.c, 2009, type 1: bare RST, IP-ID 64, window divisible by 17. */
#define GFW_1_ID            64
#define GFW_1_WINDOW_FACTOR 17

/* Field report: resets of a mobile carrier's NAT, 30.3 to 32.6 s after the last segment. */
#define CARRIER_ID       10003
#define CARRIER_IDLE_MIN (30 * RO_S)
#define CARRIER_IDLE_MAX (33 * RO_S)

/* NetScaler puts its reset code into the window: CTX695832, and nmap-os-db with TTL 255. */
#define NETSCALER_SYN_COOKIE 8201
#define NETSCALER_OTHER      8212

/* ZMap's IP-ID in the SYN (SIGCOMM 2023, section on false positives). */
#define ZMAP_ID 54321

typedef struct row {
    bool (*matches)(const ro_reset *r);
    ro_device device;
} row;

static bool payload_has(const ro_reset *r, const char *text)
{
    size_t n = strlen(text);

    for (size_t at = 0; at + n <= r->seg.payload_kept; at++) {
        if (memcmp(r->seg.data + at, text, n) == 0)
            return true;
    }
    return false;
}

static bool payload_is(const ro_reset *r, const void *bytes, size_t n)
{
    return (r->seg.known & RO_KNOW_LEN) && r->seg.payload_len == n && r->seg.payload_kept >= n &&
           memcmp(r->seg.data, bytes, n) == 0;
}

static bool payload_starts(const ro_reset *r, const char *text)
{
    size_t n = strlen(text);

    return r->seg.payload_kept >= n && memcmp(r->seg.data, text, n) == 0;
}

static bool is_f5(const ro_reset *r)
{
    return payload_starts(r, "BIG-IP: [");
}

static bool is_f5_listener(const ro_reset *r)
{
    return is_f5(r) && payload_has(r, "No local listener");
}

static bool is_f5_pool(const ro_reset *r)
{
    return is_f5(r) && payload_has(r, "No pool member available");
}

static bool is_f5_remote(const ro_reset *r)
{
    return is_f5(r) && payload_has(r, "TCP RST from remote system");
}

static bool is_henan(const ro_reset *r)
{
    static const uint8_t digits[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 0};

    return payload_is(r, digits, sizeof digits);
}

static bool is_zeros(const ro_reset *r)
{
    static const uint8_t zeros[22];

    return (r->seg.flags & RO_ACK) && payload_is(r, zeros, sizeof zeros);
}

static bool is_old_stack(const ro_reset *r)
{
    static const char *const texts[] = {
        "No TCP/No listener",
        "no tcp, reset",
        "tcp_close, during connect",
        "tcp_disconnect",
        "tcp_fin_wait_2_timeout",
        "new data when detached",
        "tcp_lift_anchor, can't wait",
        "Go away",
        "No TCP",
        "ehnc",
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (payload_starts(r, texts[i]))
            return true;
    }
    return false;
}

/* A value that the trigger has too was negotiated (AccECN) or is the path's doing. */
static bool bits_are_news(const ro_reset *r, unsigned bits)
{
    return !(r->facts & RO_FACT_TRIGGER) || !(r->latest->flags & bits);
}

/* Exactly RST+ACK+AE: an AccECN endpoint's counter starts at 5, which sets ECE as well. */
static bool is_gfw_rae(const ro_reset *r)
{
    return r->seg.flags == (RO_RST | RO_ACK | RO_AE) && bits_are_news(r, RO_AE);
}

static bool is_reserved_bits(const ro_reset *r)
{
    return (r->seg.flags & RO_RESERVED) && bits_are_news(r, RO_RESERVED);
}

static bool df_clear(const ro_reset *r)
{
    return (r->seg.known & RO_KNOW_IP_ID) && !r->seg.df;
}

static bool initial_ttl_is(const ro_reset *r, uint8_t initial)
{
    return (r->seg.known & RO_KNOW_IP) && ro_ttl_initial(r->seg.ttl) == initial;
}

static bool plain_header(const ro_reset *r)
{
    return (r->seg.known & RO_KNOW_OPTIONS) && r->seg.options == 0 &&
           (r->seg.known & RO_KNOW_LEN) && r->seg.payload_len == 0;
}

static bool is_gfw_3(const ro_reset *r)
{
    return (r->seg.flags & RO_ACK) && df_clear(r) && initial_ttl_is(r, 255) && plain_header(r) &&
           r->seg.ip_id >= GFW_III_ID_FIRST && r->seg.ip_id <= GFW_III_ID_LAST;
}

static bool is_gfw_1(const ro_reset *r)
{
    return !(r->seg.flags & RO_ACK) && df_clear(r) && plain_header(r) && r->seg.ip_id == GFW_1_ID &&
           (r->seg.known & RO_KNOW_WINDOW) && r->seg.window != 0 &&
           r->seg.window % GFW_1_WINDOW_FACTOR == 0;
}

static bool is_carrier(const ro_reset *r)
{
    return (r->seg.flags & RO_ACK) && (r->seg.known & RO_KNOW_IP_ID) &&
           r->seg.ip_id == CARRIER_ID && initial_ttl_is(r, 128) &&
           (r->facts & RO_FACT_SINCE_LAST) && r->since_last_ns >= CARRIER_IDLE_MIN &&
           r->since_last_ns <= CARRIER_IDLE_MAX;
}

/* A code in the window is told from a window by the sender's other segments, where there are
 * any. */
static bool window_is_code(const ro_reset *r, unsigned code)
{
    if (!(r->seg.known & RO_KNOW_WINDOW) || r->seg.window != code || !initial_ttl_is(r, 255))
        return false;
    return !(r->sender->has & RO_DIR_WINDOW) ||
           (r->sender->window != code && r->sender->window_prev != code);
}

static bool is_netscaler(const ro_reset *r)
{
    return window_is_code(r, NETSCALER_SYN_COOKIE) || window_is_code(r, NETSCALER_OTHER);
}

static bool id_mirrors_trigger(const ro_reset *r)
{
    return (r->facts & RO_FACT_TRIGGER) && (r->seg.known & RO_KNOW_IP_ID) &&
           r->latest->ip_id != 0 &&
           (r->seg.ip_id == r->latest->ip_id || r->seg.ip_id == (uint16_t)(r->latest->ip_id + 1));
}

/* No endpoint known writes the trigger's SEQ into the acknowledgment field of a bare RST. */
static bool is_mirror(const ro_reset *r)
{
    return id_mirrors_trigger(r) && !(r->seg.flags & RO_ACK) && r->seg.ack != 0 &&
           (r->seg.ack == r->latest->seq || r->seg.ack == r->latest->end);
}

static bool is_window_echo(const ro_reset *r)
{
    if (!(r->facts & RO_FACT_TRIGGER) || !(r->seg.flags & RO_ACK) || !df_clear(r) ||
        !(r->seg.known & RO_KNOW_WINDOW) || r->seg.window == 0 ||
        r->seg.window != r->latest->window)
        return false;
    /* A symmetric pair of stacks may use one window. */
    if ((r->sender->has & RO_DIR_WINDOW) &&
        (r->sender->window == r->seg.window || r->sender->window_prev == r->seg.window))
        return false;
    return initial_ttl_is(r, 255) ||
           ((r->sender->has & RO_DIR_DF_SET) && !(r->sender->has & RO_DIR_DF_CLEAR));
}

static bool is_zmap(const ro_reset *r)
{
    return r->claimed_sender == RO_CLIENT && (r->sender->has & RO_DIR_ISN) &&
           r->sender->ip_id_syn == ZMAP_ID;
}

/* --- the table: first match wins, the sender's own words before likenesses ----------------- */

static const row rows[] = {
    {is_f5_listener, {"F5 BIG-IP", "its payload says \"BIG-IP … No local listener\"", true, false}},
    {is_f5_pool,
     {"F5 BIG-IP", "its payload says \"BIG-IP … No pool member available\"", true, false}},
    {is_f5_remote,
     {"F5 BIG-IP", "its payload says \"BIG-IP … TCP RST from remote system\"", true, false}},
    {is_f5, {"F5 BIG-IP", "its payload starts with \"BIG-IP: [\"", true, false}},
    {is_henan,
     {"Henan provincial firewall",
      "payload is the ten bytes 01 02 03 04 05 06 07 08 09 00 (S&P 2025)", false, true}},
    {is_zeros,
     {"injector of AS51346", "payload is 22 zero bytes on a RST+ACK (Nourin et al. 2023)", false,
      true}},
    {is_old_stack,
     {"old TCP stack", "payload is a reset text of HP-UX, Solaris or Mac OS 8/9 (p0f v2)", true,
      false}},
    {ro_series_sandvine,
     {"Sandvine", "two RSTs whose sequence numbers are 12503 apart (NDSS 2009)", false, true}},
    {ro_series_gfw_copies,
     {"GFW type II", "three identical RST+ACKs with a window, IP-ID included (S&P 2025)", false,
      true}},
    {ro_series_gfw_in_step,
     {"GFW type II", "RST+ACKs whose TTL and window rise by the same step (observed 2023 and 2025)",
      false, true}},
    {ro_series_gfw_steps,
     {"GFW type 2, 2006 to 2017",
      "RST+ACKs 1460, 2920 or 4380 beyond all data (Clayton 2006, NDSS 2009)", false, true}},
    {is_gfw_rae,
     {"GFW RAE", "RST+ACK with the AE bit (once the ECN nonce sum) set (NDSS 2009)", false, true}},
    {is_gfw_3,
     {"GFW type III",
      "RST+ACK with IP-ID between 0x9916 and 0x9933, DF clear, initial TTL 255 (S&P 2025)", false,
      true}},
    {is_gfw_1,
     {"GFW type 1, 2009",
      "bare RST with IP-ID 64, DF clear, window divisible by 17 (West Chamber xt_gfw.c)", false,
      true}},
    {is_reserved_bits,
     {"injector that sets reserved bits", "reserved header bits set, which the trigger lacks",
      false, true}},
    {is_mirror,
     {"header-mirroring injector",
      "IP-ID and acknowledgment field are the trigger's, without the ACK flag", false, true}},
    {is_carrier,
     {"carrier NAT", "IP-ID 10003, initial TTL 128, 30 to 33 s after the last segment", false,
      true}},
    {is_netscaler,
     {"Citrix NetScaler",
      "window 8201 or 8212 with initial TTL 255 is its reset code (CTX695832, nmap-os-db)", false,
      false}},
    {is_window_echo,
     {"firewall, window-echo template",
      "RST+ACK has the trigger's window, DF clear: Cisco ASA, Palo Alto and kin (nmap-os-db)",
      false, false}},
    {is_zmap, {"ZMap", "its SYN had IP-ID 54321", false, false}},
};

bool ro_device_of(const ro_reset *r, ro_device *out)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].matches(r)) {
            *out = rows[i].device;
            return true;
        }
    }
    return false;
}
