//! From outside, against customers in memory.

use actix_web::App;
use actix_web::test::{TestRequest, call_service, init_service, read_body_json};
use serde_json::Value;

use super::*;
use crate::stellar::stage::{NOW, Stage, on_stage};

async fn ask(stage: &Stage, id: &str, body: Value) -> (u16, Value) {
    let more_info = MoreInfo {
        models: stage.models.clone(),
        links: Links::new(Arc::clone(&stage.vault)),
        clock: stage.clock.clone(),
        types: Arc::clone(&stage.types),
        public_url: "https://kyc.example".into(),
    };
    let app = init_service(App::new().app_data(Data::new(more_info)).configure(routes)).await;
    let uri = format!("/stellar/customers/{id}/more-info-url");
    let mut request = TestRequest::post().uri(&uri);
    if !body.is_null() {
        request = request.set_json(body);
    }
    let response = call_service(&app, request.to_request()).await;
    (response.status().as_u16(), read_body_json(response).await)
}

#[test]
fn a_link_leads_to_the_customers_page_and_ends_when_it_says() {
    on_stage(async |stage| {
        stage.anna().await;
        let wish = json!({ "lang": "de", "type": "sep12-review", "ttl_s": 600 });
        let (status, link) = ask(&stage, "anna", wish).await;
        assert_eq!(status, 200);
        assert_eq!(link["expires_at"], "2023-11-14T22:23:20Z");
        let url = link["url"].as_str().expect("a URL");
        let token = url.strip_prefix("https://kyc.example/me/stellar/").expect("its place");
        let links = Links::new(Arc::clone(&stage.vault));
        let claim = links.read(PURPOSE, token, NOW / 1000).expect("ours");
        assert_eq!((claim.subject.as_str(), claim.kind.as_str()), ("anna", "sep12-review"));
        assert_eq!((claim.lang, claim.expires_at_s), (Lang::De, NOW / 1000 + 600));
        let (status, usual) = ask(&stage, "anna", Value::Null).await;
        assert_eq!((status, &usual["expires_at"]), (200, &json!("2023-11-15T22:13:20Z")));
    });
}

#[test]
fn nobody_has_no_page_and_no_link_is_good_for_ever() {
    on_stage(async |stage| {
        stage.anna().await;
        for (id, body, status) in [
            ("bert", json!({}), 404),
            ("ANNA", json!({}), 404),
            ("anna", json!({ "ttl_s": 0 }), 400),
            ("anna", json!({ "ttl_s": limits::PAGE_LINK_S_MAX + 1 }), 400),
            ("anna", json!({ "type": "nothing" }), 400),
            ("anna", json!({ "colour": "red" }), 400),
        ] {
            assert_eq!(ask(&stage, id, body.clone()).await.0, status, "{id} {body}");
        }
    });
}
