/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small questions that several signs ask of a record. */

#ifndef RO_RESET_INFERENCE_H
#define RO_RESET_INFERENCE_H

#include "reset/reset.h"

/* The host as it is known now (on a second pass: at the end). Where the table of hosts gave up its entry,
 * as it was then. */
const ro_host *ro_host_now(const ro_reset *r);

/* True if the host taught us something after the RST came. */
bool ro_host_learned_later(const ro_reset *r);

/* Whose stack the claimed sender runs, from its SYN here or elsewhere. */
ro_stack ro_stack_of_sender(const ro_reset *r);

/* The same of the RST's receiver. */
ro_stack ro_stack_of_receiver(const ro_reset *r);

/* True where the RST has the form in which a socket aborts: RST+ACK that neither refuses a SYN
 * nor turns a segment round (some stacks answer so). Wherever its number stands, it left by its
 * socket, with its counter, clock and window (Linux tcp_send_active_reset), or nobody's. */
bool ro_is_from_socket(const ro_reset *r);

/* Whether the RST's sequence number is the 0 of a reply to a segment without ACK, which is no number of its sender's
 * (RFC 9293 3.10.7.1): nothing may be compared with it. */
bool ro_has_no_number(const ro_reset *r);

/* Least round trip from the capture point to the claimed sender: the least of this stream and of
 * the host's others. Returns the number of samples, 0 where there is none. `whole` tells whether the
 * handshake was among them: mid-stream samples may all contain a delayed ACK. */
uint32_t ro_rtt_to_sender(const ro_reset *r, int64_t *rtt_ns, bool *whole);

/* True where the RST is put together from the fields of the claimed sender's own socket: SEQ at
 * SND.NXT and, as far as it uses them, its IP-ID counter and its timestamp clock. */
bool ro_continues_ip_id(const ro_reset *r);
bool ro_continues_timestamp(const ro_reset *r);

/* Whether the claimed sender's own packet filter may have sent the RST, of which the socket knows
 * nothing: a bare one as netfilter's REJECT writes it (window 0, IP-ID or flow label 0;
 * nf_send_reset), from as far away as the host is. */
bool ro_may_be_own_firewall(const ro_reset *r);

/* Hops that the nearest of a sender's packets had behind it; 255 where none was seen. */
uint8_t ro_sender_hops(const ro_dir *x);

/* Whether the TTL shows another machine than the claimed sender's, at another place: it started at another value,
 * and has at least two hops less behind it, or it has more behind it than any path, so that neither the host's other program nor a
 * route change explains it. */
bool ro_comes_from_elsewhere(const ro_reset *r);

/* Whether another machine behind the same address (ECMP, anycast, a balancer that lost its table) may have
 * sent the RST: a kernel's bare answer, in time, from about as far away as the claimed sender. */
bool ro_may_be_another_machine(const ro_reset *r);

/* Whether the capture joined this connection in the middle so short a time before the RST that what the
 * RST answers may have gone by before. */
bool ro_joined_just_now(const ro_reset *r);

/* Whether all that was seen of this sender are SYNs of a program that writes its own packets: no
 * kernel sends a SYN with window scale, SACK and timestamps all missing (nmap sends MSS alone, ZMap
 * nothing). Its kernel, which knows nothing of them, resets the answers. */
bool ro_is_scanner(const ro_dir *x);

/* The RST that holds the strongest evidence from later frames for the same event: this one, or a
 * later RST of the same direction, event and TTL (a burst has one sender). */
const ro_reset *ro_activity_witness(const ro_reset *r);

/* Whether the RST of this burst before `r` has its IP-ID because its maker does not count: a copy to
 * the letter that the capture did not make, or one with other contents. */
bool ro_is_repeated_by_sender(const ro_reset *r);

#endif
