#!/usr/bin/env python3
"""Verifies the event log of kycd, sharing no code with the program that wrote it.

What it checks

  1. The log's files, by events/FORMAT.md: every header, frame, checksum and field, that positions,
     versions and instants follow each other, the running hash, the durable mark, and that nothing
     but zeros lies behind the last batch. The rest of an interrupted write at the end of the last
     segment is a "torn tail": its own verdict, for nobody was ever told that it was written.
  2. The log's own checkpoints (checkpoints/<size>.note): the signature, and that the first <size>
     records have the Merkle root that was signed.
  3. Checkpoints that you saved earlier (--checkpoint): the same. One that is larger than the log,
     or has another root, proves that records were taken away or changed since.

What it trusts

  - SHA-256, Ed25519, and the public key you give with --key. Get the key from somebody else than
    the one who gives you the log. Without a key signatures are not looked at, and it says so.
  - For anything that its owner could make anew, nobody: checksums, running hash, mark and the
    checkpoints beside the log can all be written again by whoever holds log and private key.
    Only a checkpoint that you saved yourself shows that.
  - Nothing vouches for records past the newest mark and checkpoint: whole batches missing from
    the end of the log there can't be noticed, nor can a damaged last batch be told from a torn one.

What it does not judge: payloads (sealed CBOR), and whether the events make a legal history.

Merkle tree: RFC 6962 with SHA-256; the leaf of record i is the body of its frame, from the kind
byte to the payload. Checkpoints: c2sp.org/tlog-checkpoint in c2sp.org/signed-note, Ed25519; the
key's name is the origin. A log that was restored has checkpoints of several origins under one key.

A log that is being written at the moment can look torn. Otherwise it may be verified in place.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import functools
import hashlib
import json
import os
import re
import struct
import sys
from typing import NamedTuple

EXIT = {"clean": 0, "usage": 1, "damaged": 2, "torn": 4}

U64_MAX = 2**64 - 1
ZERO_HASH = bytes(32)


class Damage(Exception):
    """Something is not as it was written: what, where, and what should have been there."""

    def __init__(self, what, *, position, file, offset, expected=None, found=None):
        super().__init__(what)
        self.what, self.expected, self.found = what, expected, found
        self.position, self.file, self.offset = position, file, offset

    def sentence(self):
        if self.expected is None:
            return self.what
        return f"{self.what}: {self.expected} expected, {self.found} found"


# --- files ---------------------------------------------------------------------------------------


class File:
    """Content of a file. Zeros at its end are only counted: segments are reserved far ahead."""

    def __init__(self, content, size=None):
        self.size = len(content) if size is None else size
        self.data = bytes(content).rstrip(b"\0")

    def at(self, begin, end):
        """The bytes from `begin` to `end`, or to the end of the file if that is before."""
        end = min(end, self.size)
        part = self.data[begin:end]
        missing = end - begin - len(part)
        return part + bytes(missing) if missing > 0 else part

    def content(self):
        return self.at(0, self.size)


class Folder:
    """The log's directory on disk; a file is read when it is asked for."""

    SUBFOLDERS = ("", "checkpoints", "torn")

    def __init__(self, path):
        self.path = path

    def names(self):
        """Names of all files, relative to the directory, in order."""
        found = []
        for sub in self.SUBFOLDERS:
            folder = os.path.join(self.path, sub)
            if os.path.isdir(folder):
                names = (f"{sub}/{name}" if sub else name for name in os.listdir(folder))
                found += (name for name in names if os.path.isfile(self.where(name)))
        return sorted(found)

    def where(self, name):
        return os.path.join(self.path, name)

    def file(self, name):
        with open(self.where(name), "rb") as file:
            return File(file.read())

    def stamp(self):
        """Changes when a writer changes a file."""
        stats = ((name, os.stat(self.where(name))) for name in self.names())
        return [(name, stat.st_ino, stat.st_size, stat.st_mtime_ns) for name, stat in stats]


class Memory:
    """The log's directory in memory, for variants of it."""

    def __init__(self, files):
        self.files = files

    @classmethod
    def of(cls, folder):
        return cls({name: folder.file(name) for name in folder.names()})

    def names(self):
        return sorted(self.files)

    def file(self, name):
        return self.files[name]

    def edited(self, edits):
        """A copy with some edits; see --help. The files that stay the same are shared."""
        files = dict(self.files)
        for edit in edits:
            name = edit["file"]
            if "replace" in edit:
                files[name] = File(base64.b64decode(edit["replace"], validate=True))
                continue
            file = files.pop(name)
            if "xor" in edit:
                files[name] = flipped(file, *edit["xor"])
            elif "truncate" in edit:
                files[name] = File(file.data[: edit["truncate"]], edit["truncate"])
            elif not edit.get("remove"):
                raise ValueError("an edit is one of xor, truncate, remove, replace")
        return Memory(files)


def flipped(file, offset, byte):
    """The file with one byte changed by exclusive or."""
    if not 0 <= offset < file.size:
        raise ValueError(f"no byte {offset} in a file of {file.size}")
    changed = bytearray(file.data)
    changed.extend(bytes(max(0, offset + 1 - len(changed))))
    changed[offset] ^= byte
    return File(changed, file.size)


# --- CRC-32C -------------------------------------------------------------------------------------


def crc_tables():
    """Two tables of 65,536: what the lower and the upper half of four bytes do to the CRC."""
    zero = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        zero.append(byte)
    ahead = [zero]  # ahead[n][byte]: the byte, followed by n zero bytes
    for _ in range(3):
        ahead.append([crc >> 8 ^ zero[crc & 255] for crc in ahead[-1]])
    low = [high ^ small for high in ahead[2] for small in ahead[3]]
    upper = [high ^ small for high in ahead[0] for small in ahead[1]]
    return zero, low, upper


BYTE_TABLE, LOW_TABLE, HIGH_TABLE = crc_tables()


def crc32c(data):
    """CRC-32C (Castagnoli). Four bytes a step: byte by byte is slow in Python."""
    low, high, crc = LOW_TABLE, HIGH_TABLE, 0xFFFFFFFF
    words = len(data) // 4
    for word in struct.unpack_from(f"<{words}I", data):
        crc ^= word
        crc = low[crc & 0xFFFF] ^ high[crc >> 16]
    for byte in data[words * 4 :]:
        crc = crc >> 8 ^ BYTE_TABLE[(crc ^ byte) & 255]
    return crc ^ 0xFFFFFFFF


# --- frames --------------------------------------------------------------------------------------

PREFIX_BYTES = 8
BODY_BYTES_MAX = 4 * 1024 * 1024 - PREFIX_BYTES
RECORD, COMMIT = 1, 2
# kind flags position version previous recorded_at event_id causation correlation schema S N A P
RECORD_FIELDS = struct.Struct("<BBQQQq16s16s16sHBBBI")
# kind count first mark hash
COMMIT_FIELDS = struct.Struct("<BIQQ32s")
STREAM = re.compile(rb"[a-z0-9._]{1,64}-[a-z0-9._-]{1,160}")


class Record(NamedTuple):
    """Of a record's frame, what has to be checked; `leaf` is its hash in the Merkle tree."""

    crc: int
    position: int
    version: int
    previous: int
    recorded_at: int
    stream: bytes
    leaf: bytes


class Commit(NamedTuple):
    """A commit marker."""

    crc: int
    count: int
    first: int
    mark: int
    hash: bytes


class Incomplete(Exception):
    """Length or CRC is wrong, or the file ends: an interrupted write can leave this behind."""

    def __init__(self, what, expected=None, found=None):
        super().__init__(what)
        self.what, self.expected, self.found = what, expected, found


class WrongField(Exception):
    """The CRC is right and a field is not: no interrupted write leaves this behind."""


def decode_record(crc, body):
    if len(body) < RECORD_FIELDS.size:
        raise WrongField("a record's length")
    (_, flags, position, version, previous, recorded_at, _, causation, _, schema_version,
     stream_bytes, name_bytes, actor_bytes, payload_bytes) = RECORD_FIELDS.unpack_from(body)
    name_at = RECORD_FIELDS.size + stream_bytes
    actor_at = name_at + name_bytes
    payload_at = actor_at + actor_bytes
    stream = body[RECORD_FIELDS.size : name_at]
    checks = (
        ("flags", flags in (0, 1)),
        ("causation", flags == 1 or not any(causation)),
        ("the lengths of a record's parts", payload_at + payload_bytes == len(body)),
        ("previous", version == 1 if previous == U64_MAX else version > 1 and previous < position),
        ("schema version", schema_version >= 1),
        ("stream", STREAM.fullmatch(stream)),
        ("name", name_bytes >= 1 and body[name_at:actor_at].isascii()),
        ("actor", body[actor_at:payload_at].isascii()),
    )
    for field, holds in checks:
        if not holds:
            raise WrongField(field)
    leaf = leaf_hash(body)
    return Record(crc, position, version, previous, recorded_at, stream, leaf)


def decode_commit(crc, body):
    if len(body) != COMMIT_FIELDS.size:
        raise WrongField("a commit marker's length")
    _, count, first, mark, running = COMMIT_FIELDS.unpack(body)
    if count == 0:
        raise WrongField("count")
    if mark > first:
        raise WrongField("mark")
    return Commit(crc, count, first, mark, running)


class Frames:
    """Reads frames. With `remember` a frame with the very same bytes is not checked twice."""

    REMEMBERED_BYTES_MAX = 512 * 1024 * 1024

    def __init__(self, remember=False):
        self.remember, self.known, self.known_bytes = remember, {}, 0

    def read(self, file, offset):
        """The frame at this offset and the offset after it."""
        prefix = file.at(offset, offset + PREFIX_BYTES)
        if len(prefix) < 4:
            raise Incomplete("the file ends inside a frame's length")
        length = int.from_bytes(prefix[:4], "little")
        if not 1 <= length <= BODY_BYTES_MAX:
            raise Incomplete("a frame's length", f"1 to {BODY_BYTES_MAX}", length)
        end = offset + PREFIX_BYTES + length
        if end > file.size:
            raise Incomplete("the file ends inside a frame", f"{end} bytes", file.size)
        frame = file.at(offset, end)
        known = self.known.get(frame)
        if known is None:
            known = self.decode(frame)
            if self.remember:
                self.keep(frame, known)
        return known, end

    @staticmethod
    def decode(frame):
        expected, body = int.from_bytes(frame[4:8], "little"), frame[PREFIX_BYTES:]
        found = crc32c(frame[:4] + body)
        if expected != found:
            raise Incomplete("a frame's CRC", f"{expected:08x}", f"{found:08x}")
        if body[0] == RECORD:
            return decode_record(found, body)
        if body[0] == COMMIT:
            return decode_commit(found, body)
        raise WrongField(f"kind of frame, {body[0]}")

    def keep(self, frame, decoded):
        self.known_bytes += len(frame)
        if self.known_bytes > self.REMEMBERED_BYTES_MAX:
            self.known, self.known_bytes = {}, len(frame)
        self.known[frame] = decoded


# --- the Merkle tree -----------------------------------------------------------------------------

EMPTY_ROOT = hashlib.sha256().digest()


def leaf_hash(data):
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


class Tree:
    """RFC 6962, growing. Keeps the roots of the full subtrees only, the largest first."""

    def __init__(self):
        self.size, self.peaks = 0, []

    def append(self, leaf):
        size = self.size
        while size & 1:
            leaf = node_hash(self.peaks.pop(), leaf)
            size >>= 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self):
        if not self.peaks:
            return EMPTY_ROOT
        *others, root = self.peaks
        for peak in reversed(others):
            root = node_hash(peak, root)
        return root


# --- header and mark -----------------------------------------------------------------------------

HEADER_BYTES = 64
HEADER = struct.Struct("<8sIQQ32sI")
MAGIC = b"KYCDSEG\n"
OFFSET_MAX = 2**32 - 1
MARK_FILE = "mark"
MARK_TEXT = re.compile(
    rb"kycd-mark 1\nsize (0|[1-9][0-9]{0,19})\nsegment ([0-9]{20})\.seg\n"
    rb"offset (0|[1-9][0-9]{0,19})\nhash ([0-9a-f]{64})\ncrc ([0-9a-f]{8})\n"
)


class Header(NamedTuple):
    """What a segment says about itself."""

    first: int
    mark: int
    hash: bytes


def read_header(file, name, position):
    def damage(what, expected=None, found=None):
        return Damage(
            what, position=position, file=name, offset=0, expected=expected, found=found)

    content = file.at(0, HEADER_BYTES)
    if len(content) < HEADER_BYTES:
        raise damage("the header is cut short", f"{HEADER_BYTES} bytes", file.size)
    magic, version, first, mark, running, crc = HEADER.unpack(content)
    if magic != MAGIC:
        raise damage("the first bytes of a segment", MAGIC.hex(), magic.hex())
    if version != 1:
        raise damage("format version", 1, version)
    found = crc32c(content[:-4])
    if crc != found:
        raise damage("the header's CRC", f"{crc:08x}", f"{found:08x}")
    return Header(first, mark, running)


class Mark(NamedTuple):
    """What must be there: so many records, ending there, with this running hash."""

    size: int
    segment: str
    offset: int
    hash: bytes


def read_mark(folder):
    def damage(what, expected=None, found=None):
        return Damage(
            what, position=0, file=MARK_FILE, offset=0, expected=expected, found=found)

    if MARK_FILE not in folder.names():
        raise damage("the mark is missing")
    content = folder.file(MARK_FILE).content()
    first_line = content.split(b"\n", 1)[0]
    if first_line.startswith(b"kycd-mark ") and first_line != b"kycd-mark 1":
        raise damage("the mark's version", "kycd-mark 1", repr(first_line)[2:-1])
    match = MARK_TEXT.fullmatch(content)
    if not match:
        raise damage("the mark is not six lines as they are written")
    size, segment, offset, running, crc = match.groups()
    found = b"%08x" % crc32c(content[: match.start(5) - len("crc ")])
    if crc != found:
        raise damage("the mark's CRC", crc.decode(), found.decode())
    mark = Mark(int(size), f"{segment.decode()}.seg", int(offset), bytes.fromhex(running.decode()))
    if max(mark.size, int(segment), mark.offset) > U64_MAX:
        raise damage("a number of the mark is too large")
    return mark


# --- the segments --------------------------------------------------------------------------------

SEGMENT_NAME = re.compile(r"[0-9]{20}\.seg")


class Torn(NamedTuple):
    """The rest of an interrupted write."""

    file: str
    offset: int
    bytes: int


class Scan:
    """Goes through all segments in order. Afterwards, or when it raised Damage, `size` and `tree`
    are those of the whole batches that were read. The numbers of the rules are FORMAT.md's."""

    def __init__(self, folder, frames, root_sizes):
        self.folder, self.frames = folder, frames
        self.root_sizes, self.roots = root_sizes, {0: EMPTY_ROOT}
        self.size, self.hash, self.recorded_at = 0, ZERO_HASH, -(2**63)
        self.tree, self.streams = Tree(), {}
        self.mark, self.mark_met, self.mark_seen = None, False, 0
        self.segments, self.torn = 0, None

    def run(self):
        names = segment_names(self.folder)
        if not names and MARK_FILE not in self.folder.names():
            raise Damage(
                "there is no log: neither segments nor a mark", position=0, file=MARK_FILE, offset=0)
        self.mark = read_mark(self.folder)
        self.mark_met = not names and self.mark.size == 0
        name, end = MARK_FILE, 0
        for name in names:
            end = self.read_segment(name, last=name == names[-1])
        if not self.mark_met:
            raise Damage(
                "the records that the mark vouches for do not end where it says",
                position=self.size, file=name, offset=end,
                expected=f"{self.mark.size} records up to byte {self.mark.offset} of "
                f"{self.mark.segment}", found=f"{self.size} records")
        if self.mark_seen > self.mark.size:
            raise Damage(
                "the mark was put back to an older one", position=0, file=MARK_FILE, offset=0,
                expected=f"size {self.mark_seen} or more", found=f"size {self.mark.size}")

    def read_segment(self, name, last):
        """Rules 1 and 5. Answers where the segment's last batch ends."""
        file = self.folder.file(name)
        header = read_header(file, name, self.size)
        named = int(name[:20])
        if header.first != named or header.first != self.size:
            raise Damage(
                "the segment's first position", position=self.size, file=name, offset=0,
                expected=self.size, found=f"{header.first}, and {named} in its name")
        if header.hash != self.hash:
            raise Damage(
                "the running hash of the segments before", position=self.size, file=name, offset=0,
                expected=self.hash.hex(), found=header.hash.hex())
        self.mark_seen = max(self.mark_seen, header.mark)
        self.segments += 1
        end = HEADER_BYTES
        self.meet_mark(name, end)
        while True:
            batch = Batch(self, name)
            try:
                end = batch.read(file, end)
            except Incomplete as stop:
                if end < len(file.data):
                    self.judge_tail(file, end, batch, stop, last)
                return end

    def meet_mark(self, name, offset):
        """Rule 4: compares with the mark if it was made here."""
        if (self.size, name) != (self.mark.size, self.mark.segment):
            return
        if (offset, self.hash) != (self.mark.offset, self.mark.hash):
            raise Damage(
                "byte and running hash that the mark names", position=self.size, file=name,
                offset=offset, expected=f"{self.mark.offset}, {self.mark.hash.hex()}",
                found=f"{offset}, {self.hash.hex()}")
        self.mark_met = True

    def judge_tail(self, file, begin, batch, stop, last):
        """Something that is not zeros follows the last whole batch: torn, or damage?"""
        why = None
        if not last:
            why = "another segment follows"
        elif self.size < self.mark.size:
            why = f"the mark vouches for {self.mark.size} records"
        else:
            whole = find_whole_batch(self.frames, file, batch.offset + 1)
            if whole is not None:
                why = f"a whole batch follows at byte {whole}"
        if why:
            raise Damage(
                f"{stop.what} ({why})", position=batch.next, file=batch.segment,
                offset=batch.offset, expected=stop.expected, found=stop.found)
        self.torn = Torn(batch.segment, begin, len(file.data) - begin)


def segment_names(folder):
    names = [name for name in folder.names() if name.endswith(".seg") and "/" not in name]
    for name in names:
        if not SEGMENT_NAME.fullmatch(name) or int(name[:20]) > U64_MAX:
            raise Damage("not a segment's name", position=0, file=name, offset=None)
    return names


class Batch:
    """The batch being read: rules 2 and 3. What is in it counts only with its commit marker.

    `next` and `offset` are the position and the place of the frame that was read last."""

    def __init__(self, scan, segment):
        self.scan, self.segment = scan, segment
        self.next, self.offset = scan.size, 0
        self.recorded_at = scan.recorded_at
        self.crcs, self.leaves = [], []

    def read(self, file, offset):
        """Reads to the commit marker; answers the offset after it."""
        read = self.scan.frames.read
        while True:
            self.offset = offset
            try:
                frame, offset = read(file, offset)
            except WrongField as field:
                raise self.damage(f"the checksum holds, but a field is wrong: {field}") from None
            if isinstance(frame, Commit):
                self.take_commit(frame, offset)
                return offset
            self.take_record(frame)

    def take_record(self, record):
        if self.offset > OFFSET_MAX:
            raise self.damage("the segment is over 4 GiB")
        streams = self.scan.streams
        before, before_at = streams.get(record.stream, (0, U64_MAX))
        expected = (self.next, before + 1, before_at)
        found = (record.position, record.version, record.previous)
        if expected != found:
            what = f"position, version and previous in stream {record.stream.decode()}"
            raise self.damage(what, expected, found)
        if record.recorded_at < self.recorded_at:
            raise self.damage(
                "recorded before the record before it", f"{self.recorded_at} ms or later",
                record.recorded_at)
        self.recorded_at = record.recorded_at
        # If the batch turns out to be torn, nothing after it is read.
        streams[record.stream] = (record.version, record.position)
        self.crcs.append(record.crc)
        self.leaves.append(record.leaf)
        self.next += 1

    def take_commit(self, commit, end):
        scan, count = self.scan, len(self.crcs)
        if (commit.count, commit.first) != (count, scan.size):
            raise self.damage(
                "records of the commit marker", f"{count} from {scan.size}",
                f"{commit.count} from {commit.first}")
        covered = struct.pack(f"<QI{count}I", scan.size, count, *self.crcs)
        running = hashlib.sha256(scan.hash + covered).digest()
        if commit.hash != running:
            raise self.damage(
                "the running hash", commit.hash.hex(), running.hex(), position=scan.size)
        if scan.size < scan.mark.size < self.next:
            raise self.damage("the mark points into this batch", position=scan.size)
        scan.hash, scan.size, scan.recorded_at = running, self.next, self.recorded_at
        scan.mark_seen = max(scan.mark_seen, commit.mark)
        for leaf in self.leaves:
            scan.tree.append(leaf)
            if scan.tree.size in scan.root_sizes:
                scan.roots[scan.tree.size] = scan.tree.root()
        scan.meet_mark(self.segment, end)

    def damage(self, what, expected=None, found=None, position=None):
        return Damage(
            what, position=self.next if position is None else position, file=self.segment,
            offset=self.offset, expected=expected, found=found)


# --- what follows a frame that is not right ------------------------------------------------------

# Length of at most 4 MiB (its third and fourth byte), kind 1, flags 0 or 1.
CANDIDATE = re.compile(rb"[\x00-\x3f]\x00[\x00-\xff]{4}\x01[\x00\x01]")


def find_whole_batch(frames, file, begin):
    """Offset of the first record frame, at or after `begin`, of a whole batch: records in order
    and a commit marker that covers the last of them. None if there is none.

    Looks at every offset, but frames that are right are stepped over."""
    data = file.data + b"\0"  # a record's flags may be the first of the zeros that are only counted
    while True:
        match = CANDIDATE.search(data, begin + 2)
        if match is None:
            return None
        candidate = match.start() - 2
        begin = candidate + 1
        if looks_like_record(file, candidate):
            whole, end = walk(frames, file, candidate)
            if whole:
                return candidate
            begin = max(begin, end)


def looks_like_record(file, offset):
    """Whether the lengths of its parts add up: spares most of the CRCs."""
    fixed = file.at(offset, offset + PREFIX_BYTES + RECORD_FIELDS.size)
    if len(fixed) < PREFIX_BYTES + RECORD_FIELDS.size:
        return False
    parts = RECORD_FIELDS.unpack_from(fixed, PREFIX_BYTES)[-4:]
    return int.from_bytes(fixed[:4], "little") == RECORD_FIELDS.size + sum(parts)


def walk(frames, file, offset):
    """Follows a run of records: whether it ends a whole batch, and if not, how far it goes."""
    first, count = None, 0
    while True:
        try:
            frame, end = frames.read(file, offset)
        except (Incomplete, WrongField):
            return False, offset
        if isinstance(frame, Commit):
            covers = (
                first is not None
                and frame.first >= first
                and frame.first + frame.count == first + count
            )
            return covers, end
        if first is None:
            first = frame.position
        elif frame.position != first + count:
            return False, offset
        count, offset = count + 1, end


# --- checkpoints ---------------------------------------------------------------------------------

NOTE_NAME = re.compile(r"checkpoints/([0-9]{20})\.note")
NUMBER = re.compile(r"0|[1-9][0-9]{0,19}")
SIGNATURE_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+=*)")
ED25519 = b"\x01"


class Checkpoint(NamedTuple):
    """A signed note: the first `size` records have this root. `text` is what was signed."""

    file: str
    origin: str
    size: int
    root: bytes
    text: bytes
    signatures: tuple

    def damage(self, what, expected=None, found=None, position=None):
        return Damage(
            what, position=position, file=self.file, offset=None, expected=expected, found=found)


def strict_base64(text):
    """None for anything that encoding would not have written."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None


def parse_checkpoint(name, content):
    def damage(what):
        return Damage(
            f"not a checkpoint: {what}", position=None, file=name, offset=None)

    try:
        note = content.decode("utf-8")
    except UnicodeDecodeError:
        raise damage("it is not UTF-8") from None
    if any(char < " " and char != "\n" for char in note):
        raise damage("a control character")
    text, blank, rest = note.rpartition("\n\n")
    if not blank or not rest.endswith("\n"):
        raise damage("text, an empty line and signatures expected")
    origin, *lines = text.split("\n")
    if len(lines) < 2 or "" in lines or not re.fullmatch(r"[^\s+]+", origin):
        raise damage("origin, size and root expected")
    root = strict_base64(lines[1])
    if not NUMBER.fullmatch(lines[0]) or int(lines[0]) > U64_MAX:
        raise damage("its size is not a number")
    if root is None or len(root) != 32:
        raise damage("its root is not the base64 of 32 bytes")
    signatures = []
    for line in rest[:-1].split("\n"):
        match = SIGNATURE_LINE.fullmatch(line)
        signature = match and strict_base64(match[2])
        if not signature:
            raise damage("a signature's line is not well formed")
        signatures.append((match[1], signature))
    size = int(lines[0])
    return Checkpoint(name, origin, size, root, f"{text}\n".encode(), tuple(signatures))


class Key:
    """A public key as c2sp.org/signed-note prints it: name+id+base64."""

    def __init__(self, text):
        parts = text.strip().split("+", 2)
        data = strict_base64(parts[-1]) if len(parts) == 3 else None
        if not data or len(data) != 33 or data[:1] != ED25519:
            raise ValueError("a key is name+8 hex digits+base64 of 01 and an Ed25519 public key")
        self.name, self.public = parts[0], data[1:]
        if self.id_for(self.name).hex() != parts[1]:
            raise ValueError(f"the key's id is not {parts[1]}: a typing error?")

    def id_for(self, name):
        return hashlib.sha256(name.encode() + b"\n" + ED25519 + self.public).digest()[:4]


def check_signature(checkpoint, key, own):
    """Our key signed it under the name of the checkpoint's origin. The log's own notes have that
    one signature; in one that was saved, others' (witnesses') may stand beside it."""
    if own and len(checkpoint.signatures) != 1:
        raise checkpoint.damage("signatures", 1, len(checkpoint.signatures))
    of_origin = [data for name, data in checkpoint.signatures if name == checkpoint.origin]
    if not of_origin or any(len(data) != 4 + 64 for data in of_origin):
        raise checkpoint.damage(f"no Ed25519 signature by the key of {checkpoint.origin}")
    if key is None:
        return
    ours = [data[4:] for data in of_origin if data[:4] == key.id_for(checkpoint.origin)]
    if not ours:
        found = " ".join(data[:4].hex() for data in of_origin)
        raise checkpoint.damage("signed by another key", key.id_for(checkpoint.origin).hex(), found)
    if not all(is_signed(key.public, checkpoint.text, signature) for signature in ours):
        raise checkpoint.damage("the signature is not that of the text")


@functools.lru_cache(maxsize=4096)
def is_signed(public, text, signature):
    # Only here: the rest works without the package.
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
    except InvalidSignature:
        return False
    return True


class Checkpoints:
    """All that are to be compared with the log: its own, and those that were saved elsewhere."""

    def __init__(self, folder, saved, key):
        self.held, self.found, self.damage = 0, [], None
        try:
            self.read_own(folder, key)
            for name, content in saved:
                checkpoint = parse_checkpoint(name, content)
                check_signature(checkpoint, key, own=False)
                self.found.append(checkpoint)
        except Damage as damage:
            # The log's own damage, if there is any, says more.
            self.damage = damage

    def read_own(self, folder, key):
        for name in folder.names():
            if not name.startswith("checkpoints/") or not name.endswith(".note"):
                continue
            match = NOTE_NAME.fullmatch(name)
            if not match:
                raise Damage("not a checkpoint's name", position=None, file=name, offset=None)
            checkpoint = parse_checkpoint(name, folder.file(name).content())
            if checkpoint.size != int(match[1]):
                raise checkpoint.damage(
                    "the checkpoint's size", f"{int(match[1])}, as in its name", checkpoint.size)
            check_signature(checkpoint, key, own=True)
            self.found.append(checkpoint)

    def sizes(self):
        return {checkpoint.size for checkpoint in self.found}

    def compare(self, scan):
        if self.damage:
            raise self.damage
        agreed = 0
        for checkpoint in sorted(self.found, key=lambda checkpoint: checkpoint.size):
            if checkpoint.size > scan.size:
                raise checkpoint.damage(
                    "rolled back: records that the checkpoint vouches for are gone",
                    f"{checkpoint.size} records", scan.size, position=scan.size)
            root = scan.roots[checkpoint.size]
            if checkpoint.root != root:
                raise checkpoint.damage(
                    f"forked: records {agreed} to {checkpoint.size - 1} are not those that were "
                    "signed; Merkle root", checkpoint.root.hex(), root.hex(), position=agreed)
            agreed = checkpoint.size
            self.held += 1


# --- the verdict ---------------------------------------------------------------------------------


class Auditor:
    """What all logs are compared with, and what was learnt about frames on the way."""

    def __init__(self, key=None, saved=(), remember=False):
        self.key, self.saved, self.frames = key, saved, Frames(remember)

    def judge(self, folder):
        """The verdict as the object of --json, and the damage if it is that."""
        checkpoints = Checkpoints(folder, self.saved, self.key)
        scan, damage = Scan(folder, self.frames, checkpoints.sizes()), None
        try:
            scan.run()
            checkpoints.compare(scan)
        except Damage as found:
            damage = found
        verdict = "damaged" if damage else "torn" if scan.torn else "clean"
        position = file = offset = what = None
        if damage:
            position, file, offset = damage.position, damage.file, damage.offset
            what = damage.sentence()
        elif scan.torn:
            position, file, offset = scan.size, scan.torn.file, scan.torn.offset
            what = f"the rest of an interrupted write, {scan.torn.bytes} bytes"
        return {
            "verdict": verdict, "exit": EXIT[verdict], "size": scan.size,
            "root": scan.tree.root().hex(), "checkpoints": checkpoints.held,
            "signatures": "checked" if self.key else "not checked",
            "position": position, "file": file, "offset": offset, "what": what,
        }, damage

    def judge_live(self, folder):
        """Looks again if somebody was writing meanwhile: then it may only have seemed damaged."""
        for _ in range(3):
            stamp = folder.stamp()
            verdict, damage = self.judge(folder)
            if not damage or folder.stamp() == stamp:
                break
        return verdict, damage


def lines_of(verdict, damage):
    """The verdict for people."""
    size, root = verdict["size"], verdict["root"]
    what = damage.what if damage else verdict["what"]
    yield verdict["verdict"] + (f": {what}" if what else "")
    for name in ("position", "file", "offset"):
        if verdict[name] is not None:
            yield f"  {name:<9} {verdict[name]}"
    if damage and damage.expected is not None:
        yield f"  expected  {damage.expected}"
        yield f"  found     {damage.found}"
    yield f"  size      {size}" + (" records are whole and in order" if damage else " records")
    yield f"  root      {root}" + (" (of these)" if damage else "")
    if not damage:
        yield f"  checkpoints that hold: {verdict['checkpoints']}"
    if verdict["signatures"] == "not checked":
        yield "  signatures were NOT checked: no --key was given"


# --- command line --------------------------------------------------------------------------------

HELP_END = """\
LOGDIR is the directory with the .seg files, or the data directory that has it as log/.

exit status:
  0  clean: everything there is as it was written
  1  usage: a wrong argument, or a file that can't be read
  2  damaged or altered: the place is printed
  4  torn tail only: the end of a write that was interrupted; the log is otherwise right

examples:
  log.py /var/lib/kycd --key 'kyc.example+54a4c1ee+AX3s…' --checkpoint saved/00000000000000001200.note
  log.py --batch LOGDIR < variants.jsonl

--batch judges variants of the log without touching it. Each line of standard input is
  {"id": anything, "edits": [edit, …]}       files are named relative to the directory of the .seg files
  edit: {"file": name, "xor": [offset, byte]} | {"file": name, "truncate": bytes}
      | {"file": name, "remove": true} | {"file": name, "replace": base64}
and is answered by one line, {"id": …} and the object of --json, or {"id": …, "error": …}.
"""


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(EXIT["usage"], f"{self.prog}: {message}\n")


def parser():
    arguments = Parser(
        prog="log.py", description="Verifies an event log of kycd without kycd.", epilog=HELP_END,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("logdir", metavar="LOGDIR")
    arguments.add_argument(
        "--key", metavar="VKEY", help="public key of the checkpoints, name+id+base64")
    arguments.add_argument(
        "--checkpoint", metavar="FILE", action="append", default=[],
        help="a checkpoint saved earlier; may be given several times")
    arguments.add_argument("--json", action="store_true", help="print one JSON object")
    arguments.add_argument(
        "--batch", action="store_true", help="judge variants named on standard input")
    return arguments


LOG_FILE = re.compile(r"mark|[^/]*\.seg|checkpoints/[^/]*\.note")


def log_folder(path):
    """The directory with the segments: this one, or log/ in it."""
    for candidate in (path, os.path.join(path, "log")):
        folder = Folder(candidate)
        if any(LOG_FILE.fullmatch(name) for name in folder.names()):
            return folder
    raise ValueError(f"{path}: no log here, neither segments nor a mark")


def run_batch(auditor, folder, lines, out):
    """Exit status 0 if every line could be judged, whatever the verdicts are."""
    original, status = Memory.of(folder), EXIT["clean"]
    for line in lines:
        if not line.strip():
            continue
        number = None
        try:
            request = json.loads(line)
            number = request.get("id")
            verdict, _ = auditor.judge(original.edited(request["edits"]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            verdict, status = {"error": f"{type(error).__name__}: {error}"}, EXIT["usage"]
        print(json.dumps({"id": number, **verdict}), file=out, flush=True)
    return status


def main(arguments=None):
    options = parser().parse_args(arguments)
    try:
        key = Key(options.key) if options.key else None
        if key:
            import cryptography  # noqa: F401 - fails here, not in the middle
        saved = []
        for path in options.checkpoint:
            with open(path, "rb") as file:
                saved.append((path, file.read()))
        folder = log_folder(options.logdir)
        auditor = Auditor(key, saved, remember=options.batch)
        if options.batch:
            return run_batch(auditor, folder, sys.stdin, sys.stdout)
        verdict, damage = auditor.judge_live(folder)
    except (OSError, ValueError, ImportError) as error:
        print(f"log.py: {error}", file=sys.stderr)
        return EXIT["usage"]
    for line in [json.dumps(verdict)] if options.json else lines_of(verdict, damage):
        # Names come from files: nothing that a terminal would obey.
        print("".join(char if char.isprintable() else "?" for char in line))
    return verdict["exit"]


if __name__ == "__main__":
    sys.exit(main())
