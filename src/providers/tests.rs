//! Who may answer what, and how often.

use actix_web::http::Method;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, HttpMessage};
use kyc_events::stellar::{CUSTOMER, Decider, Status};

use super::*;
use crate::stellar::testing::{Engine, NOW, SECRET, anna, on_engine, providers};

fn door(engine: &Engine) -> Door {
    let customers: Arc<dyn Decides> = Arc::new(StellarDecisions(engine.customers.clone()));
    Door {
        providers: Arc::new(providers()),
        models: engine.models.clone(),
        clock: engine.clock.clone(),
        deciders: Arc::new(HashMap::from([(CUSTOMER, customers)])),
    }
}

/// A customer whom `acme` was asked about; answers the request's id.
async fn asked(engine: &Engine) -> Uuid {
    let names = [("first_name", "Anna"), ("last_name", "Blum")];
    engine.put("mine", Decider::Provider("acme".to_owned()), &names).await;
    engine.deliveries().await[0].id
}

async fn status(engine: &Engine) -> Option<Status> {
    engine.customers.state(&anna()).await.expect("read").status_of("mine")
}

/// Signed with this secret; answers the HTTP status.
async fn post_signed(engine: &Engine, secret: &str, name: &str, body: &str) -> u16 {
    let secret = webhook::Secret::parse(secret).expect("a secret");
    let app = App::new().app_data(Data::new(door(engine))).configure(routes);
    let app = init_service(app).await;
    let request = TestRequest::with_uri(&format!("/providers/{name}/decisions"))
        .method(Method::POST)
        .insert_header((webhook::ID, "msg_1"))
        .insert_header((webhook::TIMESTAMP, (NOW / 1000).to_string()))
        .insert_header((webhook::SIGNATURE, secret.sign("msg_1", NOW / 1000, body.as_bytes())))
        .set_payload(body.to_owned())
        .to_request();
    request.extensions_mut().insert(RequestId(Uuid::nil()));
    call_service(&app, request).await.status().as_u16()
}

async fn post(engine: &Engine, body: &str) -> u16 {
    post_signed(engine, SECRET, "acme", body).await
}

fn answer(request: Uuid, decision: &str, reasons: &[&str]) -> String {
    json!({ "request_id": request, "decision": decision, "reasons": reasons }).to_string()
}

#[test]
fn an_answer_decides_once_however_often_it_comes() {
    on_engine(|engine| async move {
        let request = asked(&engine).await;
        assert_eq!(status(&engine).await, Some(Status::Processing));
        let accept = answer(request, "accept", &[]);
        assert_eq!(post(&engine, &accept).await, 204);
        assert_eq!(status(&engine).await, Some(Status::Accepted));
        let size = engine.models.log().size();
        assert_eq!(post(&engine, &accept).await, 204);
        assert_eq!(engine.models.log().size(), size, "nothing happens twice");
        assert_eq!(post(&engine, &answer(request, "reject", &["expired"])).await, 409);
        assert_eq!(status(&engine).await, Some(Status::Accepted));
    });
}

#[test]
fn a_reason_that_names_a_field_asks_for_that_field() {
    on_engine(|engine| async move {
        let request = asked(&engine).await;
        let info = answer(request, "info", &["last_name:unreadable"]);
        assert_eq!(post(&engine, &info).await, 204);
        let state = engine.customers.state(&anna()).await.expect("read");
        assert_eq!(state.status_of("mine"), Some(Status::NeedsInfo));
        assert!(state.fields["last_name"].refused.is_some());
        assert!(state.fields["first_name"].refused.is_none());
    });
}

#[test]
fn nothing_is_believed_or_even_parsed_without_the_signature() {
    on_engine(|engine| async move {
        let request = asked(&engine).await;
        let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let accept = answer(request, "accept", &[]);
        assert_eq!(post_signed(&engine, other, "acme", &accept).await, 401);
        assert_eq!(post_signed(&engine, other, "acme", "no JSON").await, 401);
        assert_eq!(post(&engine, "no JSON").await, 400);
        assert_eq!(status(&engine).await, Some(Status::Processing));
        engine.clock.advance(301_000);
        assert_eq!(post(&engine, &accept).await, 401, "too old");
    });
}

#[test]
fn unknown_providers_and_requests_are_not_found_and_bad_answers_are_said_to_be() {
    on_engine(|engine| async move {
        let request = asked(&engine).await;
        let accept = answer(request, "accept", &[]);
        assert_eq!(post_signed(&engine, SECRET, "other", &accept).await, 404);
        assert_eq!(post(&engine, &answer(Uuid::nil(), "accept", &[])).await, 404);
        let mut others = door(&engine);
        others.providers = Arc::new(providers());
        let foreign = others.find("somebody", request).await;
        assert!(matches!(foreign, Err(Refused::NotFound(_))), "another's request");
        assert_eq!(post(&engine, &answer(request, "maybe", &[])).await, 400);
        let long = "x".repeat(limits::REASON_BYTES_MAX + 1);
        assert_eq!(post(&engine, &answer(request, "info", &[&long])).await, 400);
        assert_eq!(status(&engine).await, Some(Status::Processing));
    });
}

#[test]
fn an_erased_customer_takes_no_answer() {
    on_engine(|engine| async move {
        let request = asked(&engine).await;
        engine.send(crate::stellar::customer::Command::Erase { generation: 0 }).await;
        assert_eq!(post(&engine, &answer(request, "accept", &[])).await, 404);
    });
}
