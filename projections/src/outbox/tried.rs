//! What was tried, and what came of it.

use kyc_events::Record;
use kyc_events::callback::DeliveryEvent;
use kyc_events::corepass::OrderRef;
use uuid::Uuid;

use super::{Delivery, Report, State, delivery_key, due_key, of_key, queue, report_key};
use crate::projection::{FoldError, event};
use crate::rows::Rows;

/// Events of a delivery.
pub(super) fn apply(rows: &mut Rows, record: &Record) -> Result<(), FoldError> {
    let Ok(id) = Uuid::parse_str(record.stream.key()) else { return Ok(()) };
    let key = delivery_key(id);
    let Some(mut row) = rows.get::<Delivery>(&key) else { return Ok(()) };
    let was_final = matches!(row.state, State::Delivered | State::Dead);
    match event(record)? {
        DeliveryEvent::Delivered(e) => {
            row.attempts = e.attempt;
            row.state = State::Delivered;
            row.last_error = None;
            queue::leave(rows, &row, record.recorded_at, was_final);
            report(rows, &row, Report::Succeeded, was_final);
            if row.content.is_minor() {
                rows.delete(&key);
                rows.delete(&of_key(&row.stream, id));
                return Ok(());
            }
        }
        DeliveryEvent::AttemptFailed(e) => {
            row.attempts = e.attempt;
            row.last_error =
                Some(e.status.map_or_else(|| e.kind.clone(), |status| format!("status {status}")));
            rows.delete(&due_key(row.due_at, id));
            if let Some(retry_at) = e.retry_at {
                row.state = State::Retrying;
                row.due_at = retry_at;
                rows.put(due_key(retry_at, id), &id);
            }
            if e.attempt == 1 {
                report(rows, &row, Report::Failed, was_final);
            }
        }
        DeliveryEvent::DeadLettered(_) => {
            row.state = State::Dead;
            queue::leave(rows, &row, record.recorded_at, was_final);
            report(rows, &row, Report::Exhausted, was_final);
        }
        DeliveryEvent::RedeliveryRequested(_) => {
            row.due_at = record.recorded_at;
            rows.put(due_key(row.due_at, id), &id);
        }
        DeliveryEvent::DeadLetterExported(_) => row.exported_at = Some(record.recorded_at),
        DeliveryEvent::DeadLetterRemoved(_) => {
            row.removed_at = Some(record.recorded_at);
            rows.delete(&due_key(row.due_at, id));
        }
    }
    rows.put(key, &row);
    Ok(())
}

/// The order learns of its data callback's outcome, and only of the first final one.
fn report(rows: &mut Rows, delivery: &Delivery, report: Report, was_final: bool) {
    if let Some(order) = delivery.content.reports_to()
        && !was_final
    {
        let of = OrderRef { stream: delivery.stream.clone(), order };
        rows.put(report_key(&of.stream, order), &(of, report));
    }
}
