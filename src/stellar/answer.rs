//! A customer as one type, as JSON: what `GET /customer` answers and what a callback tells.

use kyc_events::StreamId;
use serde_json::{Map, Value, json};

use crate::callbacks::renderer::RenderError;
use crate::stellar::customer::State;
use crate::stellar::customer::view::{self, View, Why, text_of};
use crate::stellar::sep9;
use crate::stellar::types::{Type, Types};
use crate::vault::Vault;

/// What is asked.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// About whom.
    pub stream: &'a StreamId,
    /// As which type.
    pub kind: &'a str,
    /// In which language, ISO 639-1.
    pub lang: &'a str,
}

/// The answer; `None`: the customer is not looked at as this type.
pub fn answer(
    state: &State,
    asked: &Asked<'_>,
    types: &Types,
    vault: &Vault,
) -> Result<Option<Value>, RenderError> {
    let Some(view) = view::view(state, asked.kind) else { return Ok(None) };
    let id = state.is_registered.then(|| asked.stream.key());
    let kind = Shown { kind: types.find(Some(asked.kind)), lang: asked.lang };
    let words = |why: &Why| words(why, asked, vault);
    object(id, &view, &kind, &words).map(Some)
}

/// What a type needs of somebody about whom nothing is known: no id.
pub fn of_nobody(kind: &Type, lang: &str) -> Value {
    let view = view::of_nobody(&kind.requirement);
    let shown = Shown { kind: Some(kind), lang };
    object(None, &view, &shown, &|why| Ok(text_of(&why.reason.code, lang)))
        .unwrap_or_else(|_| json!({}))
}

/// The type as it is now, if the configuration still has it.
struct Shown<'a> {
    kind: Option<&'a Type>,
    lang: &'a str,
}

fn object(
    id: Option<&str>,
    view: &View,
    kind: &Shown<'_>,
    words: &dyn Fn(&Why) -> Result<String, RenderError>,
) -> Result<Value, RenderError> {
    let mut answer = Map::new();
    if let Some(id) = id {
        answer.insert("id".to_owned(), json!(id));
    }
    answer.insert("status".to_owned(), json!(view.status.word()));
    let mut wanted = Map::new();
    for field in &view.wanted {
        let shown = described(&field.name, field.is_optional, kind);
        wanted.insert(field.name.clone(), Value::Object(shown));
    }
    let mut provided = Map::new();
    for field in &view.provided {
        let mut shown = described(&field.name, field.is_optional, kind);
        shown.insert("status".to_owned(), json!(field.status.word()));
        if let Some(why) = &field.error {
            shown.insert("error".to_owned(), json!(words(why)?));
        }
        provided.insert(field.name.clone(), Value::Object(shown));
    }
    for (name, fields) in [("fields", wanted), ("provided_fields", provided)] {
        if !fields.is_empty() {
            answer.insert(name.to_owned(), Value::Object(fields));
        }
    }
    if let Some(why) = &view.message {
        answer.insert("message".to_owned(), json!(words(why)?));
    }
    Ok(Value::Object(answer))
}

fn described(name: &str, is_optional: bool, shown: &Shown<'_>) -> Map<String, Value> {
    let field = sep9::find(name);
    // A type may be gone from the configuration; SEP-9 is not.
    let (kind, lang) = (shown.kind, shown.lang);
    let built_in = || field.map_or("Field of SEP-9", |field| field.description);
    let description = kind.map_or_else(built_in, |kind| kind.description(name, lang));
    let choices = kind.map_or_else(
        || field.map_or(Vec::new(), |field| field.choices().to_vec()),
        |kind| kind.choices(name),
    );
    let mut shown = Map::new();
    shown.insert("type".to_owned(), json!(field.map_or("string", sep9::Field::type_word)));
    shown.insert("description".to_owned(), json!(description));
    if !choices.is_empty() {
        shown.insert("choices".to_owned(), json!(choices));
    }
    if is_optional {
        shown.insert("optional".to_owned(), json!(true));
    }
    shown
}

/// A reason in words.
fn words(why: &Why, asked: &Asked<'_>, vault: &Vault) -> Result<String, RenderError> {
    let Some(text) = &why.reason.text else { return Ok(text_of(&why.reason.code, asked.lang)) };
    let fields = vault.fields(asked.stream, "stellar.CustomerDecided");
    let text = text.read(&why.field, &fields);
    text.map_err(|error| RenderError::Unavailable(error.to_string()))?.ok_or(RenderError::Erased)
}
