#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A box that watches both sides of a router and forges resets, as a JSON description says.

Started inside the router's namespace by lab.py with one argument, the description; logs every frame it sends.
What it can be told stands in DEFAULTS; an order "fire" on standard input triggers it by hand.
"""
import heapq
import ipaddress
import json
import random
import select
import socket
import struct
import subprocess
import sys
import time

from pcapng import ACK, FIN, RST, SYN, Frame, parse

DEFAULTS = {
    "trigger": "psh",     # syn, synack, ack, psh, data:N, answer:N, fin, every (data segment), manual
    "keyword": "",        # hex that the triggering payload must hold
    "to": "both",         # client, server, both: who receives the reset, forged from the other
    "flags": "R",         # R or RA, or two joined by + for mixed sets
    "offsets": [0],       # one reset for each, by sequence offset
    "gap": 0.0,           # seconds between them
    "seq": "trigger",     # trigger: from the triggering segment; tracked: as far as the box has seen
    "ack": "exact",       # exact, zero, trigger_seq (as some boxes leave it, without the ACK flag)
    "ttl": "fixed:64",    # fixed:N, random, copy (the trigger's), mimic (the claimed sender's), rising:N
    "ip_id": "zero",      # zero, fixed:N, random, each (random each), copy, copy+1, mimic, steps:A,B
    "window": "zero",     # zero, fixed:N, echo, random, mimic, ttl+N (locked to the TTL)
    "df": True,
    "ts": False,          # carry timestamps as the claimed sender would
    "tos": 0,
    "payload": "",
    "reserved": 0,        # reserved bits of the flags word
    "delay": [0.0002, 0.002],
    "dropped": False,     # the box also drops the trigger, so the server has not received it
    "block": "",          # nftables "family table set" that gets the client's port when triggered
    "per_flow": 1,        # how often one connection triggers
    "residual": 0.0,      # seconds in which later connections of the pair are reset too
    "residual_trigger": "syn",
    "decrement": 1,       # what the router takes off a TTL, for mimicry
}
IGNORE_OUTGOING = 23


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Flow:
    """What the box has seen of one connection, by sender: 'c' or 's'."""

    def __init__(self):
        self.next = {"c": None, "s": None}
        self.last = {"c": None, "s": None}
        self.raw = {"c": None, "s": None}
        self.stamp = {"c": None, "s": None}   # (TSval, TSecr, when)
        self.window = {"c": 0, "s": 0}
        self.data = {"c": 0, "s": 0}
        self.acks = 0
        self.fired = 0
        self.residual = False


def timestamps(options):
    i = 0
    while i < len(options):
        kind = options[i]
        if kind == 0:
            return None
        if kind == 1:
            i += 1
            continue
        if i + 1 >= len(options) or options[i + 1] < 2:
            return None
        if kind == 8 and options[i + 1] == 10:
            return struct.unpack("!II", options[i + 2:i + 10])
        i += options[i + 1]
    return None


class Injector:
    def __init__(self, spec):
        self.spec = {**DEFAULTS, **spec}
        self.rng = random.Random(spec["seed"])
        self.client = ipaddress.ip_address(spec["client"]).packed
        self.server = ipaddress.ip_address(spec["server"]).packed
        self.flows, self.queue, self.residual_until = {}, [], 0.0
        self.log = open(spec["log"], "w", encoding="ascii")
        self.sockets = {}
        for side in "cs":
            s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            s.setsockopt(263, IGNORE_OUTGOING, 1)
            s.bind((spec["side_" + side], 0))
            s.setblocking(False)
            self.sockets[side] = s
        self.counter = self.rng.randrange(40, 200)   # of families that count TTL and window up together

    # -- watching --------------------------------------------------------------------------------------------
    def watch(self, data):
        segment = parse(Frame(0, 0, 0.0, data, b""))
        if not segment or segment.flags & RST:
            return
        ports = (segment.sport, segment.dport)
        if segment.source == self.client and segment.destination == self.server:
            sender, client_port, port = "c", *ports
        elif segment.source == self.server and segment.destination == self.client:
            sender, port, client_port = "s", *ports
        else:
            return
        if port != self.spec["port"]:
            return
        if segment.flags & SYN and sender == "c":
            self.flows[client_port] = Flow()
            self.flows[client_port].residual = time.monotonic() < self.residual_until
        flow = self.flows.setdefault(client_port, Flow())
        end = segment.seq + segment.length + bool(segment.flags & SYN) + bool(segment.flags & FIN) & 0xFFFFFFFF
        known = flow.next[sender]
        if known is None or (end - known & 0xFFFFFFFF) < 1 << 31:
            flow.next[sender] = end
        flow.last[sender], flow.raw[sender] = segment, data
        if not segment.flags & SYN:
            flow.window[sender] = segment.window
        stamp = timestamps(segment.options)
        if stamp:
            flow.stamp[sender] = (*stamp, time.monotonic())
        if segment.length:
            flow.data[sender] += 1
        elif sender == "c" and segment.flags & ACK and not segment.flags & (SYN | FIN):
            flow.acks += 1
        trigger = self.spec["residual_trigger"] if flow.residual else self.spec["trigger"]
        if flow.fired < self.spec["per_flow"] and self.matches(trigger, flow, segment, sender, data):
            flow.fired += 1
            if self.spec["residual"]:
                self.residual_until = time.monotonic() + self.spec["residual"]
            if self.spec["block"]:
                subprocess.Popen(["nft", f"add element {self.spec['block']} {{ {client_port} }}"])
            self.schedule(client_port, flow, segment, sender)

    def matches(self, trigger, flow, segment, sender, data):
        if trigger in ("psh", "every") or trigger.startswith("data:"):
            if sender != "c" or not segment.length or bytes.fromhex(self.spec["keyword"]) not in data:
                return False
            wanted = int(trigger[5:]) if ":" in trigger else 1
            return trigger == "every" or flow.data["c"] == wanted or bool(self.spec["keyword"])
        if trigger.startswith("answer:"):
            return sender == "s" and segment.length > 0 and flow.data["s"] == int(trigger[7:])
        return {"syn": sender == "c" and segment.flags & (SYN | ACK) == SYN,
                "synack": sender == "s" and segment.flags & (SYN | ACK) == SYN | ACK,
                "ack": sender == "c" and flow.acks == 1 and not segment.length and not segment.flags & (SYN | FIN),
                "fin": sender == "c" and bool(segment.flags & FIN),
                "server_fin": sender == "s" and bool(segment.flags & FIN)}.get(trigger, False)

    # -- forging ---------------------------------------------------------------------------------------------
    def schedule(self, client_port, flow, trigger, sender):
        when = time.monotonic() + self.rng.uniform(*self.spec["delay"])
        for receiver in {"client": "c", "server": "s", "both": "cs"}[self.spec["to"]]:
            frames = self.forge(client_port, flow, trigger, sender, receiver)
            for i, frame in enumerate(frames):
                heapq.heappush(self.queue, (when + i * self.spec["gap"], self.rng.random(), receiver, frame))

    def choose(self, rule, trigger, mimic, cycle, bits):
        name, _, value = rule.partition(":")
        if name == "zero":
            return 0
        if name == "fixed":
            return int(value)
        if name in ("echo", "copy"):
            return trigger
        if name == "copy+1":
            return trigger + 1 & (1 << bits) - 1
        if name == "mimic":
            return mimic
        if name == "random":
            return cycle.setdefault(bits, self.rng.randrange(1, 1 << bits) if bits > 8 else self.rng.randint(55, 250))
        if name == "each":
            return self.rng.randrange(1, 1 << bits) if bits > 8 else self.rng.randint(55, 250)
        raise ValueError(f"not understood: {rule}")

    def forge(self, client_port, flow, trigger, sender, receiver):
        spec, claimed = self.spec, "s" if receiver == "c" else "c"
        length = trigger.length + bool(trigger.flags & SYN) + bool(trigger.flags & FIN)
        if spec["seq"] == "tracked" and flow.next[claimed] is not None:
            seq, ack = flow.next[claimed], flow.next[receiver] or 0
        elif sender == receiver:
            seq, ack = trigger.ack, trigger.seq + length
        else:
            seq, ack = trigger.seq + (0 if spec["dropped"] else length), trigger.ack
        if not trigger.flags & ACK and sender == receiver:
            seq = 0
        last, cycle, frames = flow.last[claimed], {}, []
        steps = [0] + [int(x) for x in spec["ip_id"][6:].split(",")] if spec["ip_id"].startswith("steps:") else None
        start_id = self.rng.randrange(1, 60000)
        for i, offset in enumerate(spec["offsets"]):
            kinds = spec["flags"].split("+")
            with_ack = "A" in kinds[min(i, len(kinds) - 1)]
            mimic_ttl = last.ttl - spec["decrement"] if last else 64
            if spec["ttl"].startswith("rising:"):
                ttl = int(spec["ttl"][7:]) + self.counter % 100 + i
            else:
                ttl = self.choose(spec["ttl"], trigger.ttl, mimic_ttl, cycle, 8)
            if steps:
                start_id = start_id + steps[min(i, len(steps) - 1)] & 0xFFFF
                ip_id = start_id
            else:
                ip_id = self.choose(spec["ip_id"], trigger.ip_id, (last.ip_id + 1 & 0xFFFF) if last else 0, cycle, 16)
            if spec["window"].startswith("ttl+"):
                window = ttl + int(spec["window"][4:])
            else:
                window = self.choose(spec["window"], trigger.window, flow.window[claimed], {}, 16)
            options = b""
            if spec["ts"] and flow.stamp[claimed]:
                value, echoed, when = flow.stamp[claimed]
                value += int((time.monotonic() - when) * 1000)
                if flow.stamp[receiver]:
                    echoed = flow.stamp[receiver][0]
                options = b"\x01\x01\x08\x0a" + struct.pack("!II", value & 0xFFFFFFFF, echoed)
            ack_field = ack if with_ack or spec["ack"] == "exact" and spec["flags"] != "R" else 0
            if spec["ack"] == "trigger_seq":
                ack_field = trigger.seq
            elif spec["ack"] == "zero":
                ack_field = 0
            frames.append(self.frame(client_port, receiver, seq + offset & 0xFFFFFFFF, ack_field & 0xFFFFFFFF,
                                     RST | (ACK if with_ack else 0), window, ttl, ip_id, options, flow, claimed))
        self.counter += 9
        return frames

    def frame(self, client_port, receiver, seq, ack, flags, window, ttl, ip_id, options, flow, claimed):
        spec = self.spec
        ports = (spec["port"], client_port) if receiver == "c" else (client_port, spec["port"])
        source, target = (self.server, self.client) if receiver == "c" else (self.client, self.server)
        payload = bytes.fromhex(spec["payload"])
        word = (20 + len(options)) // 4 << 12 | spec["reserved"] << 8 | flags
        tcp = struct.pack("!HHIIHHHH", *ports, seq, ack, word, window, 0, 0) + options + payload
        pseudo = source + target + (struct.pack("!IHBB", len(tcp), 0, 0, 6) if spec["v6"]
                                    else struct.pack("!BBH", 0, 6, len(tcp)))
        tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]
        if spec["v6"]:
            label = 0
            if spec["ts"] and flow.raw[claimed]:   # a mimic copies the flow label too
                label = struct.unpack_from("!I", flow.raw[claimed], 14)[0] & 0xFFFFF
            ip = struct.pack("!IHBB", 6 << 28 | spec["tos"] << 20 | label, len(tcp), 6, ttl) + source + target
        else:
            ip = struct.pack("!BBHHHBBH", 0x45, spec["tos"], 20 + len(tcp), ip_id, 0x4000 if spec["df"] else 0,
                             ttl, 6, 0) + source + target
            ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
        side = receiver
        return (bytes.fromhex(spec["mac_" + side] + spec["own_" + side])
                + (b"\x86\xdd" if spec["v6"] else b"\x08\x00") + ip + tcp)

    # -- the loop --------------------------------------------------------------------------------------------
    def order(self, line):
        """fire: reset the newest connection as the description says, answering the client's last segment."""
        words = line.split()
        if words and words[0] == "fire" and self.flows:
            port = int(words[1]) if len(words) > 1 else next(reversed(self.flows))
            flow = self.flows[port]
            sender = "c" if flow.last["c"] else "s"
            self.schedule(port, flow, flow.last[sender], sender)

    def run(self):
        print("ready", flush=True)
        inputs = [sys.stdin, *self.sockets.values()]
        while True:
            wait = max(0.0, self.queue[0][0] - time.monotonic()) if self.queue else 1.0
            for ready in select.select(inputs, [], [], wait)[0]:
                if ready is sys.stdin:
                    line = sys.stdin.readline()
                    if not line:
                        return
                    self.order(line)
                    continue
                try:
                    while True:
                        self.watch(ready.recv(65536))
                except BlockingIOError:
                    pass
            while self.queue and self.queue[0][0] <= time.monotonic():
                _, _, side, frame = heapq.heappop(self.queue)
                self.sockets[side].send(frame)
                self.log.write(json.dumps({"time": time.time(), "side": side, "rst": 1, "frame": frame.hex()}) + "\n")
                self.log.flush()


if __name__ == "__main__":
    Injector(json.loads(sys.argv[1])).run()
