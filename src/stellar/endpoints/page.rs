//! The customer page's `PUT /customer`: the same checks, the same command.

use actix_web::web::Bytes;
use uuid::Uuid;

use super::body::{Form, Value};
use super::customer::Put;
use super::service::Service;
use super::values::Given;
use super::whom::Whom;
use crate::pages::form::Part;
use crate::pages::stellar::{Fault, PutCustomer, PutRefused, Sent, Stored};
use crate::stellar::error::Error;

impl PutCustomer for Service {
    fn put(&self, sent: Sent) -> Stored<'_> {
        Box::pin(async move {
            let kind = self.types.find(Some(&sent.kind)).ok_or(PutRefused::Gone)?;
            let customer = Uuid::parse_str(sent.customer.key()).map_err(|_| PutRefused::Gone)?;
            let form = Form::of_parts(sent.parts.into_iter().map(|(name, part)| match part {
                Part::Text(text) => (name, Value::Text(text)),
                Part::File(bytes) => (name, Value::Part(Bytes::from(bytes))),
            }));
            // One by one, so that the page can say which is not good.
            for (name, value) in form.all() {
                let alone = Form::of_parts([(name.to_owned(), value.clone())]);
                Given::read(&alone, kind)
                    .map_err(|_| PutRefused::Part(name.to_owned(), Fault::Invalid))?;
            }
            let given = Given::read(&form, kind).map_err(|_| PutRefused::Busy)?;
            let put = Put { service: self, origin: sent.origin, kind, given: &given };
            let outcome = put.send(customer, &Whom::Customer(customer)).await;
            let code = given.codes.keys().next();
            outcome.map_err(|error| match (error, code) {
                (Error::BadRequest(text), Some(name)) => {
                    let is_wrong = text.ends_with("is wrong");
                    let fault = if is_wrong { Fault::WrongCode } else { Fault::OldCode };
                    PutRefused::Part(format!("{name}_verification"), fault)
                }
                (Error::NotFound(_), _) => PutRefused::Gone,
                (_, _) => PutRefused::Busy,
            })
        })
    }
}
