//! Amounts of money: exact, in hundred-millionths.
//!
//! ```text
//! text     EUR:1000   EUR:0.5   KUDOS:4.00000001
//!          currency 1 to 11 letters A–Z, value at most 2^52, at most 8 digits behind the dot
//! signed   value u64 BE │ fraction u32 BE, units of 1e-8 │ currency, 12 bytes, padded with NUL
//! ```
//!
//! Source: Taler docs, `api-common`; exchange `src/util/amount.c`, 2024-12.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Letters of a currency.
const CURRENCY_CHARS_MAX: usize = 11;
/// Digits behind the dot.
const FRACTION_DIGITS_MAX: usize = 8;
/// Units of the fraction in one of the value.
const FRACTION_BASE: u32 = 100_000_000;
/// The largest value: every JSON reader holds it exactly.
const VALUE_MAX: u64 = 1 << 52;

/// Bytes in a signed message.
pub const BINARY_BYTES: usize = 24;

/// An amount of one currency.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Amount {
    value: u64,
    fraction: u32,
    /// Letters, then NUL.
    currency: [u8; 12],
}

/// The text or bytes are no amount. Never carries them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// Not 1 to 11 letters A–Z before a colon.
    #[error("the currency is not 1 to 11 letters A to Z")]
    Currency,
    /// Not digits, or above 2^52.
    #[error("the value is not a decimal number up to 2^52")]
    Value,
    /// Not 1 to 8 digits behind the dot.
    #[error("the fraction is not 1 to 8 digits")]
    Fraction,
}

/// Two amounts that do not go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// Of two currencies.
    #[error("the amounts are of two currencies")]
    Currency,
    /// The sum is above 2^52, or the difference below zero.
    #[error("the result is out of range")]
    OutOfRange,
}

impl Amount {
    /// Nothing, in this currency.
    pub fn zero(currency: &str) -> Result<Self, Invalid> {
        let letters = currency.as_bytes();
        let is_good = (1..=CURRENCY_CHARS_MAX).contains(&letters.len())
            && letters.iter().all(u8::is_ascii_uppercase);
        if !is_good {
            return Err(Invalid::Currency);
        }
        let mut padded = [0; 12];
        padded[..letters.len()].copy_from_slice(letters);
        Ok(Self { value: 0, fraction: 0, currency: padded })
    }

    /// From `CUR:VALUE[.FRACTION]`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let (currency, number) = text.split_once(':').ok_or(Invalid::Currency)?;
        let zero = Self::zero(currency)?;
        let (value, fraction) = match number.split_once('.') {
            Some((value, fraction)) => (value, Some(fraction)),
            None => (number, None),
        };
        let value = digits(value).filter(|value| *value <= VALUE_MAX).ok_or(Invalid::Value)?;
        let fraction = match fraction {
            None => 0,
            Some(text) if text.len() > FRACTION_DIGITS_MAX => return Err(Invalid::Fraction),
            Some(text) => {
                let places = (FRACTION_DIGITS_MAX - text.len()) as u32;
                digits(text).ok_or(Invalid::Fraction)? as u32 * 10_u32.pow(places)
            }
        };
        Ok(Self { value, fraction, ..zero })
    }

    /// The currency's letters.
    pub fn currency(&self) -> &str {
        let end = self.currency.iter().position(|byte| *byte == 0).unwrap_or(CURRENCY_CHARS_MAX);
        std::str::from_utf8(&self.currency[..end]).expect("invariant: letters A to Z")
    }

    /// Before the dot.
    pub fn value(&self) -> u64 {
        self.value
    }

    /// Behind the dot, units of 1e-8; below 100,000,000.
    pub fn fraction(&self) -> u32 {
        self.fraction
    }

    /// Whether it is nothing.
    pub fn is_zero(&self) -> bool {
        (self.value, self.fraction) == (0, 0)
    }

    /// Which is more.
    pub fn compare(&self, other: &Self) -> Result<Ordering, Mismatch> {
        self.same_currency(other)?;
        Ok((self.value, self.fraction).cmp(&(other.value, other.fraction)))
    }

    /// Both together.
    pub fn add(&self, other: &Self) -> Result<Self, Mismatch> {
        self.same_currency(other)?;
        // Below 2 × 10^8: a u32 holds it.
        let fraction = self.fraction + other.fraction;
        let carried = u64::from(fraction / FRACTION_BASE);
        let value = self.value + other.value + carried;
        if value > VALUE_MAX {
            return Err(Mismatch::OutOfRange);
        }
        Ok(Self { value, fraction: fraction % FRACTION_BASE, ..*self })
    }

    /// What is left of it.
    pub fn subtract(&self, other: &Self) -> Result<Self, Mismatch> {
        if self.compare(other)? == Ordering::Less {
            return Err(Mismatch::OutOfRange);
        }
        let borrowed = u64::from(self.fraction < other.fraction);
        let value = self.value - other.value - borrowed;
        let fraction = self.fraction + borrowed as u32 * FRACTION_BASE - other.fraction;
        Ok(Self { value, fraction, ..*self })
    }

    /// As in a signed message.
    pub fn to_bytes(&self) -> [u8; BINARY_BYTES] {
        let mut bytes = [0; BINARY_BYTES];
        bytes[..8].copy_from_slice(&self.value.to_be_bytes());
        bytes[8..12].copy_from_slice(&self.fraction.to_be_bytes());
        bytes[12..].copy_from_slice(&self.currency);
        bytes
    }

    /// Reads [`Self::to_bytes`].
    pub fn from_bytes(bytes: &[u8; BINARY_BYTES]) -> Result<Self, Invalid> {
        let (value, rest) = bytes.split_first_chunk::<8>().ok_or(Invalid::Value)?;
        let (fraction, currency) = rest.split_first_chunk::<4>().ok_or(Invalid::Fraction)?;
        let value = u64::from_be_bytes(*value);
        let fraction = u32::from_be_bytes(*fraction);
        if value > VALUE_MAX {
            return Err(Invalid::Value);
        }
        if fraction >= FRACTION_BASE {
            return Err(Invalid::Fraction);
        }
        let letters = currency.split(|byte| *byte == 0).next().unwrap_or_default();
        let letters = std::str::from_utf8(letters).map_err(|_| Invalid::Currency)?;
        let zero = Self::zero(letters)?;
        if zero.currency[..] != *currency {
            return Err(Invalid::Currency);
        }
        Ok(Self { value, fraction, ..zero })
    }

    fn same_currency(&self, other: &Self) -> Result<(), Mismatch> {
        if self.currency == other.currency { Ok(()) } else { Err(Mismatch::Currency) }
    }
}

/// A decimal number: digits only, at least one. The standard library would also take a sign.
fn digits(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.currency(), self.value)?;
        if self.fraction == 0 {
            return Ok(());
        }
        let digits = format!("{:08}", self.fraction);
        write!(f, ".{}", digits.trim_end_matches('0'))
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Amount({self})")
    }
}

impl FromStr for Amount {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::taler::testing::{self, text};

    fn amount(text: &str) -> Amount {
        Amount::parse(text).expect("an amount")
    }

    #[test]
    fn the_vectors_come_out_both_ways() {
        for vector in testing::list("amounts") {
            let read = amount(text(&vector, "text"));
            assert_eq!(read.to_string(), text(&vector, "text"));
            assert_eq!(hex::encode(read.to_bytes()), text(&vector, "hex"));
            assert_eq!(Amount::from_bytes(&read.to_bytes()), Ok(read));
            let written = serde_json::to_value(read).expect("JSON");
            assert_eq!(written, vector["text"]);
            assert_eq!(serde_json::from_value::<Amount>(written).ok(), Some(read));
        }
    }

    #[test]
    fn zeros_that_say_nothing_are_read_and_not_written() {
        assert_eq!(amount("EUR:007.50000000").to_string(), "EUR:7.5");
        assert_eq!(amount("EUR:0.00000000").to_string(), "EUR:0");
    }

    #[test]
    fn other_texts_are_refused() {
        for wrong in [
            "",
            "EUR",
            "EUR:",
            ":5",
            "5",
            "eur:5",
            "EU1:5",
            "EUR 5",
            " EUR:5",
            "EUR:5 ",
            "EUR:+5",
            "EUR:-5",
            "EUR:5.",
            "EUR:.5",
            "EUR:5.123456789",
            "EUR:5.1.2",
            "EUR:5,1",
            "EUR:5e1",
            "EUR:5.+1",
            "EUR:4503599627370497",
            "EUR:99999999999999999999999",
            "TWELVELETTER:5",
            "ÄÖÜ:5",
        ] {
            assert!(Amount::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(amount("ELEVENCHARS:1").currency(), "ELEVENCHARS");
        assert_eq!(amount("EUR:4503599627370496.99999999").value(), VALUE_MAX);
    }

    #[test]
    fn other_bytes_are_refused() {
        let good = amount("EUR:1.5").to_bytes();
        for (at, byte) in [(0, 1), (8, 0xff), (12, b'e'), (15, b'1'), (20, b'X'), (23, 1)] {
            let mut bytes = good;
            bytes[at] = byte;
            assert!(Amount::from_bytes(&bytes).is_err(), "{at}");
        }
    }

    #[test]
    fn sums_carry_and_differences_borrow() {
        let (a, b) = (amount("EUR:1.6"), amount("EUR:2.50000001"));
        assert_eq!(a.add(&b), Ok(amount("EUR:4.10000001")));
        assert_eq!(b.subtract(&a), Ok(amount("EUR:0.90000001")));
        assert_eq!(a.subtract(&b), Err(Mismatch::OutOfRange));
        assert_eq!(a.compare(&b), Ok(Ordering::Less));
        assert!(a.subtract(&a).expect("the same").is_zero());
    }

    #[test]
    fn what_does_not_go_together_is_an_error() {
        let most = amount("EUR:4503599627370496");
        assert_eq!(most.add(&amount("EUR:1")), Err(Mismatch::OutOfRange));
        let tiny = amount("EUR:0.99999999");
        assert_eq!(most.add(&tiny).and_then(|sum| sum.add(&tiny)), Err(Mismatch::OutOfRange));
        let other = amount("CHF:1");
        assert_eq!(most.add(&other), Err(Mismatch::Currency));
        assert_eq!(most.subtract(&other), Err(Mismatch::Currency));
        assert_eq!(most.compare(&other), Err(Mismatch::Currency));
    }

    fn any_amount() -> impl Strategy<Value = Amount> {
        (0..=VALUE_MAX / 2, 0..FRACTION_BASE, "[A-Z]{1,11}").prop_map(
            |(value, fraction, currency)| {
                let zero = Amount::zero(&currency).expect("letters");
                Amount { value, fraction, ..zero }
            },
        )
    }

    proptest! {
        #[test]
        fn what_was_written_reads_back(amount in any_amount()) {
            prop_assert_eq!(Amount::parse(&amount.to_string()), Ok(amount));
            prop_assert_eq!(Amount::from_bytes(&amount.to_bytes()), Ok(amount));
        }

        #[test]
        fn what_was_added_can_be_taken_away(a in any_amount(), b in any_amount()) {
            let b = Amount { currency: a.currency, ..b };
            if let Ok(sum) = a.add(&b) {
                prop_assert_eq!(sum.subtract(&b), Ok(a));
                prop_assert_eq!(sum.subtract(&a), Ok(b));
            }
        }
    }
}
