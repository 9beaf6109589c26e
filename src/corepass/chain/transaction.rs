//! Core's transactions: RLP, hash, and the calls inside.
//!
//! ```text
//! [nonce, energyPrice, energyLimit, networkId, to(22), value, input, signature(171)]
//! hash = SHA3-256(RLP); signing hash = SHA3-256(RLP [nonce, price, limit, to, value, input, networkId])
//! ```

use kyc_events::corepass::Stage;

use super::ChainRequest;

use crate::signing::ed448::PrivateKey;
use crate::signing::sha3_256;

/// Selector of `batchInitiate`.
const BATCH_INITIATE: [u8; 4] = [0xdf, 0x47, 0xfc, 0xca];
/// Selector of `batchConfirm`.
const BATCH_CONFIRM: [u8; 4] = [0x45, 0x8c, 0xd0, 0x1d];

/// A signed transaction's bytes.
pub fn signed(
    key: &PrivateKey,
    network_id: u64,
    to: &[u8; 22],
    nonce: u64,
    stage: Stage,
    requests: &[ChainRequest],
) -> Vec<u8> {
    let input = input(stage, requests);
    let energy_limit = 21_000 + 16 * input.len() as u64;
    let number = |n: u64| rlp_number(n);
    let (price, limit) = (number(1), number(energy_limit));
    let (to, input) = (rlp_text(to), rlp_text(&input));
    let unsigned = rlp_list(
        &[&number(nonce), &price, &limit, &to, &number(0), &input, &number(network_id)]
            .map(Vec::as_slice),
    );
    let signature = rlp_text(&key.sign_attached(&sha3_256(&unsigned)));
    rlp_list(
        &[&number(nonce), &price, &limit, &number(network_id), &to, &number(0), &input, &signature]
            .map(Vec::as_slice),
    )
}

/// A transaction's hash: `0x` and 64 hex digits.
pub fn hash(raw: &[u8]) -> String {
    format!("0x{}", hex::encode(sha3_256(raw)))
}

/// Requests as words of 32 bytes: user, number of fields, fields; or transmission numbers.
fn input(stage: Stage, requests: &[ChainRequest]) -> Vec<u8> {
    let mut input = match stage {
        Stage::Initiate => BATCH_INITIATE.to_vec(),
        Stage::Confirm => BATCH_CONFIRM.to_vec(),
    };
    for request in requests {
        match stage {
            Stage::Initiate => {
                let mut word = [0; 32];
                word[10..].copy_from_slice(&request.user.raw());
                input.extend(word);
                input.extend([0; 31]);
                input.push(request.fields.len() as u8);
                request.fields.iter().for_each(|field| input.extend(field.id()));
            }
            Stage::Confirm => {
                let number = request.transmission.as_deref().unwrap_or_default();
                let bytes = hex::decode(number.trim_start_matches("0x")).unwrap_or_default();
                let mut word = [0; 32];
                let from = 32 - bytes.len().min(32);
                word[from..].copy_from_slice(&bytes[..32 - from]);
                input.extend(word);
            }
        }
    }
    input
}

/// A call as the chain reads it.
#[derive(Debug, PartialEq, Eq)]
pub enum Call {
    /// Users (22 bytes) and their fields.
    Initiate(Vec<([u8; 22], Vec<[u8; 32]>)>),
    /// Transmission numbers.
    Confirm(Vec<[u8; 32]>),
}

/// Nonce and call of a transaction; `None` if the bytes are not one.
pub fn read(raw: &[u8]) -> Option<(u64, Call)> {
    let (payload, rest) = rlp_item(raw, 0xc0)?;
    if !rest.is_empty() {
        return None;
    }
    let mut parts = Vec::new();
    let mut left = payload;
    while !left.is_empty() {
        let (part, rest) = rlp_item(left, 0x80)?;
        parts.push(part);
        left = rest;
    }
    let [nonce, _, _, _, _, _, input, _] = parts.as_slice() else { return None };
    let nonce = nonce.iter().try_fold(0u64, |n, b| n.checked_mul(256)?.checked_add((*b).into()))?;
    let (selector, words) = input.split_at_checked(4)?;
    let (words, odd) = words.as_chunks::<32>();
    if !odd.is_empty() {
        return None;
    }
    if selector == BATCH_CONFIRM {
        return Some((nonce, Call::Confirm(words.to_vec())));
    }
    let mut requests = Vec::new();
    let mut left = words;
    while let [user, count, rest @ ..] = left {
        let (fields, rest) = rest.split_at_checked(usize::from(count[31]))?;
        let user = user[10..].try_into().ok()?;
        requests.push((user, fields.to_vec()));
        left = rest;
    }
    (selector == BATCH_INITIATE && left.is_empty()).then_some((nonce, Call::Initiate(requests)))
}

fn rlp_number(n: u64) -> Vec<u8> {
    let bytes = n.to_be_bytes();
    rlp_text(&bytes[n.leading_zeros() as usize / 8..])
}

fn rlp_text(text: &[u8]) -> Vec<u8> {
    match text {
        [byte @ 0..=0x7f] => vec![*byte],
        _ => rlp_with(0x80, text),
    }
}

fn rlp_list(items: &[&[u8]]) -> Vec<u8> {
    rlp_with(0xc0, &items.concat())
}

fn rlp_with(base: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(payload.len() + 9);
    if payload.len() < 56 {
        out.push(base + payload.len() as u8);
    } else {
        let length = (payload.len() as u64).to_be_bytes();
        let length = &length[(payload.len() as u64).leading_zeros() as usize / 8..];
        out.push(base + 55 + length.len() as u8);
        out.extend(length);
    }
    out.extend(payload);
    out
}

/// The first item of kind `base` and what follows it.
fn rlp_item(bytes: &[u8], base: u8) -> Option<(&[u8], &[u8])> {
    let first = *bytes.first()?;
    if first < 0x80 {
        return (base == 0x80).then(|| bytes.split_at(1));
    }
    let length = first.checked_sub(base)?;
    if length < 56 {
        return bytes[1..].split_at_checked(length.into());
    }
    let (digits, rest) = bytes[1..].split_at_checked(usize::from(length.checked_sub(55)?))?;
    if digits.len() > 4 {
        return None;
    }
    let length = digits.iter().fold(0usize, |n, b| n * 256 + usize::from(*b));
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corepass::core_id::{CoreId, Network};
    use crate::corepass::field::Field;

    fn request() -> ChainRequest {
        let user = CoreId::parse("ab22b1671b4f7ccc0b16a87514adde84513b6348232e", Network::Devin);
        ChainRequest {
            user: user.expect("valid"),
            fields: Field::ALL[..3].to_vec(),
            transmission: Some(format!("0x{:064x}", 7)),
        }
    }

    #[test]
    fn what_was_signed_reads_back() {
        let key = PrivateKey::generate([5; 57]);
        let raw = signed(&key, 3, &[1; 22], 300, Stage::Initiate, &[request(), request()]);
        let (nonce, call) = read(&raw).expect("a transaction");
        assert_eq!(nonce, 300);
        let Call::Initiate(requests) = call else { panic!("an initiate") };
        assert_eq!(requests.len(), 2);
        assert_eq!(requests[0].0, request().user.raw());
        assert_eq!(requests[1].1[2], Field::ALL[2].id());
        let raw = signed(&key, 3, &[1; 22], 0, Stage::Confirm, &[request()]);
        let mut seven = [0; 32];
        seven[31] = 7;
        assert_eq!(read(&raw), Some((0, Call::Confirm(vec![seven]))));
    }

    #[test]
    fn other_bytes_are_not_a_transaction() {
        let key = PrivateKey::generate([5; 57]);
        let raw = signed(&key, 3, &[1; 22], 1, Stage::Initiate, &[request()]);
        for end in 0..raw.len() {
            assert_eq!(read(&raw[..end]), None);
        }
        assert_eq!(read(&[raw.as_slice(), &[0]].concat()), None);
    }
}
