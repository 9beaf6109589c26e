//! What asks for callbacks, and what forgets them.

use kyc_events::Record;
use kyc_events::corepass::{OrderRef, TransferEvent};
use kyc_events::neuro::IdentityEvent;
use kyc_events::stellar::{CustomerEvent, Status};
use uuid::Uuid;

use super::content::{Content, NeuroContent, StellarContent};
use super::{Delivery, Report, State, delivery_key, of_key, queue, report_key};
use crate::projection::{FoldError, event};
use crate::rows::Rows;

/// Events of a CorePass transfer.
pub(super) fn by_transfer(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
    match &*record.name {
        "corepass.CallbackRequested"
        | "corepass.CallbackFailed"
        | "corepass.OrderFinished"
        | "corepass.TransferErased" => {}
        _ => return Ok(()),
    }
    match event(record)? {
        TransferEvent::CallbackRequested(e) => {
            let content = Content::CorePass { order: e.order, told: e.content };
            ask(rows, record, e.delivery, content);
        }
        TransferEvent::CallbackFailed(e) => {
            let key = report_key(&record.stream, e.order);
            let row = rows.get::<(OrderRef, Report)>(&key);
            if row.is_some_and(|(_, report)| report == Report::Failed) {
                rows.delete(&key);
            }
        }
        TransferEvent::OrderFinished(e) => rows.delete(&report_key(&record.stream, e.order)),
        TransferEvent::TransferErased(_) => queue::forget(rows, &record.stream),
        _ => {}
    }
    Ok(())
}

/// Events of a Stellar customer.
pub(super) fn by_customer(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
    match &*record.name {
        "stellar.CallbackSet"
        | "stellar.CallbackRequested"
        | "stellar.CheckRequested"
        | "stellar.TransactionReleased"
        | "stellar.CustomerErased" => {}
        _ => return Ok(()),
    }
    match event(record)? {
        // What waits goes to the new URL, which has failed nobody yet.
        CustomerEvent::CallbackSet(_) => {
            let queue = StellarContent::STATUS;
            queue::hurry(rows, &record.stream, queue, record.recorded_at);
        }
        CustomerEvent::CallbackRequested(e) => {
            let told = StellarContent::Status { kind: e.kind, status: e.status };
            ask(rows, record, e.delivery, Content::Stellar(told));
        }
        CustomerEvent::CheckRequested(e) => {
            let told = StellarContent::Check { kind: e.kind, provider: e.provider };
            ask(rows, record, e.request, Content::Stellar(told));
        }
        CustomerEvent::TransactionReleased(e) => {
            let status = if e.accepted { Status::Accepted } else { Status::Rejected };
            let told = StellarContent::Transaction { transaction: e.transaction, status };
            ask(rows, record, e.delivery, Content::Stellar(told));
        }
        CustomerEvent::CustomerErased(_) => queue::forget(rows, &record.stream),
        _ => {}
    }
    Ok(())
}

/// Events of a Neuron identity.
pub(super) fn by_identity(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
    match &*record.name {
        "neuro.CheckRequested" => {
            if let IdentityEvent::CheckRequested(e) = event(record)? {
                let told = NeuroContent::Check { run: e.run, provider: e.provider };
                ask(rows, record, e.request, Content::Neuro(told));
            }
        }
        "neuro.IdentityErased" => queue::forget(rows, &record.stream),
        _ => {}
    }
    Ok(())
}

fn ask(rows: &mut Rows, record: &Record, id: Uuid, content: Content) {
    let delivery = Delivery {
        id,
        stream: record.stream.clone(),
        version: record.version,
        content,
        cause: record.event_id,
        state: State::Pending,
        attempts: 0,
        requested_at: record.recorded_at,
        due_at: record.recorded_at,
        last_error: None,
        exported_at: None,
        removed_at: None,
    };
    queue::enter(rows, &delivery);
    rows.put(of_key(&record.stream, id), &id);
    rows.put(delivery_key(id), &delivery);
}
