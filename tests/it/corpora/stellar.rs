//! The Stellar targets: their seeds, and seeds that were changed at random.

#[path = "../../fuzz/checks/account.rs"]
mod account;
#[path = "../../fuzz/checks/body.rs"]
mod body;
#[path = "../../fuzz/checks/challenge.rs"]
mod challenge;
#[path = "../../fuzz/checks/jwt.rs"]
mod jwt;
#[path = "../../fuzz/checks/sep9.rs"]
mod sep9;
#[path = "../../fuzz/checks/stellar_toml.rs"]
mod stellar_toml;

use super::seeds;

/// Changed seeds for each target; `KYCD_REQUIRE_MUTATIONS` says otherwise.
const MUTATIONS: usize = 1_000;
/// Larger than any seed, so that changes of changes do not grow without end.
const BYTES_MAX: usize = 4_096;

type Check = fn(&[u8]) -> bool;

/// Each target, and how many of its seeds are taken at least.
const TARGETS: [(&str, Check, usize); 6] = [
    ("account", account::check, 9),
    ("body", body::check, 7),
    ("challenge", challenge::check, 8),
    ("jwt", jwt::check, 6),
    ("sep9", sep9::check, 15),
    ("stellar_toml", stellar_toml::check, 3),
];

#[test]
fn seeds_keep_what_their_targets_ask() {
    for (target, check, taken_min) in TARGETS {
        let seeds = seeds(target).into_iter();
        let (taken, _): (Vec<_>, Vec<_>) = seeds.partition(|(_, seed)| judged(target, check, seed));
        let taken: Vec<String> = taken.into_iter().map(|(name, _)| name).collect();
        assert!(taken.len() >= taken_min, "seeds of {target} have gone stale: only {taken:?}");
    }
}

#[test]
fn seeds_that_were_changed_do_too() {
    let asked = std::env::var("KYCD_REQUIRE_MUTATIONS").ok();
    let count = asked.map_or(MUTATIONS, |count| count.parse().expect("a number"));
    for (target, check, _) in TARGETS {
        let mut pool: Vec<Vec<u8>> = seeds(target).into_iter().map(|(_, bytes)| bytes).collect();
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        let mut taken = 0;
        for _ in 0..count {
            let changed = random.change(&pool);
            if judged(target, check, &changed) {
                taken += 1;
                // What is still taken is worth changing once more.
                let at = random.below(pool.len() * 2);
                if let Some(place) = pool.get_mut(at) {
                    *place = changed;
                }
            }
        }
        println!("{target}: {taken} of {count} were taken");
    }
}

fn judged(target: &str, check: Check, bytes: &[u8]) -> bool {
    let shown = Shown(target, bytes);
    let taken = check(bytes);
    drop(shown);
    taken
}

/// Says what was looked at when something panicked.
struct Shown<'a>(&'a str, &'a [u8]);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{}: {:?}", self.0, String::from_utf8_lossy(self.1));
            println!("{}", hex::encode(self.1));
        }
    }
}

/// The same numbers in every run: xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }

    fn of(&mut self, pool: &[Vec<u8>]) -> Vec<u8> {
        pool[self.below(pool.len())].clone()
    }

    /// One of the pool with one to four changes.
    fn change(&mut self, pool: &[Vec<u8>]) -> Vec<u8> {
        const WORDS: [&[u8]; 12] = [
            b"\n",
            b"\0",
            b"\"",
            b"{",
            b"[",
            b"=",
            b"--XX\r\n",
            b"\xff\xff\xff\xff",
            b"\xc3\x28",
            b"9999999999999999999999",
            b"-1",
            b"\\u0000",
        ];
        let mut bytes = self.of(pool);
        for _ in 0..=self.below(4) {
            let (from, to) = (self.below(bytes.len() + 1), self.below(bytes.len() + 1));
            let (from, to) = (from.min(to), from.max(to));
            match self.below(6) {
                0 if from < bytes.len() => bytes[from] ^= 1 << self.below(8),
                1 if from < bytes.len() => bytes[from] = self.below(256) as u8,
                2 => drop(bytes.drain(from..to.min(from + 16))),
                3 => {
                    bytes
                        .splice(from..from, WORDS[self.below(WORDS.len())].to_vec())
                        .for_each(drop);
                }
                4 => {
                    let part = bytes[from..to.min(from + 64)].to_vec();
                    bytes.splice(to..to, part).for_each(drop);
                }
                _ => {
                    let other = self.of(pool);
                    let at = self.below(other.len() + 1);
                    bytes.truncate(from);
                    bytes.extend_from_slice(&other[at..]);
                }
            }
        }
        bytes.truncate(BYTES_MAX);
        bytes
    }
}
