//! From outside, against customers in memory.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, web};
use kyc_events::log::EventReader as _;
use kyc_events::stellar::CUSTOMER;
use kyc_events::{Position, StreamId};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{Desk, routes};
use crate::http::with_request_id;
use crate::review::{Pieces, Queue, Reviews};
use crate::stellar::review::{CustomerReviews, Documents, Opened};
use crate::stellar::stage::{Stage, on_stage, stream};

/// Every document is this picture.
struct Pictures;

impl Documents for Pictures {
    fn open<'a>(&'a self, _: &'a StreamId, _: &'a kyc_events::stellar::Document) -> Opened<'a> {
        let pieces = [Ok(b"\x89PNG".to_vec()), Ok(b"\r\n\x1a\n".to_vec())];
        Box::pin(async { Ok(Some(Box::new(pieces.into_iter()) as Pieces)) })
    }
}

async fn ask(stage: &Stage, request: TestRequest) -> (StatusCode, Vec<u8>) {
    let reviews: Arc<dyn Reviews> = Arc::new(CustomerReviews {
        customers: stage.customers.clone(),
        models: stage.models.clone(),
        vault: Arc::clone(&stage.vault),
        documents: Arc::new(Pictures),
    });
    ask_of(stage, [(CUSTOMER, reviews)], request).await
}

async fn ask_of(
    stage: &Stage,
    protocols: impl IntoIterator<Item = (&'static str, Arc<dyn Reviews>)>,
    request: TestRequest,
) -> (StatusCode, Vec<u8>) {
    let desk = Desk {
        queue: Queue::of(stage.models.clone(), protocols),
        subjects: stage.subjects.clone(),
        models: stage.models.clone(),
    };
    let app =
        App::new().wrap(from_fn(with_request_id)).app_data(web::Data::new(desk)).configure(routes);
    let response = call_service(&init_service(app).await, request.to_request()).await;
    (response.status(), read_body(response).await.to_vec())
}

async fn get(stage: &Stage, path: &str) -> (u16, Json) {
    let (status, body) = ask(stage, TestRequest::get().uri(path)).await;
    (status.as_u16(), serde_json::from_slice(&body).expect("JSON"))
}

async fn post(stage: &Stage, id: Uuid, what: &str, body: &Json) -> (u16, Json) {
    let request = TestRequest::post().uri(&format!("/review/{id}/{what}")).set_json(body);
    let (status, body) = ask(stage, request).await;
    (status.as_u16(), serde_json::from_slice(&body).expect("JSON"))
}

fn field<'a>(review: &'a Json, name: &str) -> &'a Json {
    let fields = review["fields"].as_array().expect("fields");
    fields.iter().find(|field| field["name"] == name).expect("the field")
}

/// What was recorded last, and under which name.
fn last_event(stage: &Stage) -> (String, String) {
    let Position(size) = stage.log.size();
    let last = stage.log.read(Position(size - 1), 1).expect("reads").remove(0);
    (last.name.to_string(), last.stream.to_string())
}

#[test]
fn a_waiting_customer_is_in_the_queue_without_a_value() {
    on_stage(async |stage| {
        let id = stage.anna().await;
        let (status, list) = get(&stage, "/review?state=open").await;
        assert_eq!((status, list.as_array().map(Vec::len)), (200, Some(1)));
        assert_eq!(list[0]["id"], json!(id.to_string()));
        assert_eq!(list[0]["subject"], "stellar:anna");
        assert_eq!(list[0]["type"], "sep12-review");
        for other in ["claimed", "decided"] {
            let (_, none) = get(&stage, &format!("/review?state={other}")).await;
            assert_eq!(none, json!([]));
        }
        let (status, review) = get(&stage, &format!("/review/{id}")).await;
        assert_eq!((status, &review["status"]), (200, &json!("PROCESSING")));
        assert_eq!(field(&review, "photo_id_front")["state"], "PROCESSING");
        let text = review.to_string();
        assert!(!text.contains("Schmidt") && !text.contains("anna@x"), "{text}");
    });
}

#[test]
fn a_protocol_that_is_not_served_has_no_reviews() {
    on_stage(async |stage| {
        let id = stage.anna().await;
        let (status, body) = ask_of(&stage, [], TestRequest::get().uri("/review")).await;
        assert_eq!((status.as_u16(), &*body), (200, &b"[]"[..]));
        let one = TestRequest::get().uri(&format!("/review/{id}"));
        assert_eq!(ask_of(&stage, [], one).await.0, StatusCode::NOT_FOUND);
    });
}

#[test]
fn values_are_shown_for_a_reason_that_is_recorded() {
    on_stage(async |stage| {
        let id = stage.anna().await;
        let path = format!("/review/{id}?unseal");
        assert_eq!(get(&stage, &path).await.0, 400, "no reason");
        assert_eq!(get(&stage, &format!("{path}&reason=ask+Schmidt")).await.0, 400, "a name");
        assert!(!last_event(&stage).0.contains("Unsealed"));
        let (status, review) = get(&stage, &format!("{path}&reason=first+look&by=bert")).await;
        assert_eq!(status, 200);
        assert_eq!(field(&review, "last_name")["value"], "Schmidt");
        let photo = &field(&review, "photo_id_front")["value"];
        assert_eq!(photo["media_type"], "image/png");
        let (name, of) = last_event(&stage);
        assert_eq!(name, "subject.DataUnsealed");
        assert!(of.ends_with(&stage.vault.pseudonym("test", b"anna").to_hex()));
    });
}

#[test]
fn documents_are_shown_for_a_reason_that_is_recorded() {
    on_stage(async |stage| {
        let id = stage.anna().await;
        let path = format!("/review/{id}/documents/photo_id_front");
        assert_eq!(get(&stage, &path).await.0, 400);
        let nothing = format!("/review/{id}/documents/first_name?reason=look");
        assert_eq!(get(&stage, &nothing).await.0, 404, "no document");
        assert!(!last_event(&stage).0.contains("Unsealed"));
        let request = TestRequest::get().uri(&format!("{path}?reason=look"));
        let (status, body) = ask(&stage, request).await;
        assert_eq!((status.as_u16(), &body[1..4]), (200, &b"PNG"[..]));
        assert_eq!(last_event(&stage).0, "subject.DataUnsealed");
    });
}

#[test]
fn a_claim_keeps_others_away_and_shows_in_the_list() {
    on_stage(async |stage| {
        let id = stage.anna().await;
        let (status, row) = post(&stage, id, "claim", &json!({ "by": "bert" })).await;
        assert_eq!(
            (status, &row["state"], &row["claimed_by"]),
            (200, &json!("claimed"), &json!("bert"))
        );
        assert_eq!(post(&stage, id, "claim", &json!({ "by": "carl" })).await.0, 409);
        assert_eq!(post(&stage, id, "accept", &json!({ "by": "carl" })).await.0, 409);
        let (_, claimed) = get(&stage, "/review?state=claimed").await;
        assert_eq!(claimed.as_array().map(Vec::len), Some(1));
        // Who claimed it need not say so again.
        assert_eq!(post(&stage, id, "accept", &json!({})).await.0, 200);
        assert_eq!(post(&stage, id, "claim", &json!({ "by": "bert" })).await.0, 409, "decided");
    });
}

#[test]
fn an_accepted_customer_is_accepted_once_and_only_thought_over_on_purpose() {
    on_stage(async |stage| {
        let id = stage.anna().await;
        let by = json!({ "by": "bert" });
        let (status, row) = post(&stage, id, "accept", &by).await;
        assert_eq!((status, &row["state"]), (200, &json!("decided")));
        assert_eq!(post(&stage, id, "accept", &by).await.0, 200, "the same again");
        let mut reject = json!({ "reason": "mismatch", "kind": "final", "by": "carl" });
        assert_eq!(post(&stage, id, "reject", &reject).await.0, 409, "decided by now");
        let (_, review) = get(&stage, &format!("/review/{id}")).await;
        assert_eq!(review["status"], "ACCEPTED");
        assert_eq!(
            review["decision"],
            json!({ "verdict": "accept", "by": "bert", "reason": null })
        );
        reject["revise"] = json!(true);
        assert_eq!(post(&stage, id, "reject", &reject).await.0, 200);
        let (_, review) = get(&stage, &format!("/review/{id}")).await;
        assert_eq!(review["status"], "REJECTED");
        assert_eq!(review["decision"]["reason"], "mismatch");
    });
}

#[test]
fn a_field_sent_back_is_marked_and_the_next_value_is_another_review() {
    on_stage(async |stage| {
        let id = stage.anna().await;
        let fields = json!({ "photo_id_front": "unreadable" });
        let body = json!({ "reason": "resubmit", "kind": "retry", "fields": fields });
        assert_eq!(post(&stage, id, "reject", &body).await.0, 200);
        let (_, review) = get(&stage, &format!("/review/{id}")).await;
        assert_eq!(review["status"], "NEEDS_INFO");
        let photo = field(&review, "photo_id_front");
        assert_eq!((&photo["state"], &photo["reason"]), (&json!("REJECTED"), &json!("unreadable")));
        let again = stage.values("sep12-review", &[], &["photo_id_back", "photo_id_front"]);
        stage.put("anna", again).await;
        let (_, open) = get(&stage, "/review?state=open").await;
        assert_eq!(open.as_array().map(Vec::len), Some(1));
        assert_ne!(open[0]["id"], json!(id.to_string()));
        assert_eq!(get(&stage, &format!("/review/{id}")).await.0, 404, "it is over");
    });
}

#[test]
fn further_information_is_asked_for_by_name() {
    on_stage(async |stage| {
        let id = stage.anna().await;
        let nothing = json!({ "reason": "more_info", "fields": [] });
        assert_eq!(post(&stage, id, "request-info", &nothing).await.0, 400);
        let ask = json!({ "reason": "We need your tax number.", "fields": ["tax_id"] });
        assert_eq!(post(&stage, id, "request-info", &ask).await.0, 200);
        let (_, review) = get(&stage, &format!("/review/{id}")).await;
        assert_eq!(review["status"], "NEEDS_INFO");
        assert_eq!(field(&review, "tax_id")["state"], "MISSING");
        assert_eq!(review["decision"]["reason"], "other", "words stay sealed");
    });
}

#[test]
fn a_rejection_for_good_needs_fields_that_are_there() {
    on_stage(async |stage| {
        let id = stage.anna().await;
        for (fields, status) in
            [(json!(["tax_id"]), 400), (json!(["favourite_colour"]), 400), (json!([]), 200)]
        {
            let body = json!({ "reason": "mismatch", "kind": "final", "fields": fields });
            assert_eq!(post(&stage, id, "reject", &body).await.0, status, "{fields}");
        }
    });
}

#[test]
fn malformed_requests_and_unknown_reviews_are_refused() {
    on_stage(async |stage| {
        let id = stage.anna().await;
        for body in [
            json!({}),
            json!({ "reason": "x" }),
            json!({ "reason": "x", "kind": "maybe" }),
            json!({ "reason": " ", "kind": "final" }),
            json!({ "reason": "two\nlines", "kind": "final" }),
            json!({ "reason": "x".repeat(501), "kind": "final" }),
            json!({ "reason": "x", "kind": "final", "colour": "red" }),
        ] {
            assert_eq!(post(&stage, id, "reject", &body).await.0, 400, "{body}");
        }
        assert_eq!(post(&stage, id, "claim", &json!({ "by": "" })).await.0, 400);
        assert_eq!(get(&stage, "/review?state=done").await.0, 400);
        assert_eq!(get(&stage, "/review/4711").await.0, 404);
        assert_eq!(post(&stage, Uuid::nil(), "accept", &json!({})).await.0, 404);
        let (status, _) = ask(&stage, TestRequest::put().uri("/review")).await;
        assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    });
}

#[test]
fn nothing_is_left_of_the_review_of_an_erased_customer() {
    on_stage(async |stage| {
        let id = stage.anna().await;
        let erase = crate::stellar::customer::Command::Erase { generation: 0 };
        let origin = crate::engine::handle::Origin::of("test");
        stage.customers.send(&stream("anna"), erase, origin).await.expect("erases");
        assert_eq!(get(&stage, "/review").await.1, json!([]));
        assert_eq!(get(&stage, &format!("/review/{id}")).await.0, 404);
        assert_eq!(post(&stage, id, "accept", &json!({})).await.0, 404);
    });
}
