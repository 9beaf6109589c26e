//! What a request says, in whichever encoding: JSON, form, multipart, or the query of a URL.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, Payload};
use multer::{Constraints, Multipart, SizeLimit};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::form_urlencoded;

use crate::config::limits;
use crate::stellar::error::Error;

/// What stands beside a name.
#[derive(Clone)]
pub enum Value {
    /// Text.
    Text(String),
    /// A number of JSON.
    Number(String),
    /// A part of multipart: text or a file, as its name says.
    Part(Bytes),
    /// Anything else that JSON knows.
    Other,
}

/// Names and values. Holds personal data: never logged.
#[derive(Default)]
pub struct Form {
    values: BTreeMap<String, Value>,
    /// Kept as long as the files are in memory.
    _room: Option<OwnedSemaphorePermit>,
}

fn bad(text: impl Into<String>) -> Error {
    Error::BadRequest(text.into())
}

impl Form {
    /// Of the parts of a page's form.
    pub fn of_parts(parts: impl IntoIterator<Item = (String, Value)>) -> Self {
        Self { values: parts.into_iter().collect(), _room: None }
    }

    /// Of a query.
    pub fn of_query(text: &str) -> Result<Self, Error> {
        Self::of_pairs(text.as_bytes())
    }

    /// Of a request's body. None at all says nothing, whatever type it claims to have.
    pub async fn read(
        room: &Arc<Semaphore>,
        request: &HttpRequest,
        payload: Payload,
    ) -> Result<Self, Error> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.unwrap_or("").trim();
        let is_multipart = essence(kind) == "multipart/form-data";
        let permit = is_multipart.then(|| Arc::clone(room).try_acquire_owned()).transpose();
        let permit = permit.map_err(|_| Error::Busy)?;
        let bytes_max = if is_multipart {
            limits::MULTIPART_BODY_BYTES_MAX
        } else {
            limits::CUSTOMER_BODY_BYTES_MAX
        };
        let read = payload.to_bytes_limited(bytes_max);
        let body = match tokio::time::timeout(limits::LARGE_BODY_WITHIN, read).await {
            Ok(Ok(Ok(body))) => body,
            Ok(Ok(Err(_))) => return Err(bad("the body could not be read")),
            Ok(Err(_)) => return Err(Error::TooLarge),
            Err(_) => return Err(bad("the body did not come in time")),
        };
        let form = Self::parse(kind, body).await?;
        Ok(Self { _room: permit, ..form })
    }

    /// Of a body that is there, of this content type.
    pub async fn parse(kind: &str, body: Bytes) -> Result<Self, Error> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        match essence(kind).as_str() {
            "application/json" => Self::of_json(&body),
            "application/x-www-form-urlencoded" => Self::of_pairs(&body),
            "multipart/form-data" => Self::of_multipart(kind, body).await,
            _ => Err(Error::WrongContentType),
        }
    }

    fn of_pairs(text: &[u8]) -> Result<Self, Error> {
        let mut form = Self::default();
        for (name, value) in form_urlencoded::parse(text) {
            form.put(name.into_owned(), Value::Text(value.into_owned()))?;
        }
        Ok(form)
    }

    fn of_json(body: &[u8]) -> Result<Self, Error> {
        let object: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(body).map_err(|_| bad("the body is not a JSON object"))?;
        let mut form = Self::default();
        for (name, value) in object {
            let value = match value {
                serde_json::Value::Null => continue,
                serde_json::Value::String(text) => Value::Text(text),
                serde_json::Value::Number(number) => Value::Number(number.to_string()),
                serde_json::Value::Bool(_)
                | serde_json::Value::Array(_)
                | serde_json::Value::Object(_) => Value::Other,
            };
            form.put(name, value)?;
        }
        Ok(form)
    }

    async fn of_multipart(kind: &str, body: Bytes) -> Result<Self, Error> {
        let boundary = multer::parse_boundary(kind).map_err(|_| bad("the boundary is missing"))?;
        let sizes = SizeLimit::new().per_field(limits::DOCUMENT_BYTES_MAX as u64);
        let constraints = Constraints::new().size_limit(sizes);
        let mut parts =
            Multipart::with_reader_with_constraints(Cursor::new(body), boundary, constraints);
        let mut form = Self::default();
        while let Some(part) = parts.next_field().await.map_err(|error| unreadable(&error))? {
            let name = part.name().map(str::to_owned);
            let bytes = part.bytes().await.map_err(|error| unreadable(&error))?;
            form.put(name.ok_or_else(|| bad("a part has no name"))?, Value::Part(bytes))?;
        }
        Ok(form)
    }

    fn put(&mut self, name: String, value: Value) -> Result<(), Error> {
        if self.values.len() >= limits::BODY_NAMES_MAX {
            return Err(bad("too many names"));
        }
        match self.values.insert(name, value) {
            None => Ok(()),
            Some(_) => Err(bad("a name is given twice")),
        }
    }

    /// Every name and its value, in the order of the names.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// A file.
    pub fn file(&self, name: &str) -> Option<&Bytes> {
        match self.values.get(name)? {
            Value::Part(bytes) => Some(bytes),
            Value::Text(_) | Value::Number(_) | Value::Other => None,
        }
    }

    /// A text; an empty one counts as absent.
    pub fn text(&self, name: &str) -> Result<Option<&str>, Error> {
        let text = self.values.get(name).map(|value| value.text(name)).transpose()?;
        Ok(text.filter(|text| !text.is_empty()))
    }

    /// The same where a number will not do.
    pub fn word(&self, name: &str) -> Result<Option<&str>, Error> {
        match self.values.get(name) {
            Some(Value::Number(_)) => Err(not_a_text(name)),
            _ => self.text(name),
        }
    }

    /// The language asked for: one of ISO 639-1, English unless said.
    pub fn lang(&self) -> Result<String, Error> {
        let asked = self.text("lang")?.unwrap_or("en").to_ascii_lowercase();
        let lang = asked.split(['-', '_']).next().unwrap_or("en");
        let known = crate::stellar::sep9::is_language(lang);
        Ok(if known { lang } else { "en" }.to_owned())
    }
}

impl Value {
    /// As text, if it is any.
    pub fn text(&self, name: &str) -> Result<&str, Error> {
        match self {
            Self::Text(text) | Self::Number(text) => Ok(text),
            Self::Part(bytes) => std::str::from_utf8(bytes).map_err(|_| not_a_text(name)),
            Self::Other => Err(not_a_text(name)),
        }
    }
}

fn essence(kind: &str) -> String {
    kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
}

fn not_a_text(name: &str) -> Error {
    bad(format!("'{name}' has to be a text"))
}

fn unreadable(error: &multer::Error) -> Error {
    match error {
        multer::Error::FieldSizeExceeded { .. } | multer::Error::StreamSizeExceeded { .. } => {
            Error::TooLarge
        }
        _ => bad("the body is not multipart/form-data"),
    }
}
