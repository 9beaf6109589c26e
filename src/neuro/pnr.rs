//! Personal numbers: whether one can be, and how it is written.
//!
//! A number is looked at, not looked up: its length, its check digits, the date in it. It may still
//! be nobody's. The rules are each country's published ones.
//!
//! | countries | number | written as |
//! |---|---|---|
//! | SE, FI, DK, IS | personnummer, HETU, CPR (a date only), kennitala | `19811228-9874`, `131052-308T`, `211062-5629`, `120174-3399` |
//! | NO | fødselsnummer, D-nummer | 11 digits |
//! | EE, LT | isikukood, asmens kodas | 11 digits |
//! | PL, BG, RO, HR | PESEL, EGN, CNP, OIB | 11, 10, 13, 11 digits |
//! | SI, RS, BA, ME, MK | EMŠO, JMBG | 13 digits |
//! | CZ, SK | rodné číslo | `710319/2745` |
//! | NL, BE, FR | BSN, rijksregisternummer, NIR | 9 digits, `85.07.30-033.28`, 15 characters |
//! | ES, IT | DNI or NIE, codice fiscale | 9 and 16 characters |
//! | BR, CL | CPF, RUN | `390.533.447-05`, `12531909-2` |
//! | TR, ZA, CN | T.C. kimlik no, ID number, resident identity number | 11, 13, 18 characters |
//!
//! Written here: the library that knows most of these has few users, so its rules would have to be
//! checked one by one as well, and they are no longer than this.

mod digits;
mod elsewhere;
mod nordic;
mod slavic;
#[cfg(test)]
mod tests;
mod western;

/// What can be said about a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// No rules are known for the country.
    Unsupported,
    /// The country has no such number.
    Invalid,
    /// The country may have it; as it is written there.
    Valid(String),
}

/// Longest text that is looked at.
const BYTES_MAX: usize = 64;

/// The usual spelling of a number in a year, if it is none that cannot be.
type Rule = fn(&str, i32) -> Option<String>;

/// Looks at a number of a country, by its code of two letters. `this_year` bounds dates of birth
/// and tells centuries apart.
pub fn validate(country: &str, number: &str, this_year: i32) -> Answer {
    let Some(rule) = rule(&country.to_ascii_uppercase()) else { return Answer::Unsupported };
    let number = number.trim();
    let known = (number.len() <= BYTES_MAX).then(|| rule(number, this_year)).flatten();
    known.map_or(Answer::Invalid, Answer::Valid)
}

/// Whether a country may have a number; `None`: nobody here knows that country's numbers.
pub fn can_be(country: &str, number: &str, this_year: i32) -> Option<bool> {
    match validate(country, number, this_year) {
        Answer::Unsupported => None,
        Answer::Invalid => Some(false),
        Answer::Valid(_) => Some(true),
    }
}

fn rule(country: &str) -> Option<Rule> {
    Some(match country {
        "SE" => nordic::se,
        "NO" => nordic::no,
        "DK" => nordic::dk,
        "FI" => nordic::fi,
        "IS" => nordic::is,
        "EE" | "LT" => nordic::ee,
        "PL" => slavic::pl,
        "BG" => slavic::bg,
        "CZ" | "SK" => slavic::cz,
        "HR" => slavic::hr,
        "SI" | "RS" | "BA" | "ME" | "MK" => slavic::si,
        "RO" => slavic::ro,
        "NL" => western::nl,
        "BE" => western::be,
        "FR" => western::fr,
        "ES" => western::es,
        "IT" => western::it,
        "BR" => elsewhere::br,
        "CL" => elsewhere::cl,
        "TR" => elsewhere::tr,
        "ZA" => elsewhere::za,
        "CN" => elsewhere::cn,
        _ => return None,
    })
}
