/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every sentence that a sign says, in the order of the table of signs, to be read in one go. Each is
 * said of a RST: "it" and "its" are the RST. A % takes a value that the sign compared. */

#ifndef RO_JUDGE_SIGN_WORDS_H
#define RO_JUDGE_SIGN_WORDS_H

/* ---- Sequence ---- */

#define SAY_SEQ_NEVER_SENT                                                                         \
    "its sequence number is %d beyond the last octet that its claimed sender is known to "         \
    "have sent"
#define SAY_SECOND_RESET_AHEAD                                                                     \
    "the reset in frame %u is %d ahead of that in frame %u, beyond all data sent; no endpoint "    \
    "does that"
#define SAY_BEHIND_DATA                                                                            \
    "its sequence number is %d behind data that its claimed sender had already sent, and "         \
    "it answers no ACK"
#define SAY_ACK_NEVER_SENT                                                                         \
    "it acknowledges %d octets more than were ever sent to its claimed sender"
#define SAY_ACK_GOES_BACK                                                                          \
    "it acknowledges %d octets less than its claimed sender had acknowledged before"
#define SAY_ACK_WITHOUT_FLAG                                                                       \
    "its acknowledgment field holds %u although the ACK flag is clear; %s hosts write 0 "          \
    "there"

/* ---- What it answers ---- */

#define SAY_BARE_TO_SYN "it answers a SYN without acknowledging it; TCP clients ignore such a reset"
#define SAY_SURPLUS_ANSWER                                                                         \
    "there are more resets than segments to answer: at least %d too many, counting the "           \
    "answers to frame %u"
#define SAY_UNPROMPTED_IN_SYN_SENT                                                                 \
    "its claimed sender had only sent a SYN and received nothing: a host that gives up there "     \
    "sends no reset"
#define SAY_NUMBERS_SWAPPED                                                                        \
    "it answers frame %u with RST+ACK and the swapped SEQ and ACK of that frame; hosts answer "    \
    "with a bare RST"
#define SAY_SYN_REPLY_SEQ "it refuses a SYN with sequence number %u; hosts use 0"
#define SAY_BARE_WHILE_OPEN                                                                        \
    "it answers as a host without the connection, but its claimed sender used it %.3f ms before"
#define SAY_ANSWERS_RESET                                                                          \
    "it answers the reset in frame %u; a TCP endpoint discards resets and answers none"
#define SAY_ANSWERS_OLD                                                                            \
    "it has the form of an answer, but the newest segment that it could answer is %.3f s "         \
    "old"
#define SAY_ANSWERS_NOTHING                                                                        \
    "it has the form of an answer, but no captured segment carries the ACK number that it "        \
    "would answer"

/* ---- Timing ---- */

#define SAY_FASTER_THAN_PATH                                                                       \
    "it answers within %.3f ms; the round trip to its claimed sender takes at least %.3f ms (%u "  \
    "sample%s%s)"
#define SAY_FASTER_OTHERS ", other connections"
#define SAY_IN_STEP                                                                                \
    "it answers after %.3f ms, as its claimed sender would: the round trip to it takes %.3f ms"

/* ---- Path and host ---- */

#define SAY_TTL_DIFFERS        "its TTL is %u; %u other packet%s of its claimed sender %s %u"
#define SAY_TTL_DIFFERS_VALUES " (the last of %u values)"
#define SAY_TTL_SAME           "its TTL is %u, as in %u other packet%s of its claimed sender"
#define SAY_TTL_SAME_DISTANCE                                                                      \
    "its TTL %u started at another value than the %u of its claimed sender, but both came %u hops"
#define SAY_HOST_TTL_DIFFERS                                                                       \
    "its TTL is %u, but this host's %u packet%s in other connections arrive%s with %u"
#define SAY_HOST_TTL_SAME "its TTL is %u, as in this host's %u packet%s in other connections"

/* ---- IP header ---- */

#define SAY_TTL_MIRRORS                                                                            \
    "its TTL follows the TTL of the packet that it answers (%u) from reset to reset"
#define SAY_WINDOW_TTL_LOCKED                                                                      \
    "its window and its TTL change together from reset to reset (window - TTL = %d)"
#define SAY_IP_ID_COPIED "its IP-ID %u is that of the packet that it answers%s"
#define SAY_IP_ID_COPIED_SENDER                                                                    \
    "its IP-ID %u is that of its claimed sender's last packet, which gives each number once"
#define SAY_IP_ID_BROKEN "its IP-ID %u does not continue the counter of its claimed sender, last %u"
#define SAY_IP_ID_SCATTERED                                                                        \
    "its IP-ID %u and those of its burst lie all over the range, though its claimed sender "       \
    "counts its packets"
#define SAY_IP_ID_TAKEN                                                                            \
    "its IP-ID %u was not used yet: its claimed sender counts its packets and gave it to frame %u"
#define SAY_ONE_COUNTER                                                                            \
    "its IP-ID %u goes on with one counter for both ends (last %u and %u): one machine writes "    \
    "for both"
#define SAY_REPEATED_EXACTLY                                                                       \
    "several resets of the burst have IP-ID %u: their sender does not count packets, or sent one " \
    "several times"
#define SAY_DF_LOST         "it lacks DF, which the other packets of its claimed sender have%s"
#define SAY_DF_LOST_TRIGGER ", and the packet that it answers too"
#define SAY_DSCP_ALIEN                                                                             \
    "its DSCP is %u, which is neither that of its claimed sender (%u) nor that of the "            \
    "packet it answers"
#define SAY_FLOW_LABEL_LOST "its flow label is 0x%05x, that of its claimed sender 0x%05x"
#define SAY_FLOW_LABEL_LOST_HOST                                                                   \
    "its flow label is 0; this host's packets in other connections have one"
#define SAY_FLOW_LABEL_KEPT                                                                        \
    "it has a flow label, 0x%05x, as the kernel of its claimed sender writes one"

/* ---- TCP header ---- */

#define SAY_RESERVED_BITS "reserved header bits are set (flags 0x%03x)"
#define SAY_ODD_FLAGS     "SYN, FIN or URG is set beside RST (flags 0x%03x)"
#define SAY_WINDOW_COPIED                                                                          \
    "its window %u is that of the packet it answers, not that of its claimed sender (%u)"
#define SAY_WINDOW_ALIEN     "its window is %u; %s writes %s into such a reset"
#define SAY_WINDOW_OF_SOCKET "the socket's window"
#define SAY_WINDOW_VARIES                                                                          \
    "the reset in frame %u acknowledges the same with window %u, this one with %u"
#define SAY_TIMESTAMP_OFF                                                                          \
    "its timestamp %u does not continue the clock of its claimed sender, last %u"
#define SAY_TIMESTAMP_MISSING                                                                      \
    "it has no timestamp, though the other segments of its claimed sender have"
#define SAY_TIMESTAMP_MISSING_STACK                                                                \
    "it has no timestamp; when %s aborts such a connection, the reset has one"
#define SAY_ODD_OPTIONS "it has options that do not belong on a reset"
#define SAY_WAS_SYN_ACK                                                                            \
    "it has options that only a SYN or SYN-ACK has: a device on the path turned one into a "       \
    "reset"
#define SAY_CONTINUES_FLOW      "it continues its claimed sender's socket:"
#define SAY_CONTINUES_IP_ID     " IP-ID %u after %u"
#define SAY_CONTINUES_TIMESTAMP "%s timestamp %u after %u"
#define SAY_CONTINUES_WINDOW    "%s window %u again"

/* ---- Behaviour ---- */

#define SAY_ACTIVE_AFTER_RST                                                                       \
    "its claimed sender %s in frame %u, %.3f ms after this reset (%u such frame%s)"
#define SAY_DATA_AFTER_RST    "sends new data"
#define SAY_FIN_AFTER_RST     "closes in the regular way, with a FIN,"
#define SAY_ACKS_AFTER_RST    "acknowledges newer data"
#define SAY_REPEATS_AFTER_RST "retransmits earlier data"
#define SAY_SYN_ACK_AFTER_RST "still offers the connection (SYN-ACK)"
#define SAY_ACK_AFTER_RST     "sends an ACK"
#define SAY_CHALLENGE_DRAWN                                                                        \
    "the receiver did not accept it: it sent a challenge ACK in frame %u and continued"
#define SAY_CHALLENGE_ANSWERED                                                                     \
    "the receiver sent a challenge ACK in frame %u, and the claimed sender confirmed with "        \
    "the exact reset in frame %u"
#define SAY_BOTH_DIRECTIONS "both directions were reset at the same time: see frame %u"
#define SAY_SAME_MAKER                                                                             \
    "the reset in frame %u is of the same make (TTL %u, flags, IP-ID, window); its signs show a "  \
    "device on the path"
#define SAY_SAME_MAKER_ELSEWHERE                                                                   \
    "the reset in frame %u of another connection is of the same make (TTL %u); its signs show a "  \
    "device on the path"
#define SAY_OTHER_HALF                                                                             \
    "the other direction was reset at the same time (frame %u); the signs there show a device on " \
    "the path"

/* ---- Link and capture point ---- */

#define SAY_LEFT_SENDER "it was captured leaving its claimed sender, at "
#define SAY_LEFT_HOST   "it was captured leaving the host whose address it has"
#define SAY_LEFT_UNTOUCHED                                                                         \
    "it was captured next to its claimed sender: TTL %u, untouched by routers, as in all its "     \
    "packets here"
#define SAY_ON_ITS_LINK                                                                            \
    "client and server share a link, and its TTL %u is untouched by routers: it was made on that " \
    "link"
#define SAY_WRONG_WAY_OUT "the capturing host itself sent it, with the address of a remote sender"
#define SAY_WRONG_WAY_IN                                                                           \
    "it came in from the network, though its claimed sender is the capturing host"
#define SAY_MAC_DIFFERS                                                                            \
    "its frame came from %02x:%02x:%02x:%02x:%02x:%02x, the others of its claimed sender "         \
    "came from %02x:%02x:%02x:%02x:%02x:%02x"

/* ---- Several capture points ---- */

#define SAY_NOT_SEEN_HERE      "it was captured at "
#define SAY_NOT_SEEN_THERE     ", but not at "
#define SAY_NOT_SEEN_NEARER    ", nearer to the %s, which"
#define SAY_NOT_SEEN_LEG       " has other sequence numbers: a device in between ends the connection"
#define SAY_NOT_SEEN_UNSEEN    " saw nothing of this connection"
#define SAY_NOT_SEEN_REST      " saw the connection until then"
#define SAY_NOT_SEEN_TRIGGER   " saw the connection, but not the segment that it answers"
#define SAY_NOT_SEEN_LOSS      " (it lacks %u of %u segments)"
#define SAY_NOT_SEEN_LOSS_NONE " (it lacks none of %u segment%s)"
#define SAY_REWRITTEN                                                                              \
    "; a device between there and here changed its sequence number, which is off by %d here"
#define SAY_ENTERS_BOTH_ENDS                                                                       \
    "both ends received a reset in the other's name, this one and frame %u, and neither sent one " \
    "itself"
#define SAY_SEEN_NEARER       "it had passed "
#define SAY_SEEN_NEARER_FRAME " before (frame %u), so it was not made between there and here"

/* ---- What the host's kernel said ---- */

#define SAY_HOST_RECORDED "the kernel of %s says that it sent this reset"
#define SAY_HOST_REASON   ": reason %s"
#define SAY_HOST_PROCESS  ", process %s (%u)"
#define SAY_HOST_FRAME    " (frame %u)"
#define SAY_HOST_LISTENER                                                                          \
    "; a listener's record names no connection, so it was found by port and moment alone"
#define SAY_HOST_FILTER ": not its TCP, but its packet filter (%s, chain %s)"
#define SAY_HOST_TRANSLATED                                                                        \
    "; the record has another address of that host (port %u), as its address translation makes "   \
    "it, so it "                                                                                   \
    "was found by the peer and the moment"
#define SAY_HOST_CLOCK                                                                             \
    "; the clock of that host is %s%" PRId64                                                       \
    ".%03d s off, which the other resets of this capture show"
#define SAY_HOST_UNSURE                                                                            \
    "; another reset of this connection close by may be the one that it tells of"
#define SAY_NOT_SENT "the kernel of %s recorded no such reset at that time: "
#define SAY_NOT_SENT_PATH                                                                          \
    "the packet filter of %s sent it in the name of this host: %s, chain %s (frame %u)"
#define SAY_NOT_SENT_NEITHER "neither its TCP nor its packet filter sent it"
#define SAY_NOT_SENT_FILTER  "its TCP did not send it; its packet filter may have"
#define SAY_NOT_SENT_AT_ALL  "its TCP did not send it; its packet filter would set no ACK flag"

/* ---- Self-report ---- */

#define SAY_INJECTOR_MARK "it has the mark of %s: %s"
#define SAY_MPTCP_REASON  "it states an MPTCP reset reason (%u), as endpoints do"
#define SAY_SIGNED_SEGMENT                                                                         \
    "it is signed (TCP-MD5 or TCP-AO), as the segments of its claimed sender are"

#endif
