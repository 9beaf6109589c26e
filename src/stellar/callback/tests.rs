//! What is sent, to whom, and what no longer is.

use kyc_events::stellar::{Decider, Protocol, Verdict};
use kyc_projections::outbox::Delivery;

use super::*;
use crate::signing::webhook::Message;
use crate::stellar::customer::{Command, Decision, Kind, Target as On};
use crate::stellar::signing_key;
use crate::stellar::testing::{Engine, NOW, SECRET, anna, on_engine, providers};
use crate::stellar::types;

const WALLET: &str = "https://wallet.example:8443/kyc?user=1";
const NAMES: [(&str, &str); 2] = [("first_name", "Anna"), ("last_name", "Blum")];

fn renderer(engine: &Engine) -> StellarRenderer {
    let types = Types::new([], types::DEFAULT).expect("the default is shipped");
    StellarRenderer {
        customers: engine.customers.clone(),
        log: engine.models.log(),
        vault: Arc::clone(&engine.vault),
        types: Arc::new(types),
        key: SigningKey::from_bytes(&[7; 32]),
        clock: engine.clock.clone(),
        policy: Arc::new(Policy::default()),
        schedule_ms: vec![5_000],
        platform_url: Some("https://platform.example/hooks".to_owned()),
        providers: Arc::new(providers()),
    }
}

fn set_callback(url: &str) -> Command {
    Command::SetCallback { url: url.to_owned(), lang: "en".to_owned() }
}

fn decide(verdict: Verdict, reason: Option<&str>) -> Command {
    Command::Decide(Decision {
        target: On::Kind("sep12-review".to_owned()),
        by: "desk".to_owned(),
        verdict,
        reason: reason.map(str::to_owned),
        fields: std::collections::BTreeMap::new(),
    })
}

/// One customer in review who was sent back: two callbacks.
async fn sent_back(engine: &Engine) -> Vec<Delivery> {
    engine.put("sep12-review", Decider::Review, &NAMES[..1]).await;
    engine.send(set_callback(WALLET)).await;
    engine.put("sep12-review", Decider::Review, &NAMES[1..]).await;
    engine.send(decide(Verdict::Resubmit, Some("Anna, your name is blurry"))).await;
    engine.deliveries().await
}

async fn sent(renderer: &StellarRenderer, of: &Delivery) -> (Value, Rendered) {
    let look = renderer.render(of).await.expect("rendered");
    (serde_json::from_slice(&look.body).expect("JSON"), look)
}

fn header<'a>(rendered: &'a Rendered, name: &str) -> &'a str {
    let found = rendered.headers.iter().find(|(given, _)| given == name);
    found.expect("given").1.to_str().expect("text")
}

#[test]
fn a_callback_tells_the_customer_as_of_the_change_whatever_came_later() {
    on_engine(|engine| async move {
        let all = sent_back(&engine).await;
        assert_eq!(all.len(), 2, "{all:?}");
        let renderer = renderer(&engine);
        let (first, _) = sent(&renderer, &all[0]).await;
        assert_eq!(first["status"], "PROCESSING");
        assert_eq!(first["id"], "anna");
        assert_eq!(first["provided_fields"]["first_name"]["status"], "PROCESSING");
        assert_eq!(first["fields"]["city"]["optional"], true);
        let (second, _) = sent(&renderer, &all[1]).await;
        assert_eq!(second["status"], "NEEDS_INFO");
        assert_eq!(second["message"], "Anna, your name is blurry");
        let keys: Vec<&String> = second.as_object().expect("an object").keys().collect();
        assert_eq!(keys, ["id", "status", "fields", "provided_fields", "message"]);
    });
}

#[test]
fn a_callback_is_signed_for_its_host_anew_at_every_attempt() {
    on_engine(|engine| async move {
        let all = sent_back(&engine).await;
        let renderer = renderer(&engine);
        let (_, first) = sent(&renderer, &all[0]).await;
        engine.clock.advance(90_000);
        let (_, second) = sent(&renderer, &all[0]).await;
        assert_eq!(first.body, second.body);
        for (rendered, t) in [(&first, NOW / 1000), (&second, NOW / 1000 + 90)] {
            let given = header(rendered, "signature");
            assert_eq!(given, header(rendered, "x-stellar-signature"));
            let message = [format!("{t}.wallet.example:8443.").as_bytes(), &rendered.body].concat();
            assert_eq!(given, signature(&renderer.key, "wallet.example:8443", t, &rendered.body));
            assert!(signing_key::verify(
                &renderer.key.account(),
                &message,
                &renderer.key.sign(&message)
            ));
        }
        assert_eq!(first.content_type, "application/json");
        for (status, taken) in [(199, false), (200, true), (204, true), (302, false), (400, false)]
        {
            assert_eq!(renderer.is_success(status), taken, "{status}");
        }
    });
}

#[test]
fn what_the_old_url_did_not_take_goes_to_the_new_one() {
    on_engine(|engine| async move {
        let all = sent_back(&engine).await;
        engine.send(set_callback("https://new.example/kyc")).await;
        let target = renderer(&engine).target(&all[0]).await.expect("a target");
        assert_eq!(target.host(), "new.example");
    });
}

#[test]
fn a_url_without_https_is_not_called_unless_that_is_allowed() {
    on_engine(|engine| async move {
        let all = sent_back(&engine).await;
        engine.send(set_callback("http://wallet.example/kyc")).await;
        let mut renderer = renderer(&engine);
        let refused = renderer.target(&all[0]).await;
        assert!(matches!(refused, Err(RenderError::Refused(_))), "{refused:?}");
        renderer.policy = Arc::new(Policy { allow_http: true, ..Policy::default() });
        assert!(renderer.target(&all[0]).await.is_ok());
    });
}

#[test]
fn the_platform_learns_how_a_wait_ended() {
    on_engine(|engine| async move {
        let state = engine.put("sep31-receiver", Decider::Automatic, &NAMES[..1]).await;
        let requirement = state.kinds["sep31-receiver"].requirement.clone();
        let kind = Kind { name: "sep31-receiver".to_owned(), requirement };
        let (transaction, protocol) = ("t-1".to_owned(), Protocol::Sep31);
        engine.send(Command::RegisterTransaction { transaction, protocol, kind }).await;
        engine.put("sep31-receiver", Decider::Automatic, &NAMES[1..]).await;
        let all = engine.deliveries().await;
        assert_eq!(all.len(), 1, "{all:?}");
        let mut renderer = renderer(&engine);
        let target = renderer.target(&all[0]).await.expect("a target");
        assert_eq!(target.host(), "platform.example");
        let (body, look) = sent(&renderer, &all[0]).await;
        let expected = json!({
            "transaction_id": "t-1",
            "protocol": "sep31",
            "customer_id": "anna",
            "type": "sep31-receiver",
            "status": "ACCEPTED",
        });
        assert_eq!(body, expected);
        let own = signature(&renderer.key, "platform.example", NOW / 1000, &look.body);
        assert_eq!(header(&look, "signature"), own);
        renderer.platform_url = None;
        let nowhere = renderer.target(&all[0]).await;
        assert!(matches!(nowhere, Err(RenderError::NoReceiver(_))), "{nowhere:?}");
    });
}

#[test]
fn a_provider_gets_the_values_signed_as_standard_webhooks_are() {
    on_engine(|engine| async move {
        engine.put("mine", Decider::Provider("acme".to_owned()), &NAMES).await;
        let all = engine.deliveries().await;
        assert_eq!(all.len(), 1, "{all:?}");
        let mut renderer = renderer(&engine);
        let (body, look) = sent(&renderer, &all[0]).await;
        assert_eq!(body["data"]["request_id"], all[0].id.to_string());
        assert_eq!(body["data"]["fields"], json!({ "first_name": "Anna", "last_name": "Blum" }));
        let id = all[0].id.to_string();
        assert_eq!(header(&look, "webhook-id"), id);
        let message = Message {
            id: &id,
            timestamp: header(&look, "webhook-timestamp"),
            signatures: header(&look, "webhook-signature"),
            body: &look.body,
        };
        let secret = crate::signing::webhook::Secret::parse(SECRET).expect("a secret");
        assert_eq!(secret.verify(&message, NOW / 1000), Ok(()));
        renderer.providers = Arc::default();
        let nowhere = renderer.target(&all[0]).await;
        assert!(matches!(nowhere, Err(RenderError::NoReceiver(_))), "{nowhere:?}");
    });
}

#[test]
fn nothing_is_said_about_somebody_who_was_erased() {
    on_engine(|engine| async move {
        let all = sent_back(&engine).await;
        let key = engine.send(set_callback(WALLET)).await.known().expect("known").key;
        let renderer = renderer(&engine);
        let exported = renderer.content(&all[0]).await.expect("there");
        assert_eq!(exported["body"]["status"], "PROCESSING");
        assert_eq!(exported["url"], WALLET);
        engine.send(Command::Erase { generation: 0 }).await;
        engine.vault.shred(&[key]).expect("shredded");
        let erased = renderer.render(&all[0]).await;
        assert!(matches!(erased, Err(RenderError::Erased)));
        assert!(engine.deliveries().await.is_empty());
        assert!(
            !renderer
                .log
                .read_stream(&anna(), kyc_events::Version::NONE, 1)
                .expect("read")
                .is_empty()
        );
    });
}
