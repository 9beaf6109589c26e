//! From outside, against customers in memory.

use std::sync::Arc;

use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service, read_body_json};
use actix_web::{App, web};
use serde_json::{Value, json};

use super::routes;
use crate::http::with_request_id;
use crate::stellar::stage::{Stage, on_stage};
use crate::stellar::transaction::Transactions;

const BASIC: [(&str, &str); 3] =
    [("first_name", "Anna"), ("last_name", "Schmidt"), ("email_address", "anna@x.example")];

async fn ask(transactions: &Transactions, request: TestRequest) -> (u16, Value) {
    let app = App::new()
        .wrap(from_fn(with_request_id))
        .app_data(web::Data::new(transactions.clone()))
        .configure(routes);
    let response = call_service(&init_service(app).await, request.to_request()).await;
    (response.status().as_u16(), read_body_json(response).await)
}

async fn register(transactions: &Transactions, body: &Value) -> (u16, Value) {
    ask(transactions, TestRequest::post().uri("/transactions").set_json(body)).await
}

fn transactions(stage: &Stage) -> Transactions {
    Transactions {
        customers: stage.customers.clone(),
        models: stage.models.clone(),
        types: Arc::clone(&stage.types),
        turn: Arc::default(),
    }
}

#[test]
fn a_transaction_is_registered_once_and_waits_for_its_customer() {
    on_stage(async |stage| {
        let transactions = transactions(&stage);
        stage.put("anna", stage.values("sep12-basic", &BASIC[..1], &[])).await;
        let body = json!({ "id": "t1", "kind": "sep31", "customer": "anna", "role": "receiver" });
        let (status, known) = register(&transactions, &body).await;
        let expected = json!({
            "id": "t1", "kind": "sep31", "customer": "anna", "type": "sep31-receiver",
            "state": "waiting", "customer_status": "NEEDS_INFO",
        });
        assert_eq!((status, &known), (201, &expected));
        assert_eq!(register(&transactions, &body).await, (200, expected.clone()));
        let seen = ask(&transactions, TestRequest::get().uri("/transactions/t1")).await;
        assert_eq!(seen, (200, expected));
        stage.put("anna", stage.values("sep31-receiver", &BASIC, &[])).await;
        let (_, over) = ask(&transactions, TestRequest::get().uri("/transactions/t1")).await;
        assert_eq!(
            (&over["state"], &over["customer_status"]),
            (&json!("accepted"), &json!("ACCEPTED"))
        );
    });
}

#[test]
fn an_id_belongs_to_whoever_had_it_first() {
    on_stage(async |stage| {
        let transactions = transactions(&stage);
        for id in ["anna", "bert"] {
            stage.put(id, stage.values("sep12-basic", &BASIC, &[])).await;
        }
        let body = json!({ "id": "t1", "kind": "sep31", "customer": "anna", "role": "receiver" });
        assert_eq!(register(&transactions, &body).await.0, 201);
        for (key, other) in [("customer", "bert"), ("role", "sender"), ("kind", "sep6")] {
            let mut changed = body.clone();
            changed[key] = json!(other);
            assert_eq!(register(&transactions, &changed).await.0, 409, "{key}");
        }
        let (_, known) = ask(&transactions, TestRequest::get().uri("/transactions/t1")).await;
        assert_eq!(known["customer"], "anna");
    });
}

#[test]
fn two_customers_at_once_do_not_get_the_same_id() {
    on_stage(async |stage| {
        let transactions = transactions(&stage);
        for id in ["anna", "bert"] {
            stage.put(id, stage.values("sep12-basic", &BASIC, &[])).await;
        }
        let wish = |customer| json!({ "id": "t1", "kind": "sep6", "customer": customer });
        let (anna, bert) = (wish("anna"), wish("bert"));
        let (one, other) =
            tokio::join!(register(&transactions, &anna), register(&transactions, &bert));
        let mut statuses = [one.0, other.0];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409]);
    });
}

#[test]
fn transactions_of_nobody_and_malformed_ones_are_refused() {
    on_stage(async |stage| {
        let transactions = transactions(&stage);
        stage.put("anna", stage.values("sep12-basic", &BASIC, &[])).await;
        for (body, status) in [
            (json!({ "id": "t", "kind": "sep6", "customer": "nobody" }), 404),
            (json!({ "id": "t", "kind": "sep6", "customer": "NOT A NAME" }), 404),
            (json!({ "id": "", "kind": "sep6", "customer": "anna" }), 400),
            (json!({ "id": "a b", "kind": "sep6", "customer": "anna" }), 400),
            (json!({ "id": "t", "kind": "sep31", "customer": "anna" }), 400),
            (json!({ "id": "t", "kind": "sep7", "customer": "anna" }), 400),
            (json!({ "id": "t", "kind": "sep6" }), 400),
        ] {
            assert_eq!(register(&transactions, &body).await.0, status, "{body}");
        }
        let nothing = ask(&transactions, TestRequest::get().uri("/transactions/t")).await;
        assert_eq!(nothing.0, 404);
        let named = json!({ "id": "t", "kind": "sep6", "customer": "stellar:anna" });
        assert_eq!(register(&transactions, &named).await.0, 201, "as subjects are named");
    });
}
