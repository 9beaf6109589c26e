//! Values and codes from the client.

use std::collections::BTreeMap;

use kyc_events::sealed::{Sealed, Tag};
use kyc_events::stellar::{
    Content, CustomerRegistered, FieldVerified, FieldsProvided, ProvidedField, VerificationFailed,
};
use uuid::Uuid;

use super::story::Story;
use super::{Registration, Rejection, State, Values};
use crate::config::limits;
use crate::verification_code::{Spent, code_of, is_same};

/// Codes first: a wrong one means that nothing else is stored.
pub(super) fn put(
    story: &mut Story<'_, '_>,
    registration: Option<&Registration>,
    values: &Values,
) -> Result<(), Rejection> {
    let is_new = !story.state.is_registered;
    if is_new && !values.codes.is_empty() {
        let name = values.codes.keys().next().cloned().unwrap_or_default();
        return Err(Rejection::NothingToVerify(name));
    }
    if is_new && registration.is_none() {
        return Err(Rejection::Unknown);
    }
    story.identify(registration)?;
    if !verify(story, &values.codes)? {
        return Ok(());
    }
    if is_new {
        story.note(CustomerRegistered {});
    }
    let fields = news(story, values)?;
    if !fields.is_empty() {
        let key = story.state.known().ok_or(Rejection::Unknown)?.key;
        let number = story.state.next_provision();
        let names: Vec<_> =
            values.ignored.iter().take(limits::IGNORED_NAMES_MAX).cloned().collect();
        let ignored = (!names.is_empty()).then(|| Sealed::open_value(&names));
        story.note(FieldsProvided { number, key, fields, ignored });
    }
    story.open(&values.kind);
    let sent = values.texts.keys().filter(|name| !values.codes.contains_key(*name));
    story.again = sent.cloned().collect();
    Ok(())
}

/// What is not known yet, by name.
fn news(story: &Story<'_, '_>, values: &Values) -> Result<Vec<ProvidedField>, Rejection> {
    let mut news = BTreeMap::new();
    for (name, text) in &values.texts {
        let tag = story.tag(&[b"value", name.as_bytes(), text.as_bytes()])?;
        news.insert(name.clone(), (tag, Content::Text(Sealed::open_value(text))));
    }
    for (name, document) in &values.documents {
        news.insert(name.clone(), (document.tag, Content::Document(document.clone())));
    }
    for (name, file) in &values.files {
        let stored = stored(&story.state, *file, story.context.now);
        let document = stored.ok_or_else(|| Rejection::UnknownFile(name.clone()))?;
        news.insert(name.clone(), (document.tag, Content::Document(document)));
    }
    let known = |name: &str, tag: Tag| story.state.fields.get(name).is_some_and(|f| f.tag == tag);
    let news = news.into_iter().filter(|(name, (tag, _))| !known(name, *tag));
    let fields = news.map(|(name, (tag, content))| {
        let revision = story.state.fields.get(&name).map_or(1, |field| field.revision + 1);
        ProvidedField { name, revision, tag, content }
    });
    Ok(fields.collect())
}

fn stored(state: &State, file: Uuid, now: i64) -> Option<kyc_events::stellar::Document> {
    let file = state.files.get(&file).filter(|file| file.is_bound || now < file.expires_at)?;
    Some(file.document.clone())
}

/// Whether all codes are right. If one is wrong, that is noted and nothing else.
pub(super) fn verify(
    story: &mut Story<'_, '_>,
    codes: &BTreeMap<String, String>,
) -> Result<bool, Rejection> {
    let key = story.state.known().ok_or(Rejection::Unknown)?.key;
    let now = story.context.now;
    let mut due = Vec::new();
    // All of this comes before any code is looked at: a bad companion must not help to guess.
    for (name, given) in codes {
        let nothing = || Rejection::NothingToVerify(name.clone());
        let field = story.state.fields.get(name).ok_or_else(nothing)?;
        let code = field.code.as_ref().ok_or_else(nothing)?;
        match code.spent(now).filter(|_| !field.is_verified) {
            Some(Spent::TooManyWrong) => return Err(Rejection::TooManyCodes(name.clone())),
            Some(Spent::Expired) => return Err(Rejection::CodeExpired(name.clone())),
            None => {}
        }
        due.push((name, given, code.id, field.is_verified));
    }
    let (mut right, mut wrong) = (Vec::new(), Vec::new());
    for (name, given, verification, is_verified) in due {
        let code = code_of(story.context.keys, key, verification);
        let code = code.map_err(|_| Rejection::KeysUnavailable)?.ok_or(Rejection::Erased)?;
        match (is_same(&code, given), is_verified) {
            (true, true) => {}
            (true, false) => right.push((name.clone(), verification)),
            (false, true) => return Err(Rejection::NothingToVerify(name.clone())),
            (false, false) => wrong.push((name.clone(), verification)),
        }
    }
    let all_right = wrong.is_empty();
    for (field, verification) in wrong {
        story.note(VerificationFailed { field, verification });
    }
    for (field, verification) in right.into_iter().filter(|_| all_right) {
        story.note(FieldVerified { field, verification });
    }
    Ok(all_right)
}
