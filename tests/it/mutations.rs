//! Mutates the seeds of the fuzz targets of Taler and of the Agent API, always the same way, and checks what the targets
//! check. A few thousand of each in every run; `KYCD_REQUIRE_EXECUTIONS=1000000` for more.

use std::collections::BTreeMap;
use std::fmt::Debug;

use crate::corpora::{neuro, seeds, taler};

/// Of each target, in every run.
const EXECUTIONS: u64 = 3_000;
/// Longest input.
const BYTES_MAX: usize = 8 * 1024;
/// Inputs that are mutated again.
const POOL_MAX: usize = 1_024;

/// Numbers without order, the same in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 16) as usize % bound.max(1)
    }
}

/// What is put in where chance alone would take too long.
const WORDS: [&[u8]; 49] = [
    b"PK\x03\x04",
    b"PK\x01\x02",
    b"PK\x05\x06",
    b"PK\x06\x06",
    b"PK\x06\x07",
    b"PK\x07\x08",
    b"\x01\0\x10\0",
    b"\x75\x70",
    b"../",
    b"\\",
    b"\0",
    b"\x08\0",
    b"\xff\xff",
    b"\xff\xff\xff\xff",
    b"\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\0\0\0\0",
    b"%PDF-",
    b"payto://",
    b"PAYTO://",
    b"taler://reserve/",
    b"iban/",
    b"x-taler-bank/",
    b"?receiver-name=",
    b"//",
    b"..",
    b":65535",
    b"%00",
    b"\n",
    b"If-None-Match: ",
    b"Content-Length: 1\n",
    b"<!DOCTYPE a [",
    b"<!ENTITY a ",
    b"<![CDATA[",
    b"]]>",
    b"<!--",
    b"-->",
    b"<?xml ",
    b"&amp;",
    b"&#x",
    b"&a;",
    b" xmlns=",
    b" xmlns:a=",
    b"/>",
    b"\"",
    b"\\u00",
    b"[{",
    b"}]",
    b"null,",
    b"\"keyId\":",
];

fn mutate(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let at = random.below(bytes.len() + 1);
    let end = (at + 1 + random.below(16)).min(bytes.len());
    match random.below(10) {
        0 | 1 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
        2 if at < bytes.len() => bytes[at] = random.next() as u8,
        3 if at < bytes.len() => {
            bytes[at] = bytes[at].wrapping_add(if random.below(2) == 0 { 1 } else { 0xff });
        }
        4 if at < end => drop(bytes.drain(at..end)),
        5 => {
            let copied = bytes.get(at..end).unwrap_or_default().to_vec();
            let to = random.below(bytes.len() + 1);
            bytes.splice(to..to, copied);
        }
        6 => {
            let word = WORDS[random.below(WORDS.len())];
            bytes.splice(at..at, word.iter().copied());
        }
        7 => {
            let word = WORDS[random.below(WORDS.len())];
            let end = (at + word.len()).min(bytes.len());
            bytes.splice(at..end, word.iter().copied());
        }
        8 => {
            let from = random.below(other.len() + 1);
            bytes.truncate(at);
            bytes.extend_from_slice(&other[from..]);
        }
        _ => {
            let from = random.below(other.len() + 1);
            let to = (from + random.below(64)).min(other.len());
            bytes.splice(at..at, other[from..to].iter().copied());
        }
    }
    bytes.truncate(BYTES_MAX);
}

/// Panics where the check does. Inputs with an outcome that is still rare are mutated further.
fn run<E: Debug>(target: &str, check: impl Fn(&[u8]) -> Result<(), E>) {
    let asked = std::env::var("KYCD_REQUIRE_EXECUTIONS").ok().and_then(|count| count.parse().ok());
    let executions: u64 = asked.unwrap_or(EXECUTIONS);
    let mut seeds = seeds(target);
    seeds.sort();
    let mut pool: Vec<Vec<u8>> = seeds.into_iter().map(|(_, bytes)| bytes).collect();
    let kept = pool.len();
    let mut outcomes: BTreeMap<String, u64> = BTreeMap::new();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..executions {
        let other = random.below(pool.len());
        let mut bytes = pool[random.below(pool.len())].clone();
        for _ in 0..=random.below(5) {
            mutate(&mut bytes, &pool[other], &mut random);
        }
        let outcome = match check(&bytes) {
            Ok(()) => "taken".to_owned(),
            Err(refused) => format!("{refused:?}"),
        };
        let times = outcomes.entry(outcome).or_default();
        *times += 1;
        if times.is_power_of_two() {
            if pool.len() < POOL_MAX {
                pool.push(bytes);
            } else {
                let place = kept + random.below(POOL_MAX - kept);
                pool[place] = bytes;
            }
        }
    }
    println!("{target}: {executions} executions, {outcomes:?}");
    assert!(outcomes.len() > 1, "{outcomes:?}");
}

#[test]
fn mutated_base32_keeps_its_properties() {
    run("taler_crockford", taler::crockford);
}

#[test]
fn mutated_payto_uris_keep_their_properties() {
    run("taler_payto", taler::payto);
}

#[test]
fn mutated_headers_keep_their_properties() {
    run("taler_bulk_headers", taler::bulk_headers);
}

#[test]
fn mutated_archives_keep_their_properties() {
    run("taler_zip", taler::zip);
}

#[test]
fn mutated_xml_keeps_its_properties() {
    run("neuro_xml", neuro::xml);
}

#[test]
fn mutated_json_keeps_its_properties() {
    run("neuro_json", neuro::json);
}
