#!/usr/bin/env python3
"""Derives every draw of an office again, from its exported public log alone.

    xuanctl pool export gd-zhanjiang 2026-11-22 --file log.jsonl
    python3 e2e/checker/derive_draws.py log.jsonl

It shares no code with the pool and needs nothing but Python. For each day it checks that the revealed
key is the one whose hash was published, and for each draw that the numbers are those which the key,
the public value and the numbers then free leave no choice about. Exit code 1 at the first row that
does not come out, 2 for a file that is no such log.

The rules, in short: `rank = HMAC-SHA-256(draw key, office, application, op_no, k) mod n`, where
`draw key = HMAC-SHA-256(key of the day, public value)` and n counts the numbers free under the draw's
filter, segments by id, serials ascending. At each instant of the log whatever is due is settled
first: openings, holds that ran out, numbers that come back. Then rows apply in order. A draw gives its
own column up before it picks; what an allocation lets go is free from the next instant on.
"""

import hashlib
import heapq
import hmac
import itertools
import json
import re
import sys

DIGITS = "0123456789"
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
BATTERY = set("DABCE")


class Mismatch(Exception):
    """A row that the rows before it do not lead to."""


def serials(mask):
    """All serials of a mask, ascending."""
    body, _, minus = mask.partition("-")
    places = []
    for text in re.findall(r"\[[^]]*\]|\d+\.\.\d+|\S", re.sub(r"\s*\.\.\s*", "..", body)):
        if ".." in text:
            low, high = text.split("..")
            places.append([str(n).zfill(len(low)) for n in range(int(low), int(high) + 1)])
        elif text.startswith("["):
            places.append(sorted(set(text[1:-1].replace(" ", ""))))
        else:
            places.append({"D": DIGITS, "L": LETTERS}.get(text, text))
    out = set(re.findall(r"[0-9A-Z]+", minus))
    return [one for one in map("".join, itertools.product(*places)) if one not in out]


def energy_of(plate):
    """The energy group of a number, by GA 36; none for ordinary ones."""
    cls, number = plate.split(" ")
    letter = {"52": number[2], "51": number[-1]}.get(cls)
    return letter and ("battery" if letter in BATTERY else "not_purely_battery")


class Ranks:
    """Which numbers of a pool are free under one filter, found by rank (a Fenwick tree)."""

    def __init__(self, pool, without_four, energy):
        self.admits = bytearray(
            not (without_four and "4" in plate.split(" ")[1][2:])
            and energy in (None, energy_of(plate))
            for plate in pool.order
        )
        self.tree = [0] * (len(pool.order) + 1)
        self.top = 1 << len(self.tree).bit_length()
        for at, free in enumerate(pool.free):
            self.tree[at + 1] += free and self.admits[at]
            parent = (at + 1) + ((at + 1) & -(at + 1))
            if parent < len(self.tree):
                self.tree[parent] += self.tree[at + 1]
        self.count = sum(f and a for f, a in zip(pool.free, self.admits))

    def put(self, at, change):
        if not self.admits[at]:
            return
        self.count += change
        node = at + 1
        while node < len(self.tree):
            self.tree[node] += change
            node += node & -node

    def select(self, rank):
        node, step = 0, self.top
        while step:
            if node + step < len(self.tree) and self.tree[node + step] <= rank:
                node += step
                rank -= self.tree[node]
            step >>= 1
        return node


class Pool:
    """The open numbers of one plate class, in the order that ranks count."""

    def __init__(self):
        self.segments = {}
        self.order, self.at, self.free, self.ranks = [], {}, bytearray(), {}

    def open(self, segment, plates, is_free):
        free = {plate for plate in self.order if self.free[self.at[plate]]}
        free.update(plate for plate in plates if is_free(plate))
        self.segments[segment] = plates
        self.order = [plate for _, part in sorted(self.segments.items()) for plate in part]
        self.at = {plate: at for at, plate in enumerate(self.order)}
        self.free = bytearray(plate in free for plate in self.order)
        self.ranks = {}

    def is_free(self, plate):
        return plate in self.at and bool(self.free[self.at[plate]])

    def put(self, plate, free):
        at = self.at.get(plate)
        if at is None or self.free[at] == free:
            return
        self.free[at] = free
        for ranks in self.ranks.values():
            ranks.put(at, 1 if free else -1)

    def under(self, without_four, energy):
        key = (without_four, energy)
        if key not in self.ranks:
            self.ranks[key] = Ranks(self, *key)
        return self.ranks[key]


class Office:
    """What the rows so far come to."""

    def __init__(self, office):
        name = office.encode()
        self.prefix = len(name).to_bytes(2, "big") + name
        self.pools, self.sets, self.due = {}, {}, []
        self.taken, self.away, self.announced, self.let_go = set(), {}, {}, []
        self.now, self.key, self.draws, self.picks, self.rows = "", None, 0, 0, 0

    def pool(self, plate_or_class):
        return self.pools.setdefault(plate_or_class.split(" ")[0], Pool())

    def release_plate(self, plate):
        if plate not in self.taken and plate not in self.away:
            self.pool(plate).put(plate, True)

    def begin(self, at):
        """Settles what is due by `at`."""
        if at < self.now:
            raise Mismatch("instants run back")
        if at == self.now:
            return
        let_go, self.let_go = self.let_go, []
        for plate in let_go:
            self.release_plate(plate)
        self.now = at
        while self.due and self.due[0][0] <= at:
            until, what, name = heapq.heappop(self.due)
            if what == "back" and self.away.get(name) == until:
                del self.away[name]
                self.release_plate(name)
            elif what == "opens" and name in self.announced:
                self.open(self.announced.pop(name))
            elif what in ("column", "basket"):
                part = self.sets.get(name, {}).get(what)
                if part and part["until"] == until:
                    del self.sets[name][what]
                    for plate in part["plates"]:
                        self.release_plate(plate)

    def open(self, new):
        head = new["class"] + " " + new["issuing_code"]
        plates = [head + serial for serial in serials(new["mask"])]
        unused = lambda plate: plate not in self.taken and plate not in self.away
        self.pool(new["class"]).open(new["segment"], plates, unused)

    def keep(self, application, after):
        """Makes `after` the application's set, with its timers."""
        self.sets[application] = after
        for part, held in after.items():
            heapq.heappush(self.due, (held["until"], part, application))

    def draw(self, row, ask, column):
        """E9: the picks of a draw, none of them anybody's choice."""
        if self.key is None:
            raise Mismatch("the day has no key and public value")
        application = bytes.fromhex(row["application"].replace("-", ""))
        message = self.prefix + application + row["op_no"].to_bytes(8, "big")
        pool, picked = self.pool(ask["class"]), []
        for k in range(1, ask["count"] + 1):
            ranks = pool.under(ask["without_four"], ask.get("energy_group"))
            if ranks.count == 0:
                break
            digest = hmac.digest(self.key, message + k.to_bytes(4, "big"), "sha256")
            plate = pool.order[ranks.select(int.from_bytes(digest, "big") % ranks.count)]
            pool.put(plate, False)
            picked.append(plate)
        if picked != column:
            raise Mismatch(f"derived {picked}, recorded {column}")
        return picked

    def operate(self, row):
        """A row of an application: what it held, what it holds after."""
        ask, outcome = row["content"]["input"], row["content"]["outcome"]
        before = self.sets.get(row["application"], {})
        after = {part: held for part, held in row["content"]["set"].items() if held}
        if row["kind"] == "draw":
            for plate in before.pop("column", {"plates": []})["plates"]:
                self.release_plate(plate)
            picked = self.draw(row, ask, after.get("column", {"plates": []})["plates"])
            self.draws, self.picks = self.draws + 1, self.picks + len(picked)
            held = [plate for part in before.values() for plate in part["plates"]]
            if held != after.get("basket", {"plates": []})["plates"]:
                raise Mismatch("a draw changed the basket")
            return self.keep(row["application"], after)
        held = {plate for part in before.values() for plate in part["plates"]}
        holds = {plate for part in after.values() for plate in part["plates"]}
        taken = outcome.get("plate") if outcome["is"] == "allocated" else None
        for plate in (holds | ({taken} - {None})) - held:
            if not self.pool(plate).is_free(plate):
                raise Mismatch(f"{plate} was not free")
            self.pool(plate).put(plate, False)
        gone = held - holds - {taken}
        if taken:
            self.taken.add(taken)
            self.let_go += gone
        else:
            for plate in gone:
                self.release_plate(plate)
        self.keep(row["application"], after)

    def send_back(self, back):
        """A number on its way back. When it comes is told only once it has."""
        plate, at = back["plate"], back["available_at"]
        self.taken.discard(plate)
        self.away[plate] = at
        if at != "withheld":
            heapq.heappush(self.due, (at, "back", plate))

    def take(self, plates):
        for plate in plates:
            self.away.pop(plate, None)
            self.taken.add(plate)
            self.pool(plate).put(plate, False)

    def apply(self, row):
        self.begin(row["decided_at"])
        self.rows += 1
        ask, outcome = row["content"]["input"], row["content"]["outcome"]
        kind = row["kind"]
        if kind == "release":
            for new in ask["segments"]:
                opens = new.get("opens_at")
                if opens and opens > self.now:
                    self.announced[new["segment"]] = new
                    heapq.heappush(self.due, (opens, "opens", new["segment"]))
                else:
                    self.open(new)
        elif kind == "withdraw":
            for segment in ask["segments"]:
                self.announced.pop(segment, None)
        elif kind == "import":
            self.take(set(ask["plates"]) - set(outcome["held"]))
        elif kind == "withhold":
            self.take(ask["plates"])
        elif kind == "end_withholding":
            for back in ask["returns"]:
                self.send_back(back)
        elif kind == "lapse":
            self.taken.discard(ask["plate"])
            self.away[ask["plate"]] = None
        elif kind == "return":
            self.send_back(ask)
        elif kind != "rules":
            self.operate(row)


def day_key(day):
    """The day's draw key, once the revealed key is the one that was promised."""
    if hashlib.sha256(bytes.fromhex(day["key"])).hexdigest() != day["key_hash"]:
        raise Mismatch("the revealed key is not the one whose hash was published")
    if not day["public_value"]:
        return None
    return hmac.digest(bytes.fromhex(day["key"]), day["public_value"].encode(), "sha256")


def check(lines, say):
    head = json.loads(next(lines))
    if head.get("format") != "xuanhao-draw-log-1":
        raise ValueError("this file is no exported draw log")
    office, day, last = Office(head["office"]), None, (0, 0)
    for line in lines:
        row = json.loads(line)
        name = row.get("day") or f"row {row['epoch']}.{row['seq']}"
        try:
            if "day" in row:
                day, office.key = row["day"], day_key(row)
                continue
            if (row["epoch"], row["seq"]) <= last:
                raise Mismatch("rows run back")
            last = (row["epoch"], row["seq"])
            office.apply(row)
        except Mismatch as mismatch:
            say(f"{day}: {name} ({row.get('kind', 'key')}): {mismatch}")
            return 1
    say(f"{head['office']}: {office.rows} rows, {office.draws} draws, {office.picks} numbers drawn: all derived")
    return 0


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        with open(arguments[1], encoding="utf-8") as file:
            return check(iter(file), print)
    except (OSError, ValueError, KeyError, StopIteration) as error:
        print(f"not an exported draw log: {error!r}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv))
