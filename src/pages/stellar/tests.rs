//! The page from outside, against customers in memory.

use std::sync::Mutex;

use actix_web::App;
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE};
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use kyc_events::stellar::Verdict;

use super::*;
use crate::http::with_request_id;
use crate::stellar::customer::{Decision, Target};
use crate::stellar::stage::{NOW, Stage, on_stage, stream};

const NOW_S: i64 = NOW / 1000;
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n........";

/// Remembers what it was to store, and answers this.
struct Remembering {
    answer: Result<(), PutRefused>,
    sent: Mutex<Vec<Sent>>,
}

impl PutCustomer for Remembering {
    fn put(&self, sent: Sent) -> Stored<'_> {
        self.sent.lock().expect("no panic").push(sent);
        let answer = self.answer.clone();
        Box::pin(async { answer })
    }
}

struct Site {
    stage: Arc<Stage>,
    put: Arc<Remembering>,
    desk: Desk,
}

fn site(stage: &Arc<Stage>, answer: Result<(), PutRefused>) -> Site {
    let put = Arc::new(Remembering { answer, sent: Mutex::default() });
    let desk = Desk {
        customers: stage.customers.clone(),
        vault: Arc::clone(&stage.vault),
        links: Links::new(Arc::clone(&stage.vault)),
        types: Arc::clone(&stage.types),
        clock: stage.clock.clone(),
        put: put.clone(),
        room: Arc::new(Semaphore::new(limits::PAGE_FORMS_MAX)),
    };
    Site { stage: Arc::clone(stage), put, desk }
}

impl Site {
    fn token(&self, kind: &str) -> String {
        self.desk.links.sign(&Claim {
            purpose: PURPOSE,
            subject: "anna".to_owned(),
            kind: kind.to_owned(),
            lang: Lang::En,
            expires_at_s: NOW_S + 60,
        })
    }

    async fn ask(&self, request: TestRequest) -> ServiceResponse {
        let app = App::new()
            .wrap(from_fn(with_request_id))
            .app_data(Data::new(self.desk.clone()))
            .configure(routes);
        call_service(&init_service(app).await, request.to_request()).await.map_into_boxed_body()
    }

    async fn get(&self, token: &str, query: &str) -> (u16, String) {
        let uri = format!("/me/stellar/{token}{query}");
        text_of(self.ask(TestRequest::get().uri(&uri)).await).await
    }

    async fn post(&self, token: &str, parts: &[(&str, Part)]) -> ServiceResponse {
        self.ask(
            TestRequest::post()
                .uri(&format!("/me/stellar/{token}?lang=en"))
                .insert_header((CONTENT_TYPE, "multipart/form-data; boundary=xyz"))
                .set_payload(multipart(parts)),
        )
        .await
    }

    /// With the secret of the page.
    async fn fill_in(&self, token: &str, parts: &[(&str, Part)]) -> ServiceResponse {
        let secret = Part::Text(self.desk.links.form_secret(token));
        self.post(token, &[&[(render::SECRET, secret)], parts].concat()).await
    }

    fn stored(&self) -> Vec<Sent> {
        std::mem::take(&mut *self.put.sent.lock().expect("no panic"))
    }

    async fn decide(&self, verdict: Verdict, reason: &str, fields: &[&str]) {
        let decision = Decision {
            target: Target::Kind("sep12-review".to_owned()),
            by: "desk".to_owned(),
            verdict,
            reason: Some(reason.to_owned()),
            fields: fields.iter().map(|name| ((*name).to_owned(), None)).collect(),
        };
        let origin = Origin::of("test");
        let sent =
            self.stage.customers.send(&stream("anna"), Command::Decide(decision), origin).await;
        sent.expect("decides");
    }
}

async fn text_of(response: ServiceResponse) -> (u16, String) {
    let status = response.status().as_u16();
    let body = read_body(response).await;
    (status, String::from_utf8(body.to_vec()).expect("UTF-8"))
}

fn multipart(parts: &[(&str, Part)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, part) in parts {
        let (bytes, file) = match part {
            Part::Text(text) => (text.as_bytes(), ""),
            Part::File(bytes) => (bytes.as_slice(), "; filename=\"x.png\""),
        };
        let head =
            format!("--xyz\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--xyz--\r\n");
    body
}

fn text(text: &str) -> Part {
    Part::Text(text.to_owned())
}

/// Everything between these, in order.
fn all_between<'t>(text: &'t str, start: &str, end: &str) -> Vec<&'t str> {
    text.split(start).skip(1).filter_map(|rest| rest.split(end).next()).collect()
}

#[test]
fn the_page_says_what_is_missing_and_never_what_was_given() {
    on_stage(async |stage| {
        let names = [("first_name", "Anna-Lena"), ("last_name", "Schmidt")];
        stage.put("anna", stage.values("sep12-basic", &names, &[])).await;
        let site = site(&stage, Ok(()));
        let (status, page) = site.get(&site.token(""), "").await;
        assert_eq!(status, 200);
        assert!(page.contains("Something from you is missing."));
        assert!(page.contains("E-mail address") && page.contains("name=\"email_address\""));
        assert!(!page.contains("Schmidt") && !page.contains("Anna-Lena"), "{page}");
        assert!(!page.contains("name=\"first_name\""), "it is there already");
    });
}

#[test]
fn every_input_has_a_label_and_what_describes_it_is_there() {
    on_stage(async |stage| {
        stage.put("anna", stage.values("sep12-review", &[("first_name", "A")], &[])).await;
        let site = site(&stage, Ok(()));
        let (_, page) = site.get(&site.token("sep12-review"), "").await;
        let controls: Vec<&str> = all_between(&page, "<input", ">")
            .into_iter()
            .chain(all_between(&page, "<select", ">"))
            .filter(|control| !control.contains("type=\"hidden\""))
            .collect();
        assert_eq!(controls.len(), 4, "last name, e-mail address, two photos");
        for control in controls {
            let id = all_between(control, " id=\"", "\"")[0];
            assert!(page.contains(&format!("<label for=\"{id}\">")), "{control}");
            for described in all_between(control, "aria-describedby=\"", "\"") {
                for part in described.split(' ') {
                    assert!(page.contains(&format!(" id=\"{part}\"")), "{control}");
                }
            }
        }
    });
}

#[test]
fn the_page_speaks_the_language_asked_for_and_says_so() {
    on_stage(async |stage| {
        stage.put("anna", stage.values("sep12-basic", &[("first_name", "A")], &[])).await;
        let site = site(&stage, Ok(()));
        let token = site.token("sep12-basic");
        for (lang, word) in [
            ("en", "Family name"),
            ("de", "Familienname"),
            ("es", "Apellidos"),
            ("fr", "Nom de famille"),
        ] {
            let (_, page) = site.get(&token, &format!("?lang={lang}")).await;
            assert!(page.contains(&format!("<html lang=\"{lang}\">")), "{lang}");
            assert!(page.contains(word), "{lang}");
        }
        let (_, page) = site.get(&token, "?lang=xx").await;
        assert!(page.contains("<html lang=\"en\">"), "the link's own");
        let forged = TestRequest::get().uri("/me/stellar/x").insert_header((ACCEPT_LANGUAGE, "de"));
        let (status, page) = text_of(site.ask(forged).await).await;
        assert!(status == 404 && page.contains("<html lang=\"de\">"), "the browser's");
    });
}

#[test]
fn a_text_in_another_language_than_the_page_says_so() {
    on_stage(async |stage| {
        stage.anna().await;
        let site = site(&stage, Ok(()));
        site.decide(Verdict::Resubmit, "more_info", &["card.token"]).await;
        let (_, page) = site.get(&site.token("sep12-review"), "?lang=fr").await;
        assert!(page.contains("<span lang=\"en\">Token of the card"), "{page}");
        assert!(page.contains("Des informations complémentaires"), "{page}");
    });
}

#[test]
fn hostile_words_are_shown_and_not_run() {
    on_stage(async |stage| {
        stage.anna().await;
        let site = site(&stage, Ok(()));
        let hostile = "<script>alert('x')</script>\" onfocus=\"x & <img src=x>";
        site.decide(Verdict::Resubmit, hostile, &["photo_id_front", "tax_id"]).await;
        let token = site.token("sep12-review");
        let (_, page) = site.get(&token, "").await;
        assert!(page.contains("&lt;script&gt;"), "{page}");
        assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
        let too_much = format!("{hostile}{}", "x".repeat(2_000));
        let answer = site.fill_in(&token, &[("tax_id", text(&too_much))]).await;
        let (status, page) = text_of(answer).await;
        assert_eq!(status, 400);
        assert!(page.contains("value=\"&lt;script&gt;"), "what was filled in is there again");
        assert!(!page.contains("<script") && !page.contains("\" onfocus"), "{page}");
    });
}

#[test]
fn answers_are_kept_by_nobody_and_load_nothing() {
    on_stage(async |stage| {
        stage.anna().await;
        let site = site(&stage, Ok(()));
        let uri = format!("/me/stellar/{}", site.token(""));
        let answer = site.ask(TestRequest::get().uri(&uri)).await;
        let header = |name: &str| answer.headers().get(name).and_then(|v| v.to_str().ok());
        assert_eq!(header("referrer-policy"), Some("no-referrer"));
        assert_eq!(header("cache-control"), Some("no-store"));
        assert_eq!(header("x-content-type-options"), Some("nosniff"));
        let policy = header("content-security-policy").expect("a policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("form-action 'self'"));
        let (_, page) = text_of(answer).await;
        assert!(!page.contains(&site.token("")), "the secret address is not on the page");
    });
}

#[test]
fn what_is_filled_in_is_put_and_the_page_thanks() {
    on_stage(async |stage| {
        stage.put("anna", stage.values("sep12-review", &[("first_name", "A")], &[])).await;
        let site = site(&stage, Ok(()));
        let token = site.token("sep12-review");
        let parts = [
            ("last_name", text("Schmidt")),
            ("email_address", text("")),
            ("photo_id_front", Part::File(PNG.to_vec())),
            ("photo_id_back", Part::File(Vec::new())),
            ("tax_id", text("not asked for")),
            ("id", text("somebody else")),
        ];
        let answer = site.fill_in(&token, &parts).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        assert_eq!(answer.headers().get(LOCATION).expect("where to"), "?lang=en&sent=1");
        let stored = site.stored();
        assert_eq!(stored.len(), 1);
        assert_eq!(
            (&stored[0].customer, stored[0].kind.as_str()),
            (&stream("anna"), "sep12-review")
        );
        let names: Vec<&str> = stored[0].parts.keys().map(String::as_str).collect();
        assert_eq!(names, ["last_name", "photo_id_front"]);
        assert!(stored[0].parts["photo_id_front"] == Part::File(PNG.to_vec()));
        let (_, page) = site.get(&token, "?lang=en&sent=1").await;
        assert!(page.contains("Your information has arrived"));
    });
}

#[test]
fn a_bad_value_is_told_at_its_field_and_nothing_is_put() {
    on_stage(async |stage| {
        stage.put("anna", stage.values("sep12-review", &[("first_name", "A")], &[])).await;
        let site = site(&stage, Ok(()));
        let token = site.token("sep12-review");
        let parts = [
            ("last_name", text("Schmidt")),
            ("email_address", text("nowhere")),
            ("photo_id_front", Part::File(b"<html>".to_vec())),
        ];
        let (status, page) = text_of(site.fill_in(&token, &parts).await).await;
        assert_eq!(status, 400);
        assert!(site.stored().is_empty());
        for name in ["email_address", "photo_id_front"] {
            assert!(page.contains(&format!("<p class=\"error\" id=\"f-{name}-error\">")), "{name}");
            assert!(page.contains(&format!("<a href=\"#f-{name}\">")), "{name}");
        }
        assert!(!page.contains("f-last_name-error") && page.contains("value=\"Schmidt\""));
        assert!(page.contains("<title>Error: "));
    });
}

#[test]
fn what_the_store_refuses_is_told_at_its_field() {
    on_stage(async |stage| {
        stage.put("anna", stage.values("sep12-basic", &[("first_name", "A")], &[])).await;
        let part = |name: &str| PutRefused::Part(name.to_owned(), Fault::WrongCode);
        let cases = [
            (part("last_name"), 400, "f-last_name-error"),
            (part("somewhere_else"), 400, "The code is wrong."),
            (PutRefused::Gone, 410, "This link has expired"),
            (PutRefused::Busy, 503, "Please try again"),
        ];
        for (refused, expected, word) in cases {
            let site = site(&stage, Err(refused.clone()));
            let token = site.token("sep12-basic");
            let answer = site.fill_in(&token, &[("last_name", text("Schmidt"))]).await;
            let (status, page) = text_of(answer).await;
            assert_eq!(status, expected, "{refused:?}");
            assert!(page.contains(word), "{refused:?}");
        }
    });
}

#[test]
fn a_form_without_the_secret_of_its_page_is_not_taken() {
    on_stage(async |stage| {
        stage.put("anna", stage.values("sep12-basic", &[("first_name", "A")], &[])).await;
        let site = site(&stage, Ok(()));
        let token = site.token("sep12-basic");
        let of_another = site.desk.links.form_secret(&site.token("sep6"));
        for secret in [None, Some(String::new()), Some(token.clone()), Some(of_another)] {
            let mut parts = vec![("last_name", text("Schmidt"))];
            parts.extend(secret.map(|secret| (render::SECRET, Part::Text(secret))));
            assert_eq!(site.post(&token, &parts).await.status(), StatusCode::FORBIDDEN);
        }
        assert!(site.stored().is_empty());
    });
}

#[test]
fn empty_and_malformed_and_oversized_forms_are_told_apart() {
    on_stage(async |stage| {
        stage.put("anna", stage.values("sep12-review", &[("first_name", "A")], &[])).await;
        let site = site(&stage, Ok(()));
        let token = site.token("sep12-review");
        let (status, page) = text_of(site.fill_in(&token, &[]).await).await;
        assert!(status == 400 && page.contains("Nothing was filled in."), "{status}");
        let twice = [("last_name", text("a")), ("last_name", text("b"))];
        assert_eq!(site.fill_in(&token, &twice).await.status(), StatusCode::BAD_REQUEST);
        let large = Part::File(vec![0; limits::PAGE_FORM_BYTES_MAX]);
        let answer = site.fill_in(&token, &[("photo_id_front", large)]).await;
        let (status, page) = text_of(answer).await;
        assert!(status == 413 && page.contains("one at a time"), "{status}");
        assert!(site.stored().is_empty());
    });
}

#[test]
fn expired_links_and_erased_customers_are_gone_and_forged_links_unknown() {
    on_stage(async |stage| {
        stage.put("anna", stage.values("sep12-basic", &[("first_name", "A")], &[])).await;
        let site = site(&stage, Ok(()));
        let token = site.token("");
        assert_eq!(site.get(&format!("{token}x"), "").await.0, 404);
        assert_eq!(site.get("x", "").await.0, 404);
        let (status, _) = text_of(site.ask(TestRequest::get().uri("/me/other")).await).await;
        assert_eq!(status, 404);
        let erase = Command::Erase { generation: 0 };
        stage.customers.send(&stream("anna"), erase, Origin::of("test")).await.expect("erases");
        assert_eq!(site.get(&token, "").await.0, 410);
        let answer = site.fill_in(&token, &[("last_name", text("Schmidt"))]).await;
        assert_eq!(answer.status(), StatusCode::GONE);
        stage.clock.advance(60_000);
        let (status, page) = site.get(&token, "").await;
        assert!(status == 410 && page.contains("This link has expired"));
    });
}

#[test]
fn a_customer_who_needs_nothing_is_shown_no_form() {
    on_stage(async |stage| {
        stage.anna().await;
        let site = site(&stage, Ok(()));
        let token = site.token("sep12-review");
        let (_, page) = site.get(&token, "").await;
        assert!(page.contains("In review.") && !page.contains("<form"), "{page}");
        site.decide(Verdict::Reject, "mismatch", &[]).await;
        let (_, page) = site.get(&token, "").await;
        assert!(page.contains("Rejected.") && page.contains("does not match"), "{page}");
        assert!(!page.contains("<form"));
    });
}

#[test]
fn a_refused_value_is_asked_for_again_with_the_reason() {
    on_stage(async |stage| {
        stage.anna().await;
        let site = site(&stage, Ok(()));
        site.decide(Verdict::Resubmit, "unreadable", &["photo_id_back"]).await;
        let (_, page) = site.get(&site.token(""), "").await;
        assert!(
            page.contains("name=\"photo_id_back\"") && !page.contains("name=\"photo_id_front\"")
        );
        let told = "<p class=\"error\" id=\"f-photo_id_back-error\">It cannot be read.</p>";
        assert!(page.contains(told), "{page}");
    });
}
