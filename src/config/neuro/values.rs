//! Values that only `[neuro]` has.

use toml_edit::Value;
use url::Url;

use crate::config::value::{List, Raw, Setting, Whole, Wrong, quoted};
use crate::http::cors::Origins;
use crate::lockout::Ladder;
use crate::neuro::onboarding::profile::Photos;

/// Longest text for people, characters.
const TEXT_CHARS_MAX: usize = 500;
/// Photos that may be required, at most.
const PHOTOS_MAX: i64 = 20;

/// Text for people, in one line.
pub(super) struct Line(pub String);

impl Setting for Line {
    fn read(raw: &Raw) -> Result<Self, Wrong> {
        let is_good = |text: &&str| {
            let is_short = text.chars().count() <= TEXT_CHARS_MAX;
            is_short && !text.trim().is_empty() && !text.chars().any(char::is_control)
        };
        let text = raw.text().filter(is_good);
        text.map(|text| Self(text.to_owned()))
            .ok_or_else(|| raw.wrong(format!("a line of at most {TEXT_CHARS_MAX} characters")))
    }

    fn show(&self) -> String {
        quoted(&self.0)
    }
}

/// Photos: a number, or names.
impl Setting for Photos {
    fn read(raw: &Raw) -> Result<Self, Wrong> {
        if let Ok(count) = Whole::<0, PHOTOS_MAX>::read(raw) {
            return Ok(Self::Count(count.0 as u32));
        }
        let names = List::<Line, 0, { PHOTOS_MAX as usize }>::read(raw);
        let names = names.map(|all| all.0.into_iter().map(|name| name.0).collect());
        names
            .map(Self::Named)
            .map_err(|_| raw.wrong(format!("a number from 0 to {PHOTOS_MAX} or a list of names")))
    }

    fn show(&self) -> String {
        match self {
            Self::Count(count) => count.to_string(),
            Self::Named(names) => {
                let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
                format!("[{}]", names.join(", "))
            }
        }
    }
}

/// One rung of a ladder of lock-outs, as it is written.
struct Rung(u32, Option<u32>);

impl Setting for Rung {
    fn read(raw: &Raw) -> Result<Self, Wrong> {
        let read = || {
            let Raw::Toml(Value::InlineTable(table)) = raw else { return None };
            if table.iter().any(|(name, _)| !matches!(name, "failures" | "block_s")) {
                return None;
            }
            let number = |name| u32::try_from(table.get(name)?.as_integer()?).ok();
            let block_s = match table.get("block_s") {
                Some(_) => Some(number("block_s")?),
                None => None,
            };
            Some(Self(number("failures")?, block_s))
        };
        read().ok_or_else(|| raw.wrong("{ failures = 5, block_s = 3600 }"))
    }

    fn show(&self) -> String {
        format!("{{ failures = {}, block_s = {} }}", self.0, self.1.unwrap_or(0))
    }
}

impl Setting for Ladder {
    fn read(raw: &Raw) -> Result<Self, Wrong> {
        let rungs = List::<Rung, 0, { crate::config::limits::LOCKOUT_RUNGS_MAX }>::read(raw)?;
        Self::of(rungs.0.into_iter().map(|Rung(failures, block_s)| (failures, block_s)))
            .map_err(|invalid| raw.wrong(format!("a ladder that rises: this one {invalid}")))
    }

    fn show(&self) -> String {
        let rungs = self.rungs().iter().map(|rung| Rung(rung.failures, rung.block_s));
        List::<Rung, 0, { usize::MAX }>(rungs.collect()).show()
    }
}

/// One origin.
struct Origin(String);

impl Setting for Origin {
    fn read(raw: &Raw) -> Result<Self, Wrong> {
        let is_good = |text: &&str| {
            let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
            url.is_some_and(|url| url.origin().ascii_serialization() == **text)
        };
        let text = raw.text().map(str::trim).filter(is_good);
        text.map(|text| Self(text.to_owned()))
            .ok_or_else(|| raw.wrong("an origin such as https://app.example.org").hide())
    }

    fn show(&self) -> String {
        quoted(&self.0)
    }
}

impl Setting for Origins {
    fn read(raw: &Raw) -> Result<Self, Wrong> {
        if raw.text().map(str::trim) == Some("*") {
            return Ok(Self::Any);
        }
        let all = List::<Origin, 0, 64>::read(raw)?;
        Ok(Self::These(all.0.into_iter().map(|origin| origin.0).collect()))
    }

    fn show(&self) -> String {
        match self {
            Self::Any => quoted("*"),
            Self::These(all) => {
                let all: Vec<String> = all.iter().map(|origin| quoted(origin)).collect();
                format!("[{}]", all.join(", "))
            }
        }
    }
}
