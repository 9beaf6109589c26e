//! `[retention]`: how long after its end something is kept, by protocol.

use chrono::{DateTime, Days, Months};
use kyc_events::corepass::TRANSFER;
use kyc_events::neuro::{ACCOUNT, IDENTITY};
use kyc_events::stellar::CUSTOMER;
use kyc_events::taler::PAYMENT_TARGET;
use kyc_events::{Millis, StreamId};

use super::key::{Fallback, Key};
use super::reader::Reader;
use super::value::{Raw, Setting, Wrong, quoted};

const COREPASS: Key = Key::new(
    "retention.corepass",
    Fallback::Toml("\"5 years\""),
    "how long after a person's last transfer ended they are due for erasure, for example `5 years`, `18 months`, `90 days`",
);

const STELLAR: Key = Key::new(
    "retention.stellar",
    Fallback::Toml("\"5 years\""),
    "the same for the last change to a Stellar customer",
);

const TALER: Key = Key::new(
    "retention.taler",
    Fallback::Toml("\"5 years\""),
    "the same for the last change to a payment target of Taler",
);

const NEURO: Key = Key::new(
    "retention.neuro",
    Fallback::Toml("\"5 years\""),
    "the same for the last change to an account or identity of the Agent API",
);

pub(super) const KEYS: &[&Key] = &[&COREPASS, &STELLAR, &TALER, &NEURO];

/// Retention by protocol.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// CorePass transfers. Default five years. `KYCD_RETENTION__COREPASS`.
    pub corepass: Period,
    /// Stellar customers. Default five years. `KYCD_RETENTION__STELLAR`.
    pub stellar: Period,
    /// Taler payment targets. Default five years. `KYCD_RETENTION__TALER`.
    pub taler: Period,
    /// Accounts and identities of the Agent API. Default five years. `KYCD_RETENTION__NEURO`.
    pub neuro: Period,
}

/// How long streams of one kind are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Kind of the streams.
    pub kind: &'static str,
    /// Whose they are: `corepass`, `stellar`, …
    pub protocol: &'static str,
    /// How long after their end.
    pub keep: Period,
}

impl Retention {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            corepass: reader.setting(&COREPASS),
            stellar: reader.setting(&STELLAR),
            taler: reader.setting(&TALER),
            neuro: reader.setting(&NEURO),
        }
    }

    /// All of them. A new protocol is a line here.
    fn rules(&self) -> impl Iterator<Item = Rule> {
        let table = [
            (TRANSFER, "corepass", self.corepass),
            (CUSTOMER, "stellar", self.stellar),
            (PAYMENT_TARGET, "taler", self.taler),
            (ACCOUNT, "neuro", self.neuro),
            (IDENTITY, "neuro", self.neuro),
        ];
        table.into_iter().map(|(kind, protocol, keep)| Rule { kind, protocol, keep })
    }

    /// The rule for a person with these streams: of several the longest. `None`: nothing of theirs
    /// is kept by a rule.
    pub fn rule(&self, streams: &[StreamId], now: Millis) -> Option<Rule> {
        let has = |rule: &Rule| streams.iter().any(|stream| stream.kind() == rule.kind);
        self.rules().filter(has).min_by_key(|rule| rule.keep.before(now))
    }

    /// Nobody whose last stream ended later is due at `now`, whatever the protocol.
    pub fn due_until(&self, now: Millis) -> Millis {
        self.rules().map(|rule| rule.keep.before(now)).max().unwrap_or(Millis::MIN)
    }
}

/// A span of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    count: u32,
    unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Days,
    Months,
    Years,
}

impl Unit {
    const WORDS: [(&'static str, Self); 6] = [
        ("days", Self::Days),
        ("day", Self::Days),
        ("months", Self::Months),
        ("month", Self::Months),
        ("years", Self::Years),
        ("year", Self::Years),
    ];
}

impl Period {
    /// The instant a period later; never, if the calendar ends before.
    pub fn after(self, at: Millis) -> Millis {
        let at = DateTime::from_timestamp_millis(at);
        let then = at.and_then(|at| match self.unit {
            Unit::Days => at.checked_add_days(Days::new(self.count.into())),
            Unit::Months => at.checked_add_months(Months::new(self.count)),
            Unit::Years => at.checked_add_months(Months::new(self.count * 12)),
        });
        then.map_or(Millis::MAX, |then| then.timestamp_millis())
    }

    /// The instant a period earlier.
    pub fn before(self, at: Millis) -> Millis {
        let at = DateTime::from_timestamp_millis(at);
        let then = at.and_then(|at| match self.unit {
            Unit::Days => at.checked_sub_days(Days::new(self.count.into())),
            Unit::Months => at.checked_sub_months(Months::new(self.count)),
            Unit::Years => at.checked_sub_months(Months::new(self.count * 12)),
        });
        then.map_or(Millis::MIN, |then| then.timestamp_millis())
    }
}

impl Setting for Period {
    fn read(raw: &Raw) -> Result<Self, Wrong> {
        let parsed = raw.text().and_then(|text| {
            let (count, unit) = text.trim().split_once(' ')?;
            let (_, unit) = Unit::WORDS.into_iter().find(|(word, _)| *word == unit.trim())?;
            let count = count.parse().ok().filter(|count| (0..=100_000).contains(count))?;
            Some(Self { count, unit })
        });
        parsed.ok_or_else(|| raw.wrong("a period such as 5 years, 18 months or 90 days"))
    }

    fn show(&self) -> String {
        let unit = match self.unit {
            Unit::Days => "days",
            Unit::Months => "months",
            Unit::Years => "years",
        };
        quoted(&format!("{} {unit}", self.count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Sources};

    fn period(text: &str) -> Period {
        let file = format!("retention.corepass = \"{text}\"");
        Config::load(Sources::of(&file, &[], &[])).expect("valid").retention.corepass
    }

    #[test]
    fn periods_are_those_of_the_calendar() {
        let at =
            |text: &str| DateTime::parse_from_rfc3339(text).expect("a time").timestamp_millis();
        let start = at("2026-01-31T12:00:00Z");
        assert_eq!(period("5 years").after(start), at("2031-01-31T12:00:00Z"));
        assert_eq!(period("1 month").after(start), at("2026-02-28T12:00:00Z"));
        assert_eq!(period("90 days").after(start), at("2026-05-01T12:00:00Z"));
        assert_eq!(period("5 years").before(at("2031-01-31T12:00:00Z")), start);
    }

    #[test]
    fn people_are_kept_by_the_rule_of_their_protocol_and_of_several_by_the_longest() {
        let (corepass, stellar, taler) = (period("2 years"), period("30 days"), period("1 year"));
        let retention = Retention { corepass, stellar, taler, neuro: taler };
        let now = 1_800_000_000_000;
        let stream = |kind| StreamId::new(kind, "a").expect("a name");
        let (transfer, customer) = (stream(TRANSFER), stream(CUSTOMER));
        let protocol = |streams: &[StreamId]| retention.rule(streams, now).map(|r| r.protocol);
        assert_eq!(protocol(std::slice::from_ref(&transfer)), Some("corepass"));
        assert_eq!(protocol(std::slice::from_ref(&customer)), Some("stellar"));
        assert_eq!(protocol(&[customer.clone(), transfer]), Some("corepass"));
        let target = stream(PAYMENT_TARGET);
        assert_eq!(protocol(&[customer.clone(), target]), Some("taler"));
        assert_eq!(protocol(&[stream("other.kind")]), None);
        assert_eq!(retention.rule(&[customer], now).map(|rule| rule.keep), Some(stellar));
        assert_eq!(retention.due_until(now), stellar.before(now));
    }

    #[test]
    fn other_texts_are_refused() {
        for bad in ["5", "years", "5y", "-1 years", "5 centuries", ""] {
            let file = format!("retention.corepass = \"{bad}\"");
            assert!(Config::load(Sources::of(&file, &[], &[])).is_err(), "{bad}");
        }
    }
}
