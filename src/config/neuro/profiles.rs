//! `[neuro]`: what applications have to meet. `[neuro.profiles.NAME]` describes a profile, or
//! replaces the shipped one; what it does not say is as in the shipped one:
//!
//! ```toml
//! [neuro.profiles.adults]
//! required = ["FIRST", "LAST", "PNR", "COUNTRY", "BDAY", "BMONTH", "BYEAR"]
//! photos = ["ProfilePhoto", "Passport"]          # or how many, of whatever
//! min_age = 18
//! authenticators = ["contact", "documents", "duplicate", "provider:acme"]
//! ```

use std::collections::BTreeMap;

use super::keys::{
    AUTHENTICATORS, DEFAULT_PROFILE, ISO3166, MIN_AGE, PEER_REVIEW, PHOTO_NAME, PHOTOS, REQUIRED,
    SELF_DECLARED,
};
use super::values::Line;
use crate::config::Providers;
use crate::config::error::Problem;
use crate::config::key::Key;
use crate::config::limits;
use crate::config::reader::Reader;
use crate::config::value::{List, Setting, Whole};
use crate::neuro::onboarding::photo;
use crate::neuro::onboarding::profile::{self, Asked, Draft, PROFILES_MAX, Profiles};

type Lines = List<Line, 0, { limits::NEURO_PROPERTIES_MAX }>;

/// The shipped profile and those of `[neuro.profiles.NAME]`.
pub(super) fn read(reader: &mut Reader, sandbox: bool) -> Profiles {
    let default = reader.setting::<Line>(&DEFAULT_PROFILE).0;
    let mut profiles = Vec::new();
    for (name, draft) in drafts(reader, sandbox) {
        let given = section(&name);
        match draft.check(&name) {
            Ok(checked) if profiles.len() < PROFILES_MAX => profiles.push(checked),
            Ok(_) => reader.reject_below(&given, Problem::TooManyProfiles { max: PROFILES_MAX }),
            Err(unfit) => reader.reject_below(&given, Problem::Profile(unfit)),
        }
    }
    let found = Profiles::new(profiles.clone(), &default, sandbox);
    found.unwrap_or_else(|| {
        reader.reject(&DEFAULT_PROFILE, Problem::UnknownProfile { name: default });
        Profiles::new(profiles, profile::DEFAULT, sandbox)
            .expect("invariant: the usual default is shipped")
    })
}

/// Whoever is asked has to be there.
pub(super) fn check_providers(reader: &mut Reader, profiles: &Profiles, known: &Providers) {
    for one in profiles.all() {
        for asked in &one.authenticators {
            match asked {
                Asked::Provider(name) if !known.contains_key(name) => {
                    let problem = Problem::UnknownProvider { name: name.clone() };
                    reader.reject_below(&section(&one.name), problem);
                }
                Asked::Provider(_) | Asked::Contact | Asked::Documents | Asked::Duplicate => {}
            }
        }
    }
}

/// What files are called that show something known.
pub(super) fn read_photo_names(reader: &mut Reader) -> photo::Names {
    let mut names = photo::Names::default();
    for ([file], shown) in reader.named::<Line, 1>(&PHOTO_NAME) {
        if !names.add(&file, &shown.0) {
            let problem = Problem::Profile(profile::Unfit::Photo(shown.0));
            reader.reject_below("neuro.photo_names", problem);
        }
    }
    names
}

fn section(name: &str) -> String {
    format!("neuro.profiles.{name}")
}

fn drafts(reader: &mut Reader, sandbox: bool) -> BTreeMap<String, Draft> {
    let mut drafts = Drafts { all: BTreeMap::new(), sandbox };
    let plain = |list: Lines| list.0.into_iter().map(|line| line.0).collect::<Vec<_>>();
    drafts.set::<Lines>(reader, &REQUIRED, |draft, list| draft.required = plain(list));
    drafts.set(reader, &PHOTOS, |draft, photos| draft.photos = photos);
    drafts.set(reader, &PEER_REVIEW, |draft, is_told| draft.peer_review = is_told);
    drafts.set(reader, &ISO3166, |draft, is_needed| draft.iso3166 = is_needed);
    drafts.set::<Whole<1, 130>>(reader, &MIN_AGE, |draft, age| draft.min_age = Some(age.0 as u32));
    drafts.set::<Lines>(reader, &AUTHENTICATORS, |draft, list| draft.authenticators = plain(list));
    drafts.set(reader, &SELF_DECLARED, |draft, is_believed| draft.self_declared = is_believed);
    drafts.all
}

struct Drafts {
    all: BTreeMap<String, Draft>,
    sandbox: bool,
}

impl Drafts {
    fn set<T: Setting>(
        &mut self,
        reader: &mut Reader,
        key: &Key,
        mut set: impl FnMut(&mut Draft, T),
    ) {
        for ([name], value) in reader.named::<T, 1>(key) {
            let draft = self.all.entry(name).or_insert_with(|| Draft::new(self.sandbox));
            set(draft, value);
        }
    }
}
