/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fields of the protocol rst_origin: Wireshark's numbers of them. */

#ifndef RO_WIRESHARK_FIELDS_H
#define RO_WIRESHARK_FIELDS_H

#include "compat.h"

typedef struct ro_field_ids {
    int source;
    int claimed_source;
    int claimed_guessed;
    int injected;
    int suspicious;
    int confidence;
    int score;
    int cause;
    int stage;
    int shape;
    int summary;
    int stream;
    int trigger;
    int response_time;
    int rtt;
    int rtt_samples;
    int host_rtt;
    int knowledge_age;
    int seq_check;
    int seq_in_window;
    int seq_delta;
    int effect;
    int lost_octets;
    int age;
    int idle;
    int ttl;
    int ttl_delta;
    int host_ttl_delta;
    int hops;
    int ip_id_delta;
    int time_since_last;
    int time_since_sender;
    int bad_checksum;
    int duplicate_of;
    int sign;
    int sign_text;
    int sign_weight;
    int sign_family;
    int sign_source;
    int signature;
    int device;
    int device_reason;
    int contradicted_by;
    int contradicted_after;
    int contradicts;
    int challenge_ack;
    int answered_by;
    int crossing;
    int retry;
    int echo_of;
    int previous;
    int event;
    int event_position;
    int number;
    int idle_timer;
    int timer_survived;
    int timer_died;
    int lookahead;
    int last_message_client;
    int last_message_server;
    int server_name;
    int diagnosis;
    int diagnosis_text;
    int diagnosis_evidence;
    int diagnosis_confidence;
    int later_frames;
    int advice;
    int vantage_count;
    int vantage_twin;
    int vantage_missing_at;
    int vantage_segment;
    int vantage_clock_offset;
    int witness_host;
    int witness_reason;
    int witness_state;
    int witness_process;
    int witness_pid;
    int witness_frame;
    int witness_receiver;
    int witness_receiver_frame;
} ro_field_ids;

extern ro_field_ids ro_hf;
extern int ro_proto;

/* Subtrees. */
extern int ro_ett_reset;
extern int ro_ett_sign;
extern int ro_ett_device;
extern int ro_ett_diagnosis;
extern int ro_ett_line;

#define RO_PROTO_SHORT "RST Origin"

/* Registers the protocol, its fields and its expert information. */
void ro_fields_register(void);

#endif
