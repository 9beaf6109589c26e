//! `GET /kyc/customer`, `PUT /kyc/customer`
//!
//! What is needed of somebody, or how they stand; and what they give.

use actix_web::web::{Data, Payload, ReqData};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;
use uuid::Uuid;

use super::body::Form;
use super::door::Whose;
use super::service::{NOT_FOUND, Service, stream_of};
use super::values::Given;
use super::whom::Whom;
use crate::engine::Error::Rejected;
use crate::engine::handle::Origin;
use crate::http::RequestId;
use crate::stellar::customer::{Command, Rejection, State, Values};
use crate::stellar::error::Error;
use crate::stellar::sep9::{self, Format};
use crate::stellar::types::Type;

/// The endpoint.
pub async fn get(
    service: Data<Service>,
    id: ReqData<RequestId>,
    whose: Whose,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let query = Form::of_query(request.query_string())?;
    let (kind, lang) = (service.kind(query.text("type")?)?, query.lang()?);
    let whom = service.whom(&whose.caller, &query).await?;
    let shown = match service.found(&whom).await {
        Ok((stream, state)) => service.shown(&stream, state, kind, &lang, &id).await?,
        Err(Error::NotFound(_)) if matches!(whom, Whom::Person(_)) => {
            crate::stellar::answer::of_nobody(kind, &lang)
        }
        Err(error) => return Err(error),
    };
    Ok(HttpResponse::Ok().json(shown))
}

/// The endpoint. What it answers 202 to is on disk.
pub async fn put(
    service: Data<Service>,
    id: ReqData<RequestId>,
    whose: Whose,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Error> {
    let form = Form::read(&service.room, &request, payload).await?;
    let kind = service.kind(form.text("type")?)?;
    let whom = service.whom(&whose.caller, &form).await?;
    let given = Given::read(&form, kind)?;
    if !given.codes.is_empty() && !service.offers_verification {
        return Err(Error::NotOffered);
    }
    let put = Put { service: &service, origin: id.origin("wallet"), kind, given: &given };
    let customer = match &whom {
        Whom::Customer(customer) => {
            put.send(*customer, &whom).await?;
            *customer
        }
        Whom::Person(person) => {
            let mut erased = service.current(person);
            loop {
                let customer = service.id_of(person, erased);
                match put.send(customer, &whom).await {
                    // Erased a moment ago; who comes back starts anew.
                    Err(Error::NotFound(_)) if service.is_gone(customer).await? => erased += 1,
                    sent => break sent.map(|()| customer)?,
                }
            }
        }
    };
    Ok(HttpResponse::Accepted().json(json!({ "id": customer.to_string() })))
}

impl Service {
    async fn is_gone(&self, customer: Uuid) -> Result<bool, Error> {
        Ok(self.state(&stream_of(customer)).await?.is_erased || self.is_erased(customer))
    }
}

/// One command that stores what was given, whoever sends it.
pub(super) struct Put<'a> {
    pub service: &'a Service,
    pub origin: Origin,
    pub kind: &'a Type,
    pub given: &'a Given,
}

impl Put<'_> {
    pub async fn send(&self, customer: Uuid, whom: &Whom) -> Result<(), Error> {
        let Self { service, given, .. } = self;
        let stream = stream_of(customer);
        let state = service.state(&stream).await?;
        if state.is_erased {
            return Err(NOT_FOUND);
        }
        check_files(&state, given)?;
        let key = service.key(customer, &state)?;
        let registration = match whom {
            Whom::Person(person) => Some(service.registration(person, customer, key)),
            Whom::Customer(_) => None,
        };
        let stored = service.store_all(key, &state, &given.uploads).await?;
        let values = Values {
            kind: self.kind.into(),
            texts: given.texts.clone(),
            documents: stored.documents.clone(),
            files: given.files.clone(),
            codes: given.codes.clone(),
            ignored: given.ignored.clone(),
        };
        let command = Command::Put { registration, values };
        let origin = self.origin.clone();
        match service.parts.customers.send(&stream, command, origin).await {
            Ok(reply) => {
                service.settle(stored, Some(&reply.state));
                wrong_code(&reply.state, given.codes.keys())
            }
            Err(Rejected(rejection)) => {
                service.settle(stored, None);
                Err(rejection.into())
            }
            // Whether it is on disk is not known: what is not named there is swept later.
            Err(error) => Err(error.into()),
        }
    }
}

/// After a command with codes that was not rejected, an unverified field had a wrong one.
pub fn wrong_code<'a>(
    state: &State,
    mut names: impl Iterator<Item = &'a String>,
) -> Result<(), Error> {
    match names.find(|name| !state.are_verified([*name])) {
        Some(name) => Err(Error::BadRequest(format!("the verification code of '{name}' is wrong"))),
        None => Ok(()),
    }
}

/// A file that was uploaded before has to be of a kind that its field takes.
fn check_files(state: &State, given: &Given) -> Result<(), Error> {
    for (name, file) in &given.files {
        let unknown = || Error::from(Rejection::UnknownFile(name.clone()));
        let file = state.files.get(file).ok_or_else(unknown)?;
        let takes_videos = sep9::find(name).is_some_and(|f| f.format == Format::Liveness);
        if file.document.media_type.starts_with("video/") && !takes_videos {
            return Err(Error::BadRequest(format!("'{name}' is invalid: expected no video")));
        }
    }
    Ok(())
}
