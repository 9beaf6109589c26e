//! From a body to values in their normal form.

use std::collections::BTreeMap;

use actix_web::web::Bytes;
use uuid::Uuid;

use super::body::{Form, Value};
use super::whom::NAMES;
use crate::config::limits;
use crate::stellar::error::Error;
use crate::stellar::sep9::{self, Entry, Field, MediaType};
use crate::stellar::types::Type;

/// What a body gives, by canonical field name. Holds personal data: never logged.
#[derive(Default)]
pub struct Given {
    /// Texts.
    pub texts: BTreeMap<String, String>,
    /// Files that came along.
    pub uploads: BTreeMap<String, (Bytes, MediaType)>,
    /// Files uploaded before.
    pub files: BTreeMap<String, Uuid>,
    /// Verification codes.
    pub codes: BTreeMap<String, String>,
    /// Names that are nothing of SEP-9, or never kept.
    pub ignored: Vec<String>,
}

impl Given {
    /// Checks everything before anything is kept.
    pub fn read(form: &Form, kind: &Type) -> Result<Self, Error> {
        let mut given = Self::default();
        for (name, value) in form.all().filter(|(name, _)| !NAMES.contains(name)) {
            match sep9::entry(name) {
                Some(Entry::Value(field)) if field.is_kept() => {
                    given.value(field, name, value, kind)?;
                }
                Some(Entry::Code(field)) => {
                    let code = value.text(name)?.to_owned();
                    put(&mut given.codes, field, code)?;
                }
                Some(Entry::File(field)) => {
                    put(&mut given.files, field, file_id(value.text(name)?, name)?)?;
                }
                Some(Entry::Value(_)) | None => {
                    if name.len() <= limits::IGNORED_NAME_BYTES_MAX {
                        given.ignored.push(name.to_owned());
                    }
                }
            }
        }
        let twice = given.files.keys().find(|name| given.uploads.contains_key(*name));
        match twice {
            Some(name) => Err(Error::BadRequest(format!("'{name}' is given twice"))),
            None => Ok(given),
        }
    }

    fn value(
        &mut self,
        field: &'static Field,
        name: &str,
        value: &Value,
        kind: &Type,
    ) -> Result<(), Error> {
        if let (true, Value::Part(bytes)) = (field.is_binary(), value) {
            let media = field.read_file(bytes, limits::DOCUMENT_BYTES_MAX)?;
            return put(&mut self.uploads, field, (bytes.clone(), media));
        }
        let normal = field.read(value.text(name)?)?;
        if !kind.offers(field.name, &normal) {
            let choices = kind.choices(field.name).join(", ");
            let text = format!("'{}' is invalid: expected one of {choices}", field.name);
            return Err(Error::BadRequest(text));
        }
        put(&mut self.texts, field, normal)
    }
}

/// Two names of one field in one request contradict each other.
fn put<T>(all: &mut BTreeMap<String, T>, field: &Field, value: T) -> Result<(), Error> {
    match all.insert(field.name.to_owned(), value) {
        None => Ok(()),
        Some(_) => Err(Error::BadRequest(format!("'{}' is given twice", field.name))),
    }
}

/// `file_` and an id.
pub fn file_id(text: &str, name: &str) -> Result<Uuid, Error> {
    let id = text.trim().strip_prefix("file_").and_then(|id| Uuid::parse_str(id).ok());
    id.ok_or_else(|| Error::BadRequest(format!("'{name}' names no file of this customer")))
}
