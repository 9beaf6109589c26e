//! Which events ask for a delivery, and for which: audit and replay match outcomes by that.
//!
//! What is asked for is told in the stream `callback.delivery-<id>`. A request's event has a name
//! that ends in `.CallbackRequested` and a field `delivery`; what asks in other words stands in
//! `OTHERS`.

use kyc_events::Record;
use serde::Deserialize;
use uuid::Uuid;

/// Events that ask in other words, and the field with the delivery's id.
const OTHERS: [(&str, &str); 3] = [
    ("stellar.CheckRequested", "request"),
    ("stellar.TransactionReleased", "delivery"),
    ("neuro.CheckRequested", "request"),
];

#[derive(Deserialize)]
struct Intent {
    #[serde(alias = "request")]
    delivery: Uuid,
}

/// The field that holds the delivery's id, if an event of this name asks for one.
pub fn field_of(event: &str) -> Option<&'static str> {
    if event.ends_with(".CallbackRequested") {
        return Some("delivery");
    }
    OTHERS.into_iter().find(|(name, _)| *name == event).map(|(_, field)| field)
}

/// The delivery that a record asks for.
pub fn of(record: &Record) -> Option<Result<Uuid, String>> {
    field_of(&record.name)?;
    let intent = minicbor_serde::from_slice::<Intent>(&record.payload);
    Some(intent.map(|intent| intent.delivery).map_err(|error| error.to_string()))
}
