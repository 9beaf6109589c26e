"""Tests of log.py: logs written here by events/FORMAT.md, and what must be found in them.

Run: python3 -m unittest discover tests/verify
"""

import base64
import contextlib
import hashlib
import io
import json
import os
import struct
import sys
import tempfile
import time
import unittest
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import log  # noqa: E402 - found by the line above

FIXTURES = Path(__file__).parents[2] / "fixtures" / "log"
FIRST = f"{0:020}.seg"
ORIGIN = "kyc.example/log"
CLEAN, DAMAGED, TORN = 0, 2, 4


# --- a tiny writer, by events/FORMAT.md ----------------------------------------------------------


def crc(data):
    """CRC-32C bit by bit: the slow and obvious way, to compare with."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


def frame(body):
    length = struct.pack("<I", len(body))
    return length + struct.pack("<I", crc(length + body)) + body


def record(position, version, previous, stream, payload=b"", at=1_767_323_045_678, flags=0):
    """Body of a record's frame."""
    stream, name, actor = stream.encode(), b"test.Happened", b"test"
    none = 2**64 - 1
    fixed = struct.pack(
        "<BBQQQq16s16s16sHBBBI", 1, flags, position, version, none if previous is None else previous,
        at + position, position.to_bytes(16, "big"), bytes(16), bytes(16), 1,
        len(stream), len(name), len(actor), len(payload))
    return fixed + stream + name + actor + payload


def header(first, mark, running):
    content = struct.pack("<8sIQQ32s", b"KYCDSEG\n", 1, first, mark, running)
    return content + struct.pack("<I", crc(content))


def mark_text(size, segment, offset, running):
    text = (f"kycd-mark 1\nsize {size}\nsegment {segment:020}.seg\noffset {offset}\n"
            f"hash {running.hex()}\n").encode()
    return text + b"crc %08x\n" % crc(text)


def merkle_root(leaves):
    """RFC 6962, 2.1, word by word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    left, right = merkle_root(leaves[:split]), merkle_root(leaves[split:])
    return hashlib.sha256(b"\1" + left + right).digest()


class Signer:
    def __init__(self, seed, origin=ORIGIN):
        self.private, self.origin = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32), origin
        self.public = self.private.public_key().public_bytes_raw()

    def id(self):
        return hashlib.sha256(self.origin.encode() + b"\n\x01" + self.public).digest()[:4]

    def vkey(self):
        return f"{self.origin}+{self.id().hex()}+{base64.b64encode(b'%c' % 1 + self.public).decode()}"

    def note(self, size, root):
        text = f"{self.origin}\n{size}\n{base64.b64encode(root).decode()}\n"
        signature = base64.b64encode(self.id() + self.private.sign(text.encode())).decode()
        return f"{text}\n— {self.origin} {signature}\n".encode()


SIGNER = Signer(1)


class Log:
    """A log in the making: segments of batches of records. `files` are those of the directory."""

    def __init__(self, signer=SIGNER):
        self.signer, self.files, self.bodies = signer, {}, []
        self.running, self.marked, self.heads, self.ends = bytes(32), 0, {}, []
        self.roll()
        self.mark()

    def roll(self):
        self.segment = len(self.bodies)
        self.name = f"{self.segment:020}.seg"
        self.files[self.name] = header(self.segment, self.marked, self.running)

    def next(self, stream, payload=b"", **fields):
        """Body of the stream's next record."""
        version, previous = self.heads.get(stream, (0, None))
        position = len(self.bodies)
        body = record(position, version + 1, previous, stream, payload, **fields)
        self.heads[stream] = (version + 1, position)
        self.bodies.append(body)
        return body

    def batch(self, *wishes):
        """Appends a batch; a wish is a stream and a payload."""
        self.commit([self.next(*wish) for wish in wishes])

    def commit(self, bodies):
        first = len(self.bodies) - len(bodies)
        frames = [frame(body) for body in bodies]
        crcs = b"".join(one[4:8] for one in frames)
        self.running = hashlib.sha256(
            self.running + struct.pack("<QI", first, len(bodies)) + crcs).digest()
        marker = struct.pack("<BIQQ32s", 2, len(bodies), first, self.marked, self.running)
        self.files[self.name] += b"".join(frames) + frame(marker)
        self.ends.append((self.name, len(self.files[self.name])))

    def mark(self):
        self.marked = len(self.bodies)
        end = len(self.files[self.name])
        self.files["mark"] = mark_text(self.marked, self.segment, end, self.running)

    def checkpoint(self, signer=None):
        size = len(self.bodies)
        note = (signer or self.signer).note(size, merkle_root(self.bodies))
        self.files[f"checkpoints/{size:020}.note"] = note
        return note


def small(payloads=(b"one", b"two", b"three", b"four", b"five", b"six", b"seven")):
    """Three segments, five batches, seven records, two checkpoints; closed."""
    made, p = Log(), payloads
    made.batch(("test.a-1", p[0]))
    made.batch(("test.a-1", p[1]), ("test.b-1", p[2]))
    made.checkpoint()
    made.roll()
    made.mark()
    made.batch(("test.a-1", p[3]), ("test.c-x-y", p[4]))
    made.roll()
    made.mark()
    made.batch(("test.b-1", p[5]))
    made.batch(("test.b-1", p[6]))
    made.mark()
    made.checkpoint()
    return made


def open_log():
    """One segment: two marked batches, two that are not, preallocated zeros."""
    made = Log()
    made.batch(("test.a-1", b"one"), ("test.b-1", b"two"))
    made.batch(("test.a-1", b"three"))
    made.mark()
    made.batch(("test.a-1", b"four"), ("test.b-1", b"five"))
    made.batch(("test.c-1", b"six"), ("test.c-1", b"seven"), ("test.c-1", b"eight"))
    made.files[FIRST] += bytes(300)
    return made


def judge(files, key=SIGNER, saved=(), auditor=None):
    auditor = auditor or log.Auditor(key and log.Key(key.vkey()), saved, remember=True)
    folder = log.Memory({name: log.File(content) for name, content in files.items()})
    return auditor.judge(folder)[0]


class Case(unittest.TestCase):
    def exits(self, files, expected, what=None, **options):
        verdict = judge(files, **options)
        self.assertEqual(verdict["exit"], expected, (what, verdict))
        return verdict


def flipped(files, name, at, byte):
    changed = bytearray(files[name])
    changed[at] ^= byte
    return {**files, name: bytes(changed)}


# --- the tests -----------------------------------------------------------------------------------


class Whole(Case):
    def test_a_closed_log_is_clean_and_has_the_root_of_its_records(self):
        made = small()
        verdict = self.exits(made.files, CLEAN)
        self.assertEqual((verdict["size"], verdict["checkpoints"]), (7, 2))
        self.assertEqual(verdict["root"], merkle_root(made.bodies).hex())

    def test_the_golden_log_is_clean(self):
        lines = (FIXTURES / "golden.seg.hex").read_text().splitlines()
        segment = bytes.fromhex("".join(line.split("#")[0] for line in lines))
        files = {FIRST: segment, "mark": (FIXTURES / "golden.mark").read_bytes()}
        verdict = self.exits(files, CLEAN)
        self.assertEqual(verdict["size"], 3)
        for at in range(len(segment)):
            self.exits(flipped(files, FIRST, at, 1 << at % 8), DAMAGED, at)

    def test_roots_and_crc_agree_with_the_definitions(self):
        self.assertEqual(log.crc32c(b"123456789"), 0xE3069283)
        leaves = [bytes([n]) * n for n in range(40)]
        tree = log.Tree()
        for size in range(41):
            self.assertEqual(tree.root(), merkle_root(leaves[:size]))
            if size < 40:
                tree.append(log.leaf_hash(leaves[size]))
        for n in range(40):
            self.assertEqual(log.crc32c(leaves[n] + b"x"), crc(leaves[n] + b"x"))

    def test_a_log_without_records_is_clean(self):
        made = Log()
        self.exits(made.files, CLEAN)
        # The mark comes before the first segment.
        self.exits({"mark": made.files["mark"]}, CLEAN)
        self.exits({}, DAMAGED)

    def test_an_open_log_with_zeros_behind_it_is_clean(self):
        made = open_log()
        self.assertEqual(self.exits(made.files, CLEAN)["size"], 8)
        made.files[FIRST] += bytes(64 * 1024 * 1024)
        started = time.perf_counter()
        self.exits(made.files, CLEAN)
        self.assertLess(time.perf_counter() - started, 2)


class Flips(Case):
    def test_every_flipped_byte_of_a_closed_log_is_found(self):
        files = small().files
        auditor = log.Auditor(log.Key(SIGNER.vkey()), remember=True)
        for name, content in files.items():
            for at in range(len(content)):
                for byte in (1 << at % 8, 0x20, 0xFF):
                    changed = flipped(files, name, at, byte)
                    self.exits(changed, DAMAGED, (name, at, byte), auditor=auditor)

    def test_without_a_key_only_bytes_of_signatures_go_unnoticed(self):
        files = small().files
        for name, content in files.items():
            signature = content.rfind(b" ") + 1 if name.endswith(".note") else len(content)
            for at in range(signature):
                changed = flipped(files, name, at, 1 << at % 8)
                self.exits(changed, DAMAGED, (name, at), key=None)

    def test_every_flip_in_an_open_log_is_found_and_torn_only_in_its_last_batch(self):
        made = open_log()
        last_batch = made.ends[-2][1]
        for at in range(len(made.files[FIRST])):
            changed = flipped(made.files, FIRST, at, 1 << at % 8)
            expected = DAMAGED if at < last_batch else TORN
            verdict = self.exits(changed, expected, at)
            if expected == TORN:
                end = made.ends[-1][1]
                place = (5, last_batch) if at < end else (8, end)
                self.assertEqual((verdict["position"], verdict["offset"]), place)
                self.assertEqual(verdict["size"], place[0])

    def test_a_byte_behind_the_last_batch_is_found_in_every_segment(self):
        files = small().files
        names = sorted(name for name in files if name.endswith(".seg"))
        for name in names:
            grown = {**files, name: files[name] + bytes(200)}
            self.exits(grown, CLEAN, name)
            for at in range(len(files[name]), len(grown[name])):
                expected = TORN if name == names[-1] else DAMAGED
                self.exits(flipped(grown, name, at, 0x40), expected, (name, at))

    def test_damage_is_said_with_its_place(self):
        files = small().files
        second = f"{3:020}.seg"
        verdict = judge(flipped(files, second, 64 + 8 + 95, 1))
        self.assertEqual((verdict["position"], verdict["file"], verdict["offset"]), (3, second, 64))
        self.assertRegex(verdict["what"], "CRC .*: [0-9a-f]{8} expected, [0-9a-f]{8} found$")


class Cuts(Case):
    def test_a_closed_log_cut_anywhere_is_found(self):
        files = small().files
        for name, content in files.items():
            for length in range(len(content)):
                self.exits({**files, name: content[:length]}, DAMAGED, (name, length))

    def test_a_file_that_is_gone_is_found_but_for_a_checkpoint(self):
        files = small().files
        for name in files:
            rest = {other: content for other, content in files.items() if other != name}
            self.exits(rest, CLEAN if name.endswith(".note") else DAMAGED, name)

    def test_an_open_log_cut_anywhere_is_torn_whole_or_damaged(self):
        made = open_log()
        whole = made.files[FIRST]
        marked, ends = made.ends[1][1], [end for _, end in made.ends]
        for length in range(len(whole)):
            changed = {**made.files, FIRST: whole[:length]}
            if length < marked:
                self.exits(changed, DAMAGED, length)
            elif length in ends or length > ends[-1]:
                self.exits(changed, CLEAN, length)
            elif whole[:length].rstrip(b"\0") == whole[:max(e for e in ends if e <= length)]:
                self.exits(changed, CLEAN, length)
            else:
                self.exits(changed, TORN, length)

    def test_a_hole_of_zeros_in_the_last_batch_is_torn_and_before_it_damage(self):
        made = open_log()
        whole, (before, end) = made.files[FIRST], (made.ends[-2][1], made.ends[-1][1])
        for at in range(64, end - 16):
            changed = {**made.files, FIRST: whole[:at] + bytes(16) + whole[at + 16 :]}
            if changed[FIRST] == whole:
                continue
            # One that reaches into both leaves no whole batch behind it, and that is the rule.
            self.exits(changed, DAMAGED if at + 16 <= before else TORN, at)


class Tails(Case):
    def tail(self, content):
        made = open_log()
        size = len(made.files[FIRST].rstrip(b"\0"))
        cut = made.ends[-1][1]
        self.assertEqual(size, cut, "the log ends with its last batch")
        return {**made.files, FIRST: made.files[FIRST][:cut] + content}

    def test_records_without_a_commit_marker_are_torn(self):
        made = open_log()
        one = frame(made.next("test.a-1", b"nine"))
        self.exits(self.tail(one), TORN)
        self.exits(self.tail(one + bytes(5000)), TORN)

    def test_noise_is_torn(self):
        for length in (1, 3, 4, 7, 8, 9, 100, 5000):
            noise = b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(200))[:length]
            self.exits(self.tail(b"\x01" + noise), TORN, length)

    def test_a_whole_batch_behind_the_noise_is_damage(self):
        batch = frame(record(77, 1, None, "test.z-1")) + frame(
            struct.pack("<BIQQ32s", 2, 1, 77, 0, bytes(32)))
        for before in (b"\x01", b"\x07" * 5, b"\0" * 40, b"\x01\0\0\0" * 9):
            self.exits(self.tail(before + batch), DAMAGED, before)
        # Its marker covers more than is there: the rest of one batch.
        rest = frame(record(77, 1, None, "test.z-1")) + frame(
            struct.pack("<BIQQ32s", 2, 2, 76, 0, bytes(32)))
        self.exits(self.tail(b"\x01" + rest), TORN)

    def test_a_right_frame_with_a_wrong_field_is_damage(self):
        good = open_log().next("test.a-1", b"nine")
        for at, what in ((0, "kind"), (1, "flags"), (2, "position"), (10, "version"),
                         (18, "previous"), (33, "recorded_at"), (50, "causation"),
                         (82, "schema version"), (84, "S"), (85, "N"), (87, "P"), (91, "stream")):
            body = bytearray(good)
            body[at] ^= 0x01 if what == "schema version" else 0x81
            self.exits(self.tail(frame(bytes(body))), DAMAGED, what)
        self.exits(self.tail(frame(struct.pack("<BIQQ32s", 2, 1, 8, 0, bytes(32)))), DAMAGED)
        self.exits(self.tail(frame(b"\x09")), DAMAGED)

    def test_a_tail_below_the_mark_or_a_checkpoint_is_damage(self):
        made = open_log()
        made.checkpoint()
        last = made.ends[-2][1] + 20
        self.exits(made.files, CLEAN)
        verdict = self.exits(flipped(made.files, FIRST, last, 1), DAMAGED)
        self.assertIn("rolled back", verdict["what"])
        made.mark()
        verdict = self.exits(flipped(made.files, FIRST, last, 1), DAMAGED)
        self.assertIn("the mark vouches for 8", verdict["what"])

    def test_a_large_broken_tail_is_judged_quickly(self):
        noise = b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(40_000))
        started = time.perf_counter()
        self.exits(self.tail(b"\xff" + noise + b"\x01" * 100_000), TORN)
        self.assertLess(time.perf_counter() - started, 5)


class Forgeries(Case):
    """Every checksum, hash and mark is right: only what was signed or saved gives it away."""

    def setUp(self):
        self.whole = small()
        self.notes = [
            (name, content) for name, content in self.whole.files.items() if name.endswith(".note")]

    def forged(self, change, keep_notes):
        """The log written anew from the changed list of payloads; the notes as they were."""
        payloads = [b"one", b"two", b"three", b"four", b"five", b"six", b"seven"]
        change(payloads)
        files = {n: c for n, c in small(payloads).files.items() if not n.endswith(".note")}
        return {**files, **dict(self.notes)} if keep_notes else files

    def test_a_changed_record_is_found_by_checkpoints_alone(self):
        for at in range(7):
            def change(payloads, at=at):
                payloads[at] = b"forged"
            verdict = self.exits(self.forged(change, keep_notes=True), DAMAGED, at)
            self.assertIn("forked", verdict["what"])
            self.assertEqual(verdict["position"], 0 if at < 3 else 3)
            files = self.forged(change, keep_notes=False)
            self.exits(files, CLEAN, "without checkpoints nothing is left to compare with")
            self.exits(files, DAMAGED, at, saved=[self.notes[-1]])

    def test_swapped_payloads_are_found(self):
        def swap(payloads):
            payloads[1], payloads[2] = payloads[2], payloads[1]
        self.exits(self.forged(swap, keep_notes=True), DAMAGED)

    def test_records_moved_without_new_positions_are_found(self):
        """Frames swapped, dropped and doubled; CRCs and running hash of the batch made anew."""
        changes = {
            "swapped": lambda bodies: bodies.insert(0, bodies.pop(1)),
            "reversed": lambda bodies: bodies.reverse(),
            "dropped": lambda bodies: bodies.pop(1),
            "dropped at the end": lambda bodies: bodies.pop(),
            "doubled": lambda bodies: bodies.insert(1, bodies[0]),
        }
        for what, change in changes.items():
            for signed in (False, True):
                made = Log()
                made.batch(("test.a-1", b"one"))
                bodies = [made.next("test.a-1", b"x"), made.next("test.a-1", b"y"),
                          made.next("test.b-1", b"z")]
                note = SIGNER.note(4, merkle_root(made.bodies))
                change(bodies)
                made.bodies[1:] = bodies
                made.commit(bodies)
                made.mark()
                if not signed and what == "dropped at the end":
                    self.exits(made.files, CLEAN, what)
                    continue
                saved = [("saved.note", note)] if signed else []
                self.exits(made.files, DAMAGED, (what, signed), saved=saved)

    def test_swapped_dropped_and_doubled_batches_are_found(self):
        made = open_log()
        whole, ends = made.files[FIRST], [64] + [end for _, end in made.ends]
        parts = [whole[a:b] for a, b in zip(ends, ends[1:])]
        for order in ([1, 0, 2, 3], [0, 2, 1, 3], [0, 1, 3, 2], [0, 1, 3], [1, 2, 3],
                      [0, 0, 1, 2, 3], [0, 1, 2, 2, 3], [0, 1, 2, 3, 3]):
            changed = {**made.files, FIRST: whole[:64] + b"".join(parts[n] for n in order)}
            self.exits(changed, DAMAGED, order)
        # Past the mark nothing vouches for the last batch.
        changed = {**made.files, FIRST: whole[:64] + b"".join(parts[:3])}
        self.exits(changed, CLEAN)

    def test_a_segment_of_another_log_is_found(self):
        other = small([b"ONE", b"TWO", b"THREE", b"FOUR", b"FIVE", b"SIX", b"SEVEN"])
        for name in self.whole.files:
            spliced = {**self.whole.files, name: other.files[name]}
            self.exits(spliced, DAMAGED, name)

    def test_a_whole_other_log_is_found_by_a_saved_checkpoint(self):
        other = small([b"ONE", b"TWO", b"THREE", b"FOUR", b"FIVE", b"SIX", b"SEVEN"])
        self.exits(other.files, CLEAN)
        self.exits(other.files, DAMAGED, saved=[self.notes[0]])

    def test_an_older_copy_is_found_by_a_newer_checkpoint(self):
        older = Log()
        older.batch(("test.a-1", b"one"))
        older.mark()
        self.exits(older.files, CLEAN)
        for note in self.notes:
            verdict = self.exits(older.files, DAMAGED, saved=[note])
            self.assertIn("rolled back", verdict["what"])
            self.assertEqual(verdict["position"], 1)
        self.exits(self.whole.files, CLEAN, saved=self.notes)

    def test_a_mark_put_back_is_found(self):
        made = Log()
        old = [made.files["mark"]]
        for n in range(3):
            made.batch(("test.a-1", b"%d" % n))
            made.mark()
            old.append(made.files["mark"])
        made.batch(("test.a-1", b"end"))
        made.mark()
        self.exits(made.files, CLEAN)
        for n, mark in enumerate(old[:-1]):
            verdict = self.exits({**made.files, "mark": mark}, DAMAGED, n)
            self.assertEqual(verdict["file"], "mark")
        # No frame was written since this one: it is as good as the newest.
        self.exits({**made.files, "mark": old[-1]}, CLEAN)

    def test_a_mark_that_says_something_else_is_found(self):
        files, segment = self.whole.files, 5
        end, running = len(files[f"{segment:020}.seg"]), self.whole.running
        self.exits({**files, "mark": mark_text(7, segment, end, running)}, CLEAN)
        for other in ((8, segment, end, running), (7, 3, end, running),
                      (7, segment, end + 1, running), (7, segment, end, bytes(32))):
            self.exits({**files, "mark": mark_text(*other)}, DAMAGED, other)
        for text in (b"", b"kycd-mark 2\n", files["mark"] + b"\n", files["mark"] + b"\0",
                     files["mark"].replace(b"size 7", b"size 07"),
                     files["mark"].replace(b"size 7", b"size " + b"7" * 9999)):
            self.exits({**files, "mark": text}, DAMAGED, text)

    def test_other_names_of_segments_are_found(self):
        for name in ("1.seg", f"{9:020}.seg", "x.seg", f"{2**64:020}.seg"):
            self.exits({**self.whole.files, name: self.whole.files[FIRST]}, DAMAGED, name)
        ignored = {"mark.tmp": b"x", "segment.tmp": b"x", "torn/x.bin": b"x", "note.txt": b"x"}
        self.exits({**self.whole.files, **ignored}, CLEAN)


class Notes(Case):
    def setUp(self):
        self.made = small()
        self.name = f"checkpoints/{7:020}.note"

    def with_note(self, note):
        return {**self.made.files, self.name: note}

    def test_another_key_is_found(self):
        root = merkle_root(self.made.bodies)
        for signer in (Signer(2), Signer(2, "other.example/log")):
            self.exits(self.with_note(signer.note(7, root)), DAMAGED)
            self.exits(self.made.files, DAMAGED, saved=[("saved", signer.note(7, root))])
            self.exits(self.with_note(signer.note(7, root)), CLEAN, key=None)
        self.exits(self.made.files, DAMAGED, key=Signer(2))

    def test_another_origin_under_the_same_key_is_fine(self):
        note = Signer(1, "restored.example/log").note(7, merkle_root(self.made.bodies))
        self.exits(self.with_note(note), CLEAN)
        self.exits(self.made.files, CLEAN, saved=[("saved", note)])
        renamed = note.replace(b"restored.example", b"restorer.example")
        self.exits(self.with_note(renamed), DAMAGED)

    def test_a_note_of_another_size_or_root_is_found_although_signed(self):
        root = merkle_root(self.made.bodies)
        self.exits(self.with_note(SIGNER.note(6, merkle_root(self.made.bodies[:6]))), DAMAGED)
        self.exits(self.with_note(SIGNER.note(7, bytes(32))), DAMAGED)
        self.exits(self.with_note(SIGNER.note(7, root)), CLEAN)
        # Saved, any size will do: also one within a batch.
        for size in range(8):
            note = SIGNER.note(size, merkle_root(self.made.bodies[:size]))
            self.exits(self.made.files, CLEAN, size, saved=[("saved", note)])

    def test_a_note_that_is_not_well_formed_is_found(self):
        note = self.made.files[self.name]
        for bad in (b"", b"\n\n", note[:-1], note + b"\n", note + note, b"\n" + note, b"\xff" + note,
                    note.replace(b"\n7\n", b"\n07\n"), note.replace(b"\n7\n", b"\n" + b"7" * 9999 + b"\n"),
                    note.replace("—".encode(), b"-"),
                    note.replace(b"\n", b"\r\n"), note + note.split(b"\n\n")[1]):
            self.exits(self.with_note(bad), DAMAGED, bad)
        self.exits({**self.made.files, "checkpoints/7.note": note}, DAMAGED)
        self.exits({**self.made.files, "checkpoints/draft.tmp": b"x"}, CLEAN)

    def test_a_witness_may_stand_beside_in_a_saved_note_only(self):
        note, witness = self.made.files[self.name], Signer(3, "witness.example")
        both = note + f"— witness.example {base64.b64encode(witness.id() + bytes(72)).decode()}\n".encode()
        self.exits(self.made.files, CLEAN, saved=[("saved", both)])
        self.exits(self.with_note(both), DAMAGED)

    def test_a_key_with_a_typing_error_is_refused(self):
        vkey = SIGNER.vkey()
        log.Key(vkey)
        for bad in ("", "x", vkey[:-1], vkey.replace("kyc", "kyd"), "a+00000000+" + vkey[-44:]):
            with self.assertRaises(ValueError):
                log.Key(bad)


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = Path(self.folder.name)

    def put(self, files):
        for name, content in files.items():
            path = self.path / "log" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def run_it(self, *arguments, stdin=""):
        out, err, before = io.StringIO(), io.StringIO(), sys.stdin
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            sys.stdin = io.StringIO(stdin)
            try:
                status = log.main([str(argument) for argument in arguments])
            except SystemExit as ended:
                status = ended.code
            finally:
                sys.stdin = before
        return status, out.getvalue(), err.getvalue()

    def test_the_exit_status_tells_the_verdict(self):
        made = open_log()
        self.put(made.files)
        for path in (self.path, self.path / "log"):
            status, out, _ = self.run_it(path, "--key", SIGNER.vkey())
            self.assertEqual((status, out.split("\n")[0]), (0, "clean"))
        status, out, _ = self.run_it(self.path)
        self.assertIn("NOT checked", out)
        self.put(flipped(made.files, FIRST, made.ends[-2][1] + 30, 1))
        self.assertEqual(self.run_it(self.path)[0], 4)
        self.put(flipped(made.files, FIRST, 100, 1))
        status, out, _ = self.run_it(self.path)
        self.assertEqual(status, 2)
        for word in ("position", "file", "offset", "expected", "found", FIRST):
            self.assertIn(word, out)

    def test_json_is_one_object(self):
        made = small()
        self.put(made.files)
        status, out, _ = self.run_it(self.path, "--json")
        verdict = json.loads(out)
        self.assertEqual((status, verdict["verdict"], verdict["exit"]), (0, "clean", 0))
        self.assertEqual(
            [verdict[name] for name in ("position", "file", "offset", "what")], [None] * 4)

    def test_a_saved_checkpoint_is_read_from_its_file(self):
        made = small()
        self.put(made.files)
        saved = self.path / "saved.note"
        saved.write_bytes(made.files[f"checkpoints/{3:020}.note"])
        arguments = (self.path, "--key", SIGNER.vkey(), "--checkpoint", saved)
        self.assertEqual(self.run_it(*arguments)[0], 0)
        saved.write_bytes(SIGNER.note(3, bytes(32)))
        self.assertEqual(self.run_it(*arguments)[0], 2)
        saved.unlink()
        self.assertEqual(self.run_it(*arguments)[0], 1)

    def test_wrong_arguments_are_status_1(self):
        self.put(small().files)
        for arguments in ((), (self.path, "--what"), (self.path, "--key", "x"),
                          (self.path / "nothing",)):
            self.assertEqual(self.run_it(*arguments)[0], 1, arguments)
        self.assertEqual(self.run_it("--help")[0], 0)

    def test_a_batch_judges_variants_as_the_files_would_be_judged(self):
        made = small()
        self.put(made.files)
        whole, torn = made.files[f"{5:020}.seg"], f"{5:020}.seg"
        variants = [
            ("nothing", [], 0),
            ("flip", [{"file": FIRST, "xor": [70, 255]}], 2),
            ("cut", [{"file": FIRST, "truncate": 100}], 2),
            ("longer", [{"file": torn, "truncate": len(whole) + 50_000_000}], 0),
            ("tail", [{"file": torn, "truncate": len(whole) + 100},
                      {"file": torn, "xor": [len(whole) + 60, 1]}], 4),
            ("gone", [{"file": FIRST, "remove": True}], 2),
            ("same", [{"file": "mark", "replace": base64.b64encode(made.files["mark"]).decode()}], 0),
            ("note", [{"file": f"checkpoints/{3:020}.note", "xor": [100, 1]}], 2),
        ]
        lines = [json.dumps({"id": name, "edits": edits}) for name, edits, _ in variants]
        status, out, _ = self.run_it(
            "--batch", self.path, "--key", SIGNER.vkey(), stdin="\n".join(lines))
        answers = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(status, 0)
        self.assertEqual(
            [(answer["id"], answer["exit"]) for answer in answers],
            [(name, expected) for name, _, expected in variants])

    def test_a_line_that_is_no_request_is_answered_and_the_rest_judged(self):
        self.put(small().files)
        lines = ["no", '{"id": 1, "edits": [{"file": "mark", "xor": [999, 1]}]}', "[]",
                 '{"id": 2, "edits": [{"file": "none", "remove": true}]}', '{"id": 3, "edits": []}']
        status, out, _ = self.run_it("--batch", self.path, stdin="\n".join(lines))
        answers = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([answer["id"] for answer in answers], [None, 1, None, 2, 3])
        self.assertEqual(["error" in answer for answer in answers], [True] * 4 + [False])
        self.assertEqual(status, 1)


if __name__ == "__main__":
    unittest.main()
