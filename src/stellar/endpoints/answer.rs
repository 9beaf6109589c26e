//! The answer about a customer: that of `GET /customer`, of a verification, and of callbacks.

use kyc_events::StreamId;
use kyc_events::sealed::Opener;
use serde_json::{Map, Value, json};

use super::service::Service;
use crate::http::RequestId;
use crate::stellar::customer::view::{self, View, Why};
use crate::stellar::customer::{Command, State};
use crate::stellar::error::Error;
use crate::stellar::sep9;
use crate::stellar::types::Type;

/// Name of the events in which reasons are sealed.
const DECIDED: &str = "stellar.CustomerDecided";

impl Service {
    /// The customer as this type, by the rules of now.
    pub async fn shown(
        &self,
        stream: &StreamId,
        kind: &Type,
        lang: &str,
        request: &RequestId,
    ) -> Result<Value, Error> {
        let open = Command::Open { kind: kind.into() };
        let reply = self.parts.customers.send(stream, open, request.origin("wallet")).await?;
        let opener = self.parts.vault.fields(stream, DECIDED);
        render(stream, &reply.state, kind, lang, &opener)
            .ok_or_else(|| Error::Unavailable("a type was not opened".to_owned()))
    }
}

/// What a type needs of somebody about whom nothing is known: no id.
pub fn of_nobody(kind: &Type, lang: &str) -> Value {
    object(None, &view::of_nobody(&kind.requirement), kind, lang, &|why| code(why, lang))
}

/// A registered customer as this type; `None`: the type was not opened.
pub fn render(
    stream: &StreamId,
    state: &State,
    kind: &Type,
    lang: &str,
    opener: &dyn Opener,
) -> Option<Value> {
    let view = view::view(state, &kind.name)?;
    let words = |why: &Why| {
        let text = why.reason.text.as_ref().map(|text| text.read(&why.field, opener));
        text.and_then(Result::ok).flatten().unwrap_or_else(|| code(why, lang))
    };
    Some(object(Some(stream.key()), &view, kind, lang, &words))
}

fn code(why: &Why, lang: &str) -> String {
    view::text_of(&why.reason.code, lang)
}

fn object(
    id: Option<&str>,
    view: &View,
    kind: &Type,
    lang: &str,
    words: &dyn Fn(&Why) -> String,
) -> Value {
    let mut answer = Map::new();
    if let Some(id) = id {
        answer.insert("id".to_owned(), json!(id));
    }
    answer.insert("status".to_owned(), json!(view.status.word()));
    let wanted = view.wanted.iter().map(|wanted| {
        let entry = field(&wanted.name, wanted.is_optional, kind, lang);
        (wanted.name.clone(), Value::Object(entry))
    });
    let wanted: Map<String, Value> = wanted.collect();
    if !wanted.is_empty() {
        answer.insert("fields".to_owned(), Value::Object(wanted));
    }
    let provided = view.provided.iter().map(|provided| {
        let mut entry = field(&provided.name, provided.is_optional, kind, lang);
        entry.insert("status".to_owned(), json!(provided.status.word()));
        if let Some(why) = &provided.error {
            entry.insert("error".to_owned(), json!(words(why)));
        }
        (provided.name.clone(), Value::Object(entry))
    });
    let provided: Map<String, Value> = provided.collect();
    if !provided.is_empty() {
        answer.insert("provided_fields".to_owned(), Value::Object(provided));
    }
    if let Some(why) = &view.message {
        answer.insert("message".to_owned(), json!(words(why)));
    }
    Value::Object(answer)
}

fn field(name: &str, is_optional: bool, kind: &Type, lang: &str) -> Map<String, Value> {
    let mut entry = Map::new();
    let word = sep9::find(name).map_or("string", sep9::Field::type_word);
    entry.insert("type".to_owned(), json!(word));
    entry.insert("description".to_owned(), json!(kind.description(name, lang)));
    let choices = kind.choices(name);
    if !choices.is_empty() {
        entry.insert("choices".to_owned(), json!(choices));
    }
    if is_optional {
        entry.insert("optional".to_owned(), json!(true));
    }
    entry
}
