//! What authenticators are shown of an application: plain data, put together by whoever asks them.
//! Debug output shows none of it.

use std::collections::BTreeMap;
use std::fmt;

use kyc_events::sealed::Tag;
use kyc_events::{Millis, StreamId};
use uuid::Uuid;

use super::property;

/// An application.
#[derive(Clone)]
pub struct Application {
    /// The account that applies.
    pub account: StreamId,
    /// Its name.
    pub user_name: String,
    /// Its contacts.
    pub contacts: Contacts,
    /// Language of what the applicant is told; empty: English.
    pub language: String,
    /// Names and values in the order in which they are signed: the claims, then what the server
    /// says itself.
    pub properties: Vec<(String, String)>,
    /// How many of them are claims.
    pub claims: usize,
    /// HMAC of country and personal number, if both are claimed.
    pub person: Option<Tag>,
    /// In the order in which they came.
    pub attachments: Vec<Attachment>,
    /// Now.
    pub now: Millis,
}

/// How an account is reached; only what was verified.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Contacts {
    /// E-mail address.
    pub e_mail: Option<String>,
    /// Phone number.
    pub phone_nr: Option<String>,
}

/// An attached file. Its bytes are in the [`World`](super::World).
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its id.
    pub file: Uuid,
    /// The name that the client gave.
    pub file_name: String,
    /// What it shows, see [`photo::Names::base_name`](super::photo::Names::base_name).
    pub base_name: String,
    /// The content type that the client gave.
    pub media_type: String,
    /// How large it is.
    pub bytes: u64,
    /// Whether something has to be said of it, see
    /// [`Attached::is_assessed`](crate::neuro::identity::Attached::is_assessed).
    pub is_assessed: bool,
}

/// One claim.
#[derive(Clone, Copy)]
pub struct Claim<'a> {
    /// Index of the property; the first is 0.
    pub index: u32,
    /// The name as it is usually written; one of the client's own as it was sent.
    pub name: &'a str,
    /// What it is about; `None`: of the client's own.
    pub group: Option<property::Group>,
    /// Without white space around it.
    pub value: &'a str,
}

impl Application {
    /// What is claimed.
    pub fn claims(&self) -> impl Iterator<Item = Claim<'_>> {
        let claims = self.properties.iter().take(self.claims).zip(0..);
        claims.map(|((name, value), index)| {
            let known = property::known(name);
            Claim {
                index,
                name: known.map_or(name.as_str(), |(known, _)| known),
                group: known.map(|(_, group)| group),
                value: value.trim(),
            }
        })
    }

    /// The first claim of this name that says something.
    pub fn claim(&self, name: &str) -> Option<Claim<'_>> {
        let said = |claim: &Claim<'_>| !claim.value.is_empty();
        self.claims().find(|claim| claim.name.eq_ignore_ascii_case(name) && said(claim))
    }

    /// The claimed country in capitals, if it is two letters of ISO 3166.
    pub fn country(&self) -> Option<String> {
        self.claim("COUNTRY").and_then(|claim| country(claim.value))
    }

    /// Files that have to be looked at.
    pub fn photos(&self) -> impl Iterator<Item = &Attachment> {
        self.attachments.iter().filter(|one| one.is_assessed)
    }

    /// What it is made of, by name.
    pub fn items(&self) -> Items {
        let claims = self.properties.iter().take(self.claims).map(|(name, _)| name.clone());
        let photos = self.photos().map(|one| (one.file, one.file_name.clone()));
        Items { claims: claims.collect(), photos: photos.collect() }
    }
}

/// A country in capitals, if it is two letters of ISO 3166.
pub(super) fn country(value: &str) -> Option<String> {
    let code = value.to_ascii_uppercase();
    crate::stellar::sep9::is_alpha2(&code).then_some(code)
}

/// What an assessment is about, by name.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Items {
    /// Names of the claimed properties.
    pub claims: Vec<String>,
    /// Names of the files that have to be looked at, as the client gave them.
    pub photos: BTreeMap<Uuid, String>,
}

impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (claims, attachments) = (self.claims, self.attachments.len());
        write!(f, "Application({claims} claims, {attachments} attachments)")
    }
}

impl fmt::Debug for Items {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Items({} claims, {} photos)", self.claims.len(), self.photos.len())
    }
}
