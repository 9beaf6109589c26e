//! What an archive says about itself, held against what was seen.

use std::collections::HashSet;

use super::entry::{Entry, Known};
use super::extra::Extra;
use super::header::{Central, End, End64, Local, Locator, Method};
use super::name::{Name, NameHash};
use super::{Limits, Part, Refusal, Summary};

/// All that is remembered of the entries.
#[derive(Default)]
pub(super) struct Directory {
    /// In the order of their places.
    seen: Vec<Seen>,
    names: HashSet<NameHash>,
    files: usize,
    bytes: u64,
    /// Entries the directory has confirmed.
    confirmed: usize,
    stage: Stage,
    /// Where the part that is being read begins.
    part_at: u64,
    /// Where the directory begins …
    starts_at: u64,
    /// … and what follows it.
    ends_at: u64,
}

/// Which parts have been there; they come in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    #[default]
    Entries,
    Directory,
    End64,
    Locator,
    End,
}

/// An entry that was looked at.
struct Seen {
    at: u64,
    flags: u16,
    method: Method,
    name: Name,
    unicode_name: Option<Name>,
    /// Content came to this; `None`: still being read.
    known: Option<(u32, u64, u64)>,
    is_confirmed: bool,
}

impl Directory {
    /// A part begins at `at`: whether it may stand there.
    pub(super) fn begin(&mut self, part: Part, at: u64) -> Result<(), Refusal> {
        let (from, to) = match part {
            Part::Local => (Stage::Entries..=Stage::Entries, Stage::Entries),
            Part::Central => (Stage::Entries..=Stage::Directory, Stage::Directory),
            Part::End64 => (Stage::Directory..=Stage::Directory, Stage::End64),
            Part::Locator => (Stage::End64..=Stage::End64, Stage::Locator),
            Part::End => (Stage::Entries..=Stage::Locator, Stage::End),
        };
        let is_entry = matches!(part, Part::Local);
        if self.seen.is_empty() && !is_entry {
            return Err(if matches!(part, Part::End) { Refusal::Empty } else { Refusal::NotZip });
        }
        if !from.contains(&self.stage) || self.stage == Stage::End64 && to != Stage::Locator {
            return Err(Refusal::Mismatch);
        }
        if self.stage == Stage::Entries && to > Stage::Entries {
            self.starts_at = at;
        }
        if self.stage <= Stage::Directory && to > Stage::Directory {
            self.ends_at = at;
        }
        self.stage = to;
        self.part_at = at;
        Ok(())
    }

    /// A local header with its name and extra fields: its content follows.
    pub(super) fn open(
        &mut self,
        local: Local,
        rest: &[u8],
        limits: &Limits,
    ) -> Result<Entry, Refusal> {
        if self.seen.len() >= limits.entries {
            return Err(Refusal::Entries);
        }
        let said = local.said;
        let (name, extra) = local.lengths.split(rest);
        let name = Name::read(name, said.is_utf8())?;
        let extra = Extra::read(extra)?;
        let unicode_name = extra.unicode_name.map(|name| Name::read(name, true)).transpose()?;
        if unicode_name.is_some_and(|other| other.is_folder != name.is_folder) {
            return Err(Refusal::Name);
        }
        if !self.names.insert(name.folded) {
            return Err(Refusal::Duplicate);
        }
        if let Some(other) = unicode_name
            && other.folded != name.folded
            && !self.names.insert(other.folded)
        {
            return Err(Refusal::Duplicate);
        }
        // With a descriptor the lengths here mean nothing.
        let [unpacked, packed] = if said.has_descriptor() {
            [0, 0]
        } else {
            extra.widen([said.unpacked, said.packed])?
        };
        if packed.checked_mul(limits.ratio).is_none_or(|most| unpacked > most) {
            return Err(Refusal::Ratio);
        }
        if unpacked > limits.entry_bytes {
            return Err(Refusal::EntryTooLarge);
        }
        let room = limits.bytes.saturating_sub(self.bytes);
        self.seen.push(Seen {
            at: self.part_at,
            flags: said.flags,
            method: said.method,
            name,
            unicode_name,
            known: None,
            is_confirmed: false,
        });
        Entry::new(local, (packed, unpacked), name.is_folder, extra.has_zip64(), room)
    }

    /// The content of the last entry has ended.
    pub(super) fn close(&mut self, known: &Known) {
        self.bytes += known.unpacked;
        self.files += usize::from(!known.is_folder);
        if let Some(last) = self.seen.last_mut() {
            last.known = Some((known.crc, known.packed, known.unpacked));
        }
    }

    /// The directory speaks of an entry: it must have been there, once, and just so.
    pub(super) fn confirm(&mut self, central: &Central, rest: &[u8]) -> Result<(), Refusal> {
        let said = central.said;
        let (name, extra) = central.lengths.split(rest);
        let name = Name::read(name, said.is_utf8())?;
        let extra = Extra::read(extra)?;
        let unicode_name = extra.unicode_name.map(|name| Name::read(name, true)).transpose()?;
        central.check_kind(name.is_folder)?;
        let [unpacked, packed, at] = extra.widen([said.unpacked, said.packed, central.offset])?;
        let place = self.seen.binary_search_by_key(&at, |seen| seen.at);
        let seen =
            place.ok().and_then(|place| self.seen.get_mut(place)).ok_or(Refusal::Mismatch)?;
        let is_same = !seen.is_confirmed
            && seen.flags == said.flags
            && seen.method == said.method
            && seen.name == name
            && seen.unicode_name == unicode_name
            && seen.known == Some((said.crc, packed, unpacked));
        if !is_same {
            return Err(Refusal::Mismatch);
        }
        seen.is_confirmed = true;
        self.confirmed += 1;
        Ok(())
    }

    pub(super) fn end_64(&mut self, end: &End64) -> Result<(), Refusal> {
        let is_same = end.entries == self.confirmed as u64
            && end.bytes == self.ends_at - self.starts_at
            && end.offset == self.starts_at;
        if is_same { Ok(()) } else { Err(Refusal::Mismatch) }
    }

    pub(super) fn locator(&mut self, locator: Locator) -> Result<(), Refusal> {
        if locator.offset == self.ends_at { Ok(()) } else { Err(Refusal::Mismatch) }
    }

    pub(super) fn end(&mut self, end: &End) -> Result<(), Refusal> {
        if self.confirmed != self.seen.len() {
            return Err(Refusal::Mismatch);
        }
        if self.files == 0 {
            return Err(Refusal::Empty);
        }
        let is_64 = self.ends_at != self.part_at;
        let is_said = |said: u64, all_ones: u64, is: u64| said == is || is_64 && said == all_ones;
        let is_same = is_said(end.entries.into(), u16::MAX.into(), self.confirmed as u64)
            && is_said(end.bytes.into(), u32::MAX.into(), self.ends_at - self.starts_at)
            && is_said(end.offset.into(), u32::MAX.into(), self.starts_at);
        if is_same { Ok(()) } else { Err(Refusal::Mismatch) }
    }

    pub(super) fn summary(&self, archive_bytes: u64) -> Summary {
        Summary { files: self.files, bytes: self.bytes, archive_bytes }
    }
}
