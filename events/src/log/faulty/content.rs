//! A file's bytes: as the process sees them, and as a power cut would leave them.

/// Smallest piece that reaches a disk wholly or not at all.
const SECTOR_BYTES: usize = 512;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Content {
    seen: Vec<u8>,
    durable: Vec<u8>,
    /// What was done since the last sync, oldest first.
    pending: Vec<Change>,
}

#[derive(Debug)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Extend(usize),
    Truncate(usize),
}

/// How much of the unsynced changes survives.
#[derive(Clone, Copy)]
enum Kept {
    Nothing,
    Everything,
    Sectors,
}

impl Change {
    fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Self::Write { offset, bytes } => put(to, *offset, bytes),
            Self::Extend(bytes) => to.resize(to.len().max(*bytes), 0),
            Self::Truncate(bytes) => to.truncate(*bytes),
        }
    }

    /// Single sectors of a write; the whole of anything else, or nothing.
    fn apply_in_part(&self, to: &mut Vec<u8>, random: &mut Random) {
        match self {
            Self::Write { offset, bytes } => {
                let mut at = 0;
                while at < bytes.len() {
                    let sector_end = (offset + at) / SECTOR_BYTES * SECTOR_BYTES + SECTOR_BYTES;
                    let end = (sector_end - offset).min(bytes.len());
                    if random.below(2) == 0 {
                        put(to, offset + at, &bytes[at..end]);
                    }
                    at = end;
                }
            }
            Self::Extend(_) | Self::Truncate(_) => {
                if random.below(2) == 0 {
                    self.apply(to);
                }
            }
        }
    }
}

impl Content {
    pub(super) fn bytes(&self) -> u64 {
        self.seen.len() as u64
    }

    pub(super) fn seen(&self) -> &[u8] {
        &self.seen
    }

    pub(super) fn write(&mut self, offset: u64, bytes: &[u8]) {
        self.change(Change::Write { offset: offset as usize, bytes: bytes.to_vec() });
    }

    pub(super) fn extend(&mut self, bytes: u64) {
        self.change(Change::Extend(bytes as usize));
    }

    pub(super) fn truncate(&mut self, bytes: u64) {
        self.change(Change::Truncate(bytes as usize));
    }

    fn change(&mut self, change: Change) {
        change.apply(&mut self.seen);
        self.pending.push(change);
    }

    pub(super) fn sync(&mut self) {
        for change in self.pending.drain(..) {
            change.apply(&mut self.durable);
        }
    }

    /// The kernel reports the error once and holds the pages for clean from then on.
    pub(super) fn fail_sync(&mut self, random: &mut Random) {
        for change in self.pending.drain(..) {
            change.apply_in_part(&mut self.durable, random);
        }
    }

    pub(super) fn lose_power(&mut self, random: &mut Random) {
        let kept = match random.below(3) {
            0 => Kept::Nothing,
            1 => Kept::Everything,
            _ => Kept::Sectors,
        };
        for change in self.pending.drain(..) {
            match kept {
                Kept::Nothing => {}
                Kept::Everything => change.apply(&mut self.durable),
                Kept::Sectors => change.apply_in_part(&mut self.durable, random),
            }
        }
        self.seen.clone_from(&self.durable);
    }
}

fn put(to: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    to.resize(to.len().max(offset + bytes.len()), 0);
    to[offset..offset + bytes.len()].copy_from_slice(bytes);
}

/// `SplitMix64`: the same seed, the same faults, on every machine.
#[derive(Debug, Default)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `bound`, which is not 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}
