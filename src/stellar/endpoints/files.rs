//! `POST /kyc/customer/files`, `GET /kyc/customer/files`
//!
//! Files that a later request refers to by id.

use actix_web::web::{Data, Payload, ReqData};
use actix_web::{HttpRequest, HttpResponse};
use kyc_events::sealed::KeyId;
use kyc_projections::stellar_index::{StellarIndex, of_file};
use serde_json::{Value, json};
use uuid::Uuid;

use super::body::Form;
use super::door::Whose;
use super::service::{NOT_FOUND, Service, id_of_stream, stream_of};
use super::values::file_id;
use super::whom::Whom;
use crate::config::limits;
use crate::engine::Error::Rejected;
use crate::http::RequestId;
use crate::operator::subjects::instant;
use crate::stellar::caller::Caller;
use crate::stellar::customer::{Command, File, State};
use crate::stellar::error::Error;
use crate::stellar::sep9::media;

/// The endpoint for uploads: multipart, one part named `file`.
pub async fn upload(
    service: Data<Service>,
    id: ReqData<RequestId>,
    whose: Whose,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Error> {
    let bad = |text: &str| Error::BadRequest(text.to_owned());
    let form = Form::read(&service.room, &request, payload).await?;
    let Whom::Person(person) = service.whom(&whose.caller, &form).await? else {
        return Err(bad("a file is uploaded without 'id' and 'transaction_id'"));
    };
    let bytes = form.file("file").ok_or_else(|| bad("a part named 'file' is required"))?;
    let media = media::taken(bytes).ok_or_else(|| bad("the file is of no kind that is taken"))?;
    let customer = service.id_of(&person, service.current(&person));
    let stream = stream_of(customer);
    let state = service.state(&stream).await?;
    if state.is_erased {
        return Err(Error::Busy);
    }
    let key = service.key(customer, &state)?;
    service.expire(customer, key, &state, &id).await?;
    let registration = service.registration(&person, customer, key);
    let document = service.describe(key, bytes, media)?;
    let file = document.file;
    service.store(key, file, bytes.clone()).await?;
    let expires_at = service.parts.clock.now().saturating_add(limits::FILE_TTL_MS);
    let command = Command::StoreFile { registration, document, expires_at };
    let reply = match service.parts.customers.send(&stream, command, id.origin("wallet")).await {
        Err(Rejected(rejection)) => {
            service.remove(key, vec![file]);
            return Err(rejection.into());
        }
        reply => reply?,
    };
    let stored = reply.state.files.get(&file);
    let stored = stored.ok_or_else(|| Error::Unavailable("a file was not kept".to_owned()))?;
    Ok(HttpResponse::Ok().json(shown(customer, &reply.state, stored)))
}

/// The endpoint for looking: of one file, or of all of a customer. What is not there, or somebody
/// else's, is simply not in the list.
pub async fn list(
    service: Data<Service>,
    whose: Whose,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let query = Form::of_query(request.query_string())?;
    let found = match (query.text("file_id")?, query.text("customer_id")?) {
        (Some(_), Some(_)) | (None, None) => {
            let text = "either 'file_id' or 'customer_id' is required";
            return Err(Error::BadRequest(text.to_owned()));
        }
        (Some(file), None) => match file_id(file, "file_id") {
            Ok(file) => service.one(&whose.caller, file).await,
            Err(_) => Ok(Vec::new()),
        },
        (None, Some(customer)) => match Uuid::parse_str(customer) {
            Ok(customer) => service.all(&whose.caller, customer, |_| true).await,
            Err(_) => Ok(Vec::new()),
        },
    };
    let files = match found {
        Err(Error::NotFound(_)) => Vec::new(),
        found => found?,
    };
    Ok(HttpResponse::Ok().json(json!({ "files": files })))
}

impl Service {
    async fn one(&self, caller: &Caller, file: Uuid) -> Result<Vec<Value>, Error> {
        if !self.parts.models.wait_for_all().await {
            return Err(Error::Unavailable("the read models are behind".to_owned()));
        }
        let model = self.parts.models.of::<StellarIndex>();
        let stream = model.query(|rows| of_file(rows, file)).ok_or(NOT_FOUND)?;
        self.all(caller, id_of_stream(&stream)?, |one| *one == file).await
    }

    async fn all(
        &self,
        caller: &Caller,
        customer: Uuid,
        is_meant: impl Fn(&Uuid) -> bool,
    ) -> Result<Vec<Value>, Error> {
        let state = self.state(&stream_of(customer)).await?;
        if !self.is_own(caller, &state) || self.is_erased(customer) {
            return Err(NOT_FOUND);
        }
        let now = self.parts.clock.now();
        let files = state
            .files
            .iter()
            .filter(|(id, file)| is_meant(id) && (file.is_bound || now < file.expires_at));
        Ok(files.map(|(_, file)| shown(customer, &state, file)).collect())
    }

    /// Drops the customer's files whose time has passed.
    async fn expire(
        &self,
        customer: Uuid,
        key: KeyId,
        state: &State,
        request: &RequestId,
    ) -> Result<(), Error> {
        let now = self.parts.clock.now();
        let due = state.files.iter().filter(|(_, file)| !file.is_bound && file.expires_at <= now);
        for (file, _) in due {
            let command = Command::ExpireFile { file: *file };
            let stream = stream_of(customer);
            let sent = self.parts.customers.send(&stream, command, request.origin("timer")).await?;
            if !sent.state.files.contains_key(file) {
                self.remove(key, vec![*file]);
            }
        }
        Ok(())
    }
}

fn shown(customer: Uuid, state: &State, file: &File) -> Value {
    let mut shown = json!({
        "file_id": format!("file_{}", file.document.file),
        "content_type": file.document.media_type,
        "size": file.document.bytes,
    });
    if !file.is_bound {
        shown["expires_at"] = json!(instant(file.expires_at));
    }
    shown["customer_id"] =
        if state.is_registered { json!(customer.to_string()) } else { Value::Null };
    shown
}
