//! Profiles: what an application needs, and who looks at it.
//!
//! | shipped | needs | asked |
//! |---|---|---|
//! | `default` | `FIRST`, `LAST`, `PNR`, `COUNTRY` by ISO 3166; no photo | `contact`, `documents`, `duplicate` |
//!
//! The configuration adds profiles, and replaces the shipped one, in `[neuro.profiles.NAME]`.

use super::{photo, property};

/// Profiles in one configuration, at most.
pub const PROFILES_MAX: usize = 100;
/// Whom one profile asks, at most.
pub const AUTHENTICATORS_MAX: usize = 8;
/// The profile of every application, unless configured otherwise.
pub const DEFAULT: &str = "default";

/// What an application needs, and who looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// Properties without which there is no identity, each once.
    pub required: Vec<String>,
    /// Photos that have to be attached.
    pub photos: Photos,
    /// Whether clients are told that they may ask their peers.
    pub peer_review: bool,
    /// Whether countries are two letters of ISO 3166.
    pub iso3166: bool,
    /// Years; `None`: any age will do.
    pub min_age: Option<u32>,
    /// Who is asked, each once; nobody: every application waits for an operator.
    pub authenticators: Vec<Asked>,
    /// Whether claims and photos that no rule contradicts are believed.
    pub self_declared: bool,
}

/// Photos that have to be attached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Photos {
    /// So many, of whatever.
    Count(u32),
    /// One of each of these reserved names.
    Named(Vec<String>),
}

impl Photos {
    /// How many.
    pub fn count(&self) -> usize {
        match self {
            Self::Count(count) => *count as usize,
            Self::Named(names) => names.len(),
        }
    }
}

/// Who is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// `contact`.
    Contact,
    /// `documents`.
    Documents,
    /// `duplicate`.
    Duplicate,
    /// `provider:NAME`.
    Provider(String),
}

impl Asked {
    /// From the word in a configuration.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "contact" => Some(Self::Contact),
            "documents" => Some(Self::Documents),
            "duplicate" => Some(Self::Duplicate),
            other => {
                let name = other.strip_prefix("provider:").filter(|name| !name.is_empty())?;
                Some(Self::Provider(name.to_owned()))
            }
        }
    }
}

/// A profile as somebody wrote it down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Properties without which there is no identity.
    pub required: Vec<String>,
    /// Photos that have to be attached.
    pub photos: Photos,
    /// Whether clients are told that they may ask their peers.
    pub peer_review: bool,
    /// Whether countries are two letters of ISO 3166.
    pub iso3166: bool,
    /// Years.
    pub min_age: Option<u32>,
    /// Words of [`Asked`].
    pub authenticators: Vec<String>,
    /// Whether claims and photos that no rule contradicts are believed.
    pub self_declared: bool,
}

impl Draft {
    /// The shipped profile, but for what is given.
    pub fn new(self_declared: bool) -> Self {
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
        Self {
            required: words(&["FIRST", "LAST", "PNR", "COUNTRY"]),
            photos: Photos::Count(0),
            peer_review: false,
            iso3166: true,
            min_age: None,
            authenticators: words(&["contact", "documents", "duplicate"]),
            self_declared,
        }
    }
}

/// What is wrong with a profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The name is not 1 to 64 of `a`–`z`, `A`–`Z`, `0`–`9`, `_`, `-`.
    #[error("expected a name of 1 to 64 letters, digits, - and _")]
    Name,
    /// A property that cannot be one.
    #[error("{0:?} is no name of a property: expected 1 to 64 letters, digits, - and _")]
    Property(String),
    /// A property that only the server gives.
    #[error("{0} is given by the server, so it cannot be asked for")]
    Reserved(String),
    /// No photo is called so.
    #[error("{0:?} is no photo; expected one of {list}", list = photo::RESERVED.join(", "))]
    Photo(String),
    /// The same again.
    #[error("{0} is listed twice")]
    Twice(String),
    /// No such authenticator.
    #[error("authenticators: expected contact, documents, duplicate or provider:NAME, found {0:?}")]
    Authenticator(String),
    /// Too many authenticators.
    #[error("authenticators: more than {AUTHENTICATORS_MAX}")]
    TooMany,
}

impl Draft {
    /// Checks it.
    pub fn check(self, name: &str) -> Result<Profile, Unfit> {
        if !is_name(name) {
            return Err(Unfit::Name);
        }
        let required =
            self.required.iter().map(|name| asked_for(name)).collect::<Result<_, _>>()?;
        let photos = match self.photos {
            Photos::Count(count) => Photos::Count(count),
            Photos::Named(names) => {
                let checked = names.into_iter().map(|name| match photo::reserved(&name) {
                    Some(reserved) => Ok(reserved.to_owned()),
                    None => Err(Unfit::Photo(name)),
                });
                Photos::Named(once(checked.collect::<Result<_, _>>()?)?)
            }
        };
        let words = once(self.authenticators)?;
        if words.len() > AUTHENTICATORS_MAX {
            return Err(Unfit::TooMany);
        }
        let asked = |word: String| Asked::parse(&word).ok_or(Unfit::Authenticator(word));
        Ok(Profile {
            name: name.to_owned(),
            required: once(required)?,
            photos,
            peer_review: self.peer_review,
            iso3166: self.iso3166,
            min_age: self.min_age,
            authenticators: words.into_iter().map(asked).collect::<Result<_, _>>()?,
            self_declared: self.self_declared,
        })
    }
}

fn is_name(name: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=64).contains(&name.len()) && name.bytes().all(good)
}

fn asked_for(name: &str) -> Result<String, Unfit> {
    match property::known(name) {
        // The server adds the account's address itself.
        Some((known @ "JID", _) | (known, property::Group::Reserved)) => {
            Err(Unfit::Reserved(known.to_owned()))
        }
        Some((known, _)) => Ok(known.to_owned()),
        None if is_name(name) => Ok(name.to_owned()),
        None => Err(Unfit::Property(name.to_owned())),
    }
}

fn once(list: Vec<String>) -> Result<Vec<String>, Unfit> {
    let is_again = |(at, name): &(usize, &String)| list[..*at].contains(name);
    match list.iter().enumerate().find(is_again) {
        Some((_, name)) => Err(Unfit::Twice(name.clone())),
        None => Ok(list),
    }
}

/// The profiles of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profiles {
    all: Vec<Profile>,
    default: usize,
}

impl Profiles {
    /// These and the shipped one, unless it is among them. `None`: there is no profile `default`.
    pub fn new(mut all: Vec<Profile>, default: &str, self_declared: bool) -> Option<Self> {
        if !all.iter().any(|one| one.name == DEFAULT) {
            let shipped = Draft::new(self_declared).check(DEFAULT);
            all.push(shipped.expect("invariant: the shipped profile is good"));
        }
        let default = all.iter().position(|one| one.name == default)?;
        Some(Self { all, default })
    }

    /// The profile of whoever names none.
    pub fn default(&self) -> &Profile {
        &self.all[self.default]
    }

    /// The profile of this name.
    pub fn find(&self, name: &str) -> Option<&Profile> {
        self.all.iter().find(|one| one.name == name)
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Profile> {
        self.all.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unfit(change: impl FnOnce(&mut Draft)) -> String {
        let mut draft = Draft::new(false);
        change(&mut draft);
        draft.check("mine").expect_err("wrong").to_string()
    }

    #[test]
    fn names_become_the_usual_ones() {
        let mut draft = Draft::new(true);
        draft.required = vec!["first".to_owned(), "Sport".to_owned()];
        draft.photos = Photos::Named(vec!["profilephoto".to_owned()]);
        draft.authenticators = vec!["provider:acme".to_owned()];
        let profile = draft.check("mine").expect("good");
        assert_eq!(profile.required, ["FIRST", "Sport"]);
        assert_eq!(profile.photos, Photos::Named(vec!["ProfilePhoto".to_owned()]));
        assert_eq!(profile.authenticators, [Asked::Provider("acme".to_owned())]);
    }

    #[test]
    fn mistakes_are_named() {
        let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert!(unfit(|draft| draft.required = list(&["agent"])).contains("AGENT is given by"));
        assert!(unfit(|draft| draft.required = list(&["JID"])).contains("JID is given by"));
        assert!(unfit(|draft| draft.required = list(&["a b"])).contains("no name of a property"));
        assert_eq!(unfit(|draft| draft.required = list(&["PNR", "pnr"])), "PNR is listed twice");
        let cat = Photos::Named(list(&["Cat"]));
        assert!(unfit(|draft| draft.photos = cat).starts_with("\"Cat\" is no photo; expected one"));
        for word in ["provider:", "acme", ""] {
            let said = unfit(|draft| draft.authenticators = list(&[word]));
            assert!(said.starts_with("authenticators: expected contact"), "{said}");
        }
        assert_eq!(Draft::new(true).check("a.b"), Err(Unfit::Name));
    }

    #[test]
    fn the_shipped_profile_is_there_unless_it_is_replaced() {
        let mine = Draft::new(false).check("mine").expect("good");
        let profiles = Profiles::new(vec![mine.clone()], "mine", true).expect("there");
        assert_eq!(profiles.default(), &mine);
        assert!(profiles.find(DEFAULT).is_some_and(|one| one.self_declared));
        assert!(Profiles::new(vec![mine], "other", true).is_none());
        let mut own = Draft::new(false).check(DEFAULT).expect("good");
        own.min_age = Some(18);
        let profiles = Profiles::new(vec![own.clone()], DEFAULT, true).expect("there");
        assert_eq!(profiles.all().collect::<Vec<_>>(), [&own]);
    }
}
