//! `contact`: whether claimed contacts are those that the account has proved to have.
//!
//! ```text
//! JID              account@our domain                 else InvalidJid
//! COUNTRY          two letters of ISO 3166            else CountryNotSupported; none: MissingCountry
//! EMAIL, PHONE     the account's, verified            else EMailOrPhoneInvalid
//! ```

use kyc_events::neuro::Fault;

use super::application::country;
use super::making::Making;
use super::{Application, Assessing, Authenticator, Code, Grade, World};
use crate::neuro::identity::Assessment;

const NAME: &str = "contact";

/// See the module.
pub struct Contact {
    domain: String,
}

impl Contact {
    /// For accounts of this domain: what stands behind `@` in their addresses.
    pub fn new(domain: &str) -> Self {
        Self { domain: domain.to_owned() }
    }

    fn judge(&self, application: &Application) -> Assessment {
        let mut making = Making::new(NAME, application);
        let contacts = &application.contacts;
        let address = format!("{}@{}", application.user_name, self.domain);
        for claim in application.claims() {
            let (is_right, code) = match claim.name {
                "JID" => (claim.value.eq_ignore_ascii_case(&address), Code::InvalidJid),
                "COUNTRY" => (country(claim.value).is_some(), Code::CountryNotSupported),
                "EMAIL" => {
                    let verified = contacts.e_mail.as_deref();
                    let is_same = |own: &str| own.eq_ignore_ascii_case(claim.value);
                    (verified.is_some_and(is_same), Code::EMailOrPhoneInvalid)
                }
                "PHONE" => {
                    let verified = contacts.phone_nr.as_deref();
                    let is_same =
                        |own: &str| digits(own).is_some_and(|own| digits(claim.value) == Some(own));
                    (verified.is_some_and(is_same), Code::EMailOrPhoneInvalid)
                }
                _ => continue,
            };
            if is_right {
                making.valid(claim.index);
            } else {
                making.invalid(claim.index, code);
            }
        }
        // The server's own address stands behind the claims.
        let added = application.properties.iter().skip(application.claims);
        let mut foreign = added.filter(|(name, _)| name.eq_ignore_ascii_case("JID"));
        if foreign.any(|(_, value)| !value.eq_ignore_ascii_case(&address)) {
            making.problem(Fault::Client, Code::InvalidJid);
        }
        if application.claim("COUNTRY").is_none() {
            making.missing(Code::MissingCountry, "COUNTRY");
        }
        if claims_no_contact(application) {
            making.missing(Code::EMailOrPhoneInvalid, "EMAIL, PHONE");
        }
        making.done()
    }
}

fn claims_no_contact(application: &Application) -> bool {
    application.claim("EMAIL").is_none() && application.claim("PHONE").is_none()
}

impl Authenticator for Contact {
    fn name(&self) -> &str {
        NAME
    }

    /// Who claims no contact is not asked for one: that is the profile's business.
    fn grade(&self, application: &Application) -> Grade {
        let (no_contact, has_country) =
            (claims_no_contact(application), application.claim("COUNTRY").is_some());
        match application.claim("JID") {
            None if no_contact => Grade::NotAtAll,
            _ if no_contact || !has_country => Grade::Barely,
            _ => Grade::Perfect,
        }
    }

    fn assess<'a>(&'a self, application: &'a Application, _: &'a dyn World) -> Assessing<'a> {
        Box::pin(async move { self.judge(application) })
    }
}

/// A phone number in the international form, `+` and digits; `None`: it is none.
pub(super) fn digits(phone: &str) -> Option<String> {
    let is_filling = |c: char| matches!(c, ' ' | '-' | '.' | '/' | '(' | ')');
    let bare: String = phone.chars().filter(|c| !is_filling(*c)).collect();
    let digits = bare.strip_prefix('+').or_else(|| bare.strip_prefix("00"))?;
    let is_good = (5..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    is_good.then(|| format!("+{digits}"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{FakeWorld, application, assessed, marks, problems};
    use super::*;

    fn judged(claims: &[(&str, &str)]) -> Assessment {
        assessed(&Contact::new("d.example"), &application(claims), &FakeWorld::default())
    }

    #[test]
    fn verified_contacts_are_right_however_they_are_written() {
        let said = judged(&[
            ("country", "se"),
            ("EMAIL", " Alice@Example.org"),
            ("Phone", "0046 (70) 000-00 00"),
            ("JID", "alice@d.example"),
            ("FIRST", "Alice"),
        ]);
        assert_eq!(marks(&said), [(0, ""), (1, ""), (2, ""), (3, "")]);
        assert!(problems(&said).is_empty());
    }

    #[test]
    fn other_contacts_are_wrong() {
        let said = judged(&[
            ("EMAIL", "mallory@example.org"),
            ("PHONE", "+46700000001"),
            ("JID", "mallory@d.example"),
            ("COUNTRY", "Sweden"),
        ]);
        let expected = [
            (0, "EMailOrPhoneInvalid"),
            (1, "EMailOrPhoneInvalid"),
            (2, "InvalidJid"),
            (3, "CountryNotSupported"),
        ];
        assert_eq!(marks(&said), expected);
        for phone in ["46700000000", "+46 70 x", "+", ""] {
            assert_eq!(
                marks(&judged(&[("COUNTRY", "SE"), ("PHONE", phone)])),
                [(0, ""), (1, "EMailOrPhoneInvalid")],
                "{phone}"
            );
        }
    }

    #[test]
    fn what_was_not_verified_is_wrong() {
        let mut one = application(&[("COUNTRY", "SE"), ("EMAIL", ""), ("PHONE", "")]);
        one.contacts = super::super::Contacts::default();
        let said = assessed(&Contact::new("d.example"), &one, &FakeWorld::default());
        let expected = [(0, ""), (1, "EMailOrPhoneInvalid"), (2, "EMailOrPhoneInvalid")];
        assert_eq!(marks(&said), expected);
    }

    #[test]
    fn country_and_contact_are_needed() {
        let said = judged(&[("EMAIL", "alice@example.org")]);
        assert_eq!(problems(&said), [(Fault::Client, "MissingCountry")]);
        let said = judged(&[("JID", "alice@d.example"), ("COUNTRY", "SE")]);
        assert_eq!(problems(&said), [(Fault::Client, "EMailOrPhoneInvalid")]);
    }

    #[test]
    fn an_address_of_another_domain_is_refused() {
        let one = application(&[("COUNTRY", "SE"), ("EMAIL", "alice@example.org")]);
        let said = assessed(&Contact::new("other.example"), &one, &FakeWorld::default());
        assert_eq!(problems(&said), [(Fault::Client, "InvalidJid")]);
    }

    #[test]
    fn who_claims_no_contact_is_not_looked_at() {
        let contact = Contact::new("d.example");
        let grade = |claims: &[(&str, &str)]| contact.grade(&application(claims));
        assert_eq!(grade(&[("COUNTRY", "SE"), ("FIRST", "Alice")]), Grade::NotAtAll);
        assert_eq!(grade(&[("EMAIL", "a@b")]), Grade::Barely);
        assert_eq!(grade(&[("JID", "a@b"), ("COUNTRY", "SE")]), Grade::Barely);
        assert_eq!(grade(&[("PHONE", "1"), ("COUNTRY", "SE")]), Grade::Perfect);
    }
}
