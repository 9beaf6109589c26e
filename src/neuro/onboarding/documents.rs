//! `documents`: whether an application has what its profile requires, and whether it contradicts
//! itself. Proves nothing: only where the profile says that claims are believed
//! ([`self_declared`](super::profile::Profile::self_declared)) those count as right that no rule
//! contradicts, of the names that are known; contacts are left to `contact`.
//!
//! | looked at | codes |
//! |---|---|
//! | required properties, photos | the property's own, `NotValid` |
//! | names | `FirstNameInvalid`, `LastNameInvalid`, `FullNameInvalid` |
//! | `BDAY`, `BMONTH`, `BYEAR`, `AGEABOVE` | see [`birth`] |
//! | `PNR` | `PersonalNumberInvalid`; without a country `CountryNotSpecified` |
//! | `COUNTRY`, `NATIONALITY`, `GENDER` | `CountryNotSupported`, `NationalityInvalid`, `GenderInvalid` |
//! | `EXPIRY`, `DOCEXPIRY`: year-month-day | `NotValid` |
//! | the same name twice | `NotValid` |
//! | first bytes of photos | `InvalidFormat`: no image; `InvalidType`: another one than declared |

mod birth;
mod files;

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike as _, NaiveDate};

use super::application::country;
use super::contact::digits;
use super::making::Making;
use super::profile::Profile;
use super::property::Group;
use super::{Application, Assessing, Authenticator, Claim, Code, Grade, Words, World};

const NAME: &str = "documents";
/// Our own names for the day after which a document is not good any more.
const EXPIRY: [&str; 2] = ["EXPIRY", "DOCEXPIRY"];

/// Whether this may be a personal number of this country (two letters, capitals) in this year;
/// `None`: nobody here knows that country's numbers.
pub type PersonalNumbers = fn(country: &str, number: &str, this_year: i32) -> Option<bool>;

/// See the module.
pub struct Documents {
    profile: Profile,
    numbers: PersonalNumbers,
}

impl Documents {
    /// By this profile.
    pub fn new(profile: Profile, numbers: PersonalNumbers) -> Self {
        Self { profile, numbers }
    }

    fn required(&self, application: &Application, making: &mut Making<'_>) {
        for name in &self.profile.required {
            if !is_there(application, name) {
                making.missing(code_of(name), name);
            }
        }
    }

    fn claims(&self, application: &Application, making: &mut Making<'_>) {
        let today = day_of(application.now);
        let mut seen = BTreeSet::new();
        for claim in application.claims() {
            if !seen.insert(claim.name.to_ascii_uppercase()) {
                making.invalid(claim.index, Code::NotValid);
            } else if EXPIRY.iter().any(|name| name.eq_ignore_ascii_case(claim.name)) {
                match NaiveDate::parse_from_str(claim.value, "%Y-%m-%d") {
                    Ok(last) if last >= today => {}
                    Ok(_) => {
                        making.invalid_in_words(claim.index, Code::NotValid, Words::Expired);
                    }
                    Err(_) => making.invalid(claim.index, Code::NotValid),
                }
            } else if let Some(code) = self.wrong(application, &claim) {
                making.invalid(claim.index, code);
            }
        }
        if let Some(claim) = application.claim("PNR").filter(|one| !making.is_marked(one.index)) {
            self.personal_number(application, &claim, making);
        }
    }

    /// What is wrong with a claim by itself.
    fn wrong(&self, application: &Application, claim: &Claim<'_>) -> Option<Code> {
        let (value, code) = (claim.value, code_of(claim.name));
        let is_good = match claim.name {
            // Whoever gives the parts does not give the whole.
            "FULLNAME" => {
                let has = |name| application.claim(name).is_some();
                is_name(value) && !["FIRST", "MIDDLE", "LAST"].into_iter().any(has)
            }
            "FIRST" | "MIDDLE" | "LAST" => is_name(value),
            "COUNTRY" => !self.profile.iso3166 || country(value).is_some(),
            "NATIONALITY" => country(value).is_some(),
            "GENDER" => ["M", "F", "X"].iter().any(|one| one.eq_ignore_ascii_case(value)),
            "PHONE" => digits(value).is_some(),
            "EMAIL" => value.split_once('@').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty()),
            // Those go together; and what is empty there says nothing of a date.
            "BDAY" | "BMONTH" | "BYEAR" | "AGEABOVE" => true,
            _ if claim.group == Some(Group::Process) => true,
            _ => !value.is_empty(),
        };
        let code = if claim.name == "COUNTRY" { Code::CountryNotSupported } else { code };
        (!is_good).then_some(code)
    }

    fn personal_number(
        &self,
        application: &Application,
        claim: &Claim<'_>,
        making: &mut Making<'_>,
    ) {
        let this_year = day_of(application.now).year();
        let can_be = |country: String| (self.numbers)(&country, claim.value, this_year);
        match application.country().map(can_be) {
            None => making.open(claim.index, Code::CountryNotSpecified),
            Some(Some(false)) => making.invalid(claim.index, Code::PersonalNumberInvalid),
            Some(Some(true) | None) => {}
        }
    }

    /// What nothing speaks against, where that is enough.
    fn believe(&self, application: &Application, making: &mut Making<'_>) {
        for claim in application.claims() {
            let is_believed = match claim.group {
                Some(Group::Process) => true,
                Some(Group::Person | Group::Address | Group::Organisation) => {
                    self.profile.self_declared
                }
                Some(Group::Contact | Group::Reserved) => false,
                None => {
                    self.profile.self_declared
                        && EXPIRY.iter().any(|name| name.eq_ignore_ascii_case(claim.name))
                }
            };
            if is_believed && !making.is_marked(claim.index) {
                making.valid(claim.index);
            }
        }
    }
}

impl Authenticator for Documents {
    fn name(&self) -> &str {
        NAME
    }

    fn grade(&self, _: &Application) -> Grade {
        Grade::Ok
    }

    fn assess<'a>(&'a self, application: &'a Application, world: &'a dyn World) -> Assessing<'a> {
        Box::pin(async move {
            let mut making = Making::new(NAME, application);
            self.required(application, &mut making);
            self.claims(application, &mut making);
            birth::judge(application, self.profile.min_age, &mut making);
            self.believe(application, &mut making);
            files::judge(&self.profile, application, world, &mut making).await;
            making.done()
        })
    }
}

/// A name may be given in parts or as a whole: the first word, the last one, and what is between.
fn is_there(application: &Application, name: &str) -> bool {
    let has = |name| application.claim(name).is_some();
    let words = || application.claim("FULLNAME").map_or(0, |c| c.value.split_whitespace().count());
    has(name)
        || match name {
            "FIRST" => words() >= 1,
            "LAST" => words() >= 2,
            "MIDDLE" => words() >= 3,
            "FULLNAME" => has("FIRST") && has("LAST"),
            _ => false,
        }
}

fn is_name(text: &str) -> bool {
    text.chars().any(char::is_alphabetic) && !text.chars().any(|c| c.is_control() || c.is_numeric())
}

/// What is said of a property that is missing or malformed.
fn code_of(name: &str) -> Code {
    match name {
        "FIRST" | "MIDDLE" => Code::FirstNameInvalid,
        "LAST" => Code::LastNameInvalid,
        "FULLNAME" => Code::FullNameInvalid,
        "PNR" => Code::MissingPNr,
        "GENDER" => Code::GenderInvalid,
        "NATIONALITY" => Code::NationalityInvalid,
        "BDAY" => Code::BirthDayInvalid,
        "BMONTH" => Code::BirthMonthInvalid,
        "BYEAR" => Code::BirthYearInvalid,
        "COUNTRY" => Code::CountryNotSpecified,
        "EMAIL" | "PHONE" => Code::EMailOrPhoneInvalid,
        _ => Code::NotValid,
    }
}

/// The day it is somewhere at this instant, UTC.
fn day_of(now: kyc_events::Millis) -> NaiveDate {
    DateTime::from_timestamp_millis(now).unwrap_or_default().date_naive()
}

#[cfg(test)]
mod tests;
