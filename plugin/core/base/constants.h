/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every threshold of the core, each with its reason. Times in nanoseconds. */

#ifndef RO_BASE_CONSTANTS_H
#define RO_BASE_CONSTANTS_H

#include <stdint.h>

#define RO_US INT64_C(1000)
#define RO_MS INT64_C(1000000)
#define RO_S  INT64_C(1000000000)

/* Times of a capture lie within this of its first segment (nine years), others are taken for its edges: so
 * tenfold differences of differences fit into 63 bits, whatever a broken or hostile file says. */
#define RO_REACH_NS (INT64_C(1) << 58)

/* ---- what counts as the same packet ---- */

/* A SPAN port or the "any" interface shows the second copy within microseconds; 2 ms leaves room
 * for batching, and is below any retransmission timer (RFC 6298: at least 200 ms in practice). */
#define RO_DUPLICATE_NS (2 * RO_MS)

/* The same for a packet with an IP-ID of its own, which a retransmission would not repeat: busy SPAN ports
 * deliver the copy up to 3 ms later. */
#define RO_COPY_NS (4 * RO_MS)

/* A direction counts as doubled by the capture from this share of duplicates on (in percent). */
#define RO_DOUBLED_PERCENT 25

/* ---- time ---- */

/* Differences below this are not a matter of path length: interrupt coalescing, GRO and capture
 * queues shift time stamps by tens to hundreds of microseconds, and the first packet to a host that
 * dozes is as much slower. */
#define RO_TIME_NOISE_NS (700 * RO_US)

/* A round trip below this means the capture point sits next to the sender, where timing cannot
 * tell a device from the host. */
#define RO_NEXT_TO_NS (500 * RO_US)

/* A lone round trip may have been longer by this than the path: the host was waking up, or its
 * address was asked for. */
#define RO_ONE_SAMPLE_SLOW_NS (5 * RO_MS)

/* A reply of a kernel leaves at once; later than this beyond the round trip it was not caused by
 * the segment (scheduling and wireless power saving stay below it). */
#define RO_REPLY_LATE_NS (300 * RO_MS)

/* How much a reply may lag behind the least round trip before it counts as late, beside a quarter
 * of that round trip and the jitter seen: scheduling, interrupt coalescing, one more queue. */
#define RO_REPLY_SLACK_NS (30 * RO_MS)

/* Segments of the claimed sender that were on the way when its RST left arrive within the
 * reordering of one path. Paths reorder by a few ms at most; the guard takes the larger of this
 * and half the round trip seen. */
#define RO_INFLIGHT_NS (10 * RO_MS)

/* The same where no round trip was seen: half of what a path round the world takes, and a bit. */
#define RO_INFLIGHT_UNKNOWN_NS (250 * RO_MS)

/* Beyond this, and the longest round trip seen, no path delivers two segments of one flow in
 * the wrong order: queues that hold a packet for longer hold its followers too. */
#define RO_REORDER_NEVER_NS (100 * RO_MS)

/* A silence of both sides that may have been longer than a timer on the path or at an end. Timers in the field start at a
 * carrier NAT's 30 s, but equipment under test and firewalls' half-open states use a few seconds;
 * retransmissions and think time seldom leave both sides silent for longer. */
#define RO_PAUSE_NS (1200 * RO_MS)

/* A second copy of a packet, made by the network, comes before the sender would repeat it by its
 * timer (RFC 6298 2.4: 1 s at first). */
#define RO_LATE_COPY_NS (900 * RO_MS)

/* A keep-alive probe waits for its interval: 75 s in Linux, 1 s in Windows and in tuned systems. */
#define RO_PROBE_WAIT_NS (500 * RO_MS)

/* Resets of one close come within this of each other (flight in progress, one RST per segment). */
#define RO_EVENT_NS (2 * RO_S)

/* RST_SEQ_CHANGE of NDSS 2009: second RST within 2 s. */
#define RO_SEQ_CHANGE_NS (2 * RO_S)

/* A counter of 16 bits takes longer than this to come round while it steps by less than 64. */
#define RO_SAME_ROUND_FRAMES 1000
#define RO_SAME_ROUND_NS     (10 * RO_S)

/* ---- bursts ---- */

/* Resets before and after one that are looked at for the same burst; longer ones repeat themselves,
 * and the cost of a reset stays bounded. */
#define RO_BURST_STEPS 16

/* ---- what kernels say of their resets ---- */

/* An event and its reset between the same ends belong together within this: clocks kept by NTP agree to tens of
 * milliseconds, and no path takes longer. */
#define RO_WITNESS_NEAR_NS (1 * RO_S)

/* Linux traces a reset of close() up to 4 ms after the packet left, one that answers a segment 0.1 ms before
 * (measured on 6.18 in 354 pairs: within 6 ms none was lost, within 3 ms two). */
#define RO_WITNESS_TRACED_NS (6 * RO_MS)

/* A listener's event names no connection, so nothing but the moment tells: the same, and a short path. */
#define RO_WITNESS_LISTENER_NS (10 * RO_MS)

/* Times of the two kinds are compared within this of the epoch (73 years, twice that after it), so that
 * differences fit into 63 bits. */
#define RO_WITNESS_REACH_NS (INT64_C(1) << 61)

/* ---- memory ---- */

/* Octets that a connection may take until it needs more (one side's SYN: the record and one direction), and a
 * RST. A scan of all ports leaves one of each per port and they stay until the file is closed, so whoever adds a
 * member looks first for what it can be derived from. On machines with pointers of 64 bits. */
#define RO_STREAM_OCTETS 600
#define RO_RESET_OCTETS  600

/* ---- baselines ---- */

/* A program or host that lost its connections by restarting is silent for longer than this. */
#define RO_RESTART_NS (150 * RO_MS)

#endif
