/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Weights of evidence in decibans (10 log10 of how much likelier the observation is when a
 * device on the path sent the RST), and the thresholds of the verdict. Each was set from the mechanism and
 * the literature, then checked on laboratory runs; none was fitted to a single capture. */

#ifndef RO_JUDGE_WEIGHTS_H
#define RO_JUDGE_WEIGHTS_H

/* Prior. 15-25 % of ordinary connections contain a RST (Arlitt & Williamson 2005; SIGCOMM 2023
 * cites the same), and few of them are made on the path: about one in ten of those that people
 * look at. At the first SYN a refusing firewall is a common sight, after a FIN hardly any. */
#define RO_PRIOR        (-9)
#define RO_PRIOR_SYN    (-7)
#define RO_PRIOR_CLOSED (-11)

/* Verdict: at least this far on a side to be named. 5 dB is three to one by weights that were set
 * low; two families have to agree besides. */
#define RO_DECIDE_PATH     5
#define RO_DECIDE_ENDPOINT (-4)
#define RO_MEDIUM_FROM     12
#define RO_HIGH_FROM       20

/* Signs that speak for an endpoint weigh at least this much where its confidence is more than low: more
 * than an equal TTL, which a device may copy. */
#define RO_MEDIUM_SIGNS 8

/* A family speaks on its own from this weight. */
#define RO_FAMILY_SPEAKS 4

/* A sign that can be impossible for an endpoint decides alone only from this weight: where a harmless
 * way is left, its weight is less, and another family has to agree. */
#define RO_IMPOSSIBLE_FROM 16

/* Signs of one family beyond the strongest count for a quarter: they mostly have one cause. */
#define RO_FAMILY_SHARE 4

/* Likeness beyond the strongest counts for half: a device that copies one field mostly copies the
 * others with it, but each is one more that it could have got wrong. */
#define RO_LIKENESS_SHARE 2

/* From this weight of what an endpoint cannot do, its likeness is a copy, and counts for so much at most. */
#define RO_COPIED_FROM 28
#define RO_COPIED_MOST 12

/* Positive weight from which a verdict for an endpoint is called suspicious. */
#define RO_SUSPICIOUS_FROM 7

#endif
