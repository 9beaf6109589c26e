//! An application of Alice's, and a world that answers at once.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use kyc_events::StreamId;
use kyc_events::neuro::{ACCOUNT, Fault};
use kyc_events::sealed::Tag;
use uuid::Uuid;

use super::{Application, Attachment, Authenticator, Contacts, Known, Unavailable, World};
use crate::neuro::identity::Assessment;

/// 2026-09-25T10:11:12Z.
pub const NOW: i64 = 1_790_331_072_000;
pub const PNG: &[u8] = b"\x89PNG\r\n\x1a\n....";

/// `alice@d.example` claims this.
pub fn application(claims: &[(&str, &str)]) -> Application {
    let added = [("JID", "alice@d.example"), ("AGENT", "https://kyc.example/")];
    let text = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Application {
        account: StreamId::new(ACCOUNT, "alice").expect("a name"),
        user_name: "alice".to_owned(),
        contacts: Contacts {
            e_mail: Some("alice@example.org".to_owned()),
            phone_nr: Some("+46700000000".to_owned()),
        },
        language: String::new(),
        properties: claims.iter().chain(&added).map(text).collect(),
        claims: claims.len(),
        person: None,
        attachments: Vec::new(),
        now: NOW,
    }
}

/// A file that has to be looked at.
pub fn attachment(file: u128, base_name: &str, media_type: &str) -> Attachment {
    Attachment {
        file: Uuid::from_u128(file),
        file_name: format!("{base_name}.x"),
        base_name: base_name.to_owned(),
        media_type: media_type.to_owned(),
        bytes: 12,
        is_assessed: true,
    }
}

#[derive(Default)]
pub struct FakeWorld {
    pub files: BTreeMap<Uuid, Vec<u8>>,
    pub is_elsewhere: bool,
    pub is_broken: bool,
}

impl FakeWorld {
    fn answer<T>(&self, value: T) -> Result<T, Unavailable> {
        if self.is_broken { Err(Unavailable("broken".to_owned())) } else { Ok(value) }
    }
}

impl World for FakeWorld {
    fn read(&self, file: Uuid, bytes_max: usize) -> Known<'_, Vec<u8>> {
        let bytes = self.files.get(&file).cloned().unwrap_or_else(|| PNG.to_vec());
        Box::pin(async move { self.answer(bytes[..bytes.len().min(bytes_max)].to_vec()) })
    }

    fn is_approved_elsewhere<'a>(&'a self, _: Tag, _: &'a StreamId) -> Known<'a, bool> {
        Box::pin(async move { self.answer(self.is_elsewhere) })
    }
}

/// The answer of a future that does not wait.
pub fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}

pub fn assessed(
    authenticator: &dyn Authenticator,
    application: &Application,
    world: &dyn World,
) -> Assessment {
    let said = now(authenticator.assess(application, world));
    assert_eq!(said.authenticator, authenticator.name());
    said
}

/// Claims by index with the code of what is wrong or open; empty: right.
pub fn marks(said: &Assessment) -> Vec<(u32, &str)> {
    let code = |one: &crate::neuro::identity::Opinion| {
        use kyc_events::neuro::Standing;
        assert_eq!(one.code.is_none(), one.standing == Standing::Valid);
        one.code.is_some()
    };
    let marks = said.claims.iter().map(|(index, one)| {
        (*index, one.code.as_deref().filter(|_| code(one)).unwrap_or_default())
    });
    let mut marks: Vec<_> = marks.collect();
    marks.sort_unstable();
    marks
}

/// Whose fault, and its code.
pub fn problems(said: &Assessment) -> Vec<(Fault, &str)> {
    let problems = said.problems.iter();
    problems.map(|one| (one.fault, one.code.as_deref().unwrap_or_default())).collect()
}
