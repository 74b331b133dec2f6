//! The API: what each token opens, how requests are refused, and that the document tells the truth.

use std::collections::BTreeSet;

use crate::support::api::{Api, Program};
use crate::support::pages;
use crate::support::pages::{everything, noon};
use chrono::TimeDelta;
use griot::api::{DOCUMENT, routes};
use griot::staff::{self, NewToken, revoke_token};
use griot::store::{ApiToken, Role, Scope};
use reqwest::Method;
use serde_json::{Value, json};

fn filled(path: &str) -> String {
    let places = [("{newsletter}", "weekly-brief"), ("{number}", "1"), ("{id}", "1"), ("{address}", "no@example.com")];
    let filled = places.iter().fold(path.to_owned(), |path, (place, value)| path.replace(place, value));
    assert!(!filled.contains('{'), "say what stands in {path}");
    filled
}

async fn ask(program: &Program, method: &Method, path: &str) -> pages::Answer {
    program.send(method.clone(), path, &[("content-type", "application/json")], "{}").await
}

#[tokio::test]
async fn each_route_opens_to_its_own_scope_and_to_no_other() {
    let api = Api::open().await;
    api.desk.draft();
    let programs = Scope::ALL.map(|scope| (scope, api.program(scope.as_str(), &[scope])));
    for (_, program) in &programs {
        // That it is used is written down once.
        program.get("/api/v1/events").await;
    }
    let known = routes(api.desk.press.clone());
    assert!(known.len() > 25, "{known:?}");
    for route in known {
        let path = filled(&route.path);
        for (scope, program) in &programs {
            let of = format!("{} {} with {scope}", route.method, route.path);
            let before = everything(api.desk.dir.path());
            let answer = ask(program, &route.method, &path).await;
            if *scope == route.scope {
                assert!(![401, 403, 405, 429].contains(&answer.status.as_u16()), "{of}: {}", answer.status);
                assert!(!answer.status.is_server_error(), "{of}: {}", answer.body);
            } else {
                assert!(answer.problem(403).contains(route.scope.as_str()), "{of}: {}", answer.body);
                assert_eq!(everything(api.desk.dir.path()), before, "{of}");
            }
            assert_eq!(answer.header("cache-control"), "no-store", "{of}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{of}");
        }
    }
}

#[tokio::test]
async fn nothing_but_a_good_token_opens_a_route() {
    let api = Api::open().await;
    api.desk.draft();
    let store = api.desk.press.store();
    let new = |name: &str, lasts| NewToken { name: name.to_owned(), scopes: Scope::ALL.to_vec(), lasts };
    let hour = Some(TimeDelta::hours(1));
    let expired = staff::add_token(store, "Yaw", &new("expired", hour), noon() - TimeDelta::hours(1)).unwrap();
    let revoked = staff::add_token(store, "Yaw", &new("revoked", None), noon()).unwrap();
    store.write(|db| revoke_token(db, "Yaw", &ApiToken::named(db, "revoked")?.unwrap(), noon())).unwrap();
    let good = staff::add_token(store, "Yaw", &new("good", hour), noon()).unwrap();
    let operator = api.desk.signed_in("Yaw", Role::Operator).await;
    let cookies: Vec<String> = operator.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let cookies = cookies.join("; ");
    let session = operator.cookies.values().next().unwrap();
    let before = everything(api.desk.dir.path());
    let in_query = format!("?token={0}&access_token={0}", good.as_str());
    let ways = [
        ("none", String::new(), "", ""),
        ("wrong", format!("Bearer {}", "A".repeat(43)), "", ""),
        ("not one", "Bearer x".to_owned(), "", ""),
        ("expired", format!("Bearer {}", expired.as_str()), "", ""),
        ("revoked", format!("Bearer {}", revoked.as_str()), "", ""),
        ("another scheme", format!("Basic {}", good.as_str()), "", ""),
        ("no scheme", good.as_str().to_owned(), "", ""),
        ("a session as a token", format!("Bearer {session}"), "", ""),
        ("an operator's cookie", String::new(), cookies.as_str(), ""),
        ("in the query", String::new(), "", in_query.as_str()),
    ];
    for route in routes(api.desk.press.clone()) {
        for (way, authorization, cookie, query) in &ways {
            let mut program = api.with_secret("");
            program.authorization.clone_from(authorization);
            let path = format!("{}{query}", filled(&route.path));
            let headers: &[(&str, &str)] = &[("content-type", "application/json"), ("cookie", cookie)];
            let answer = program.send(route.method.clone(), &path, headers, "{}").await;
            answer.problem(401);
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{way} at {}", route.path);
            assert!(!answer.headers.contains_key("set-cookie"), "{way} at {}", route.path);
        }
    }
    assert_eq!(everything(api.desk.dir.path()), before);
    assert_eq!(api.with_secret(good.as_str()).get("/api/v1/newsletters").await.status, 200);
}

#[tokio::test]
async fn no_page_of_another_site_may_read_an_answer() {
    let api = Api::open().await;
    let program = api.program("all", &Scope::ALL);
    for method in [Method::GET, Method::OPTIONS] {
        let headers = [("origin", "https://evil.example"), ("access-control-request-method", "GET")];
        let answer = program.send(method, "/api/v1/newsletters", &headers, "").await;
        assert!(!answer.headers.keys().any(|name| name.as_str().starts_with("access-control")), "{:?}", answer.headers);
        assert!(answer.header("content-security-policy").contains("default-src 'none'"));
    }
}

#[tokio::test]
async fn the_document_tells_the_routes_and_nothing_else() {
    let api = Api::open().await;
    let mut nobody = api.with_secret("");
    nobody.authorization.clear();
    let answer = nobody.get(DOCUMENT).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"));
    let document = answer.value();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
    let mut told = BTreeSet::new();
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let of = format!("{method} {path}");
            assert!(names.insert(operation["operationId"].as_str().unwrap().to_owned()), "{of}");
            assert!(!operation["summary"].as_str().unwrap().is_empty(), "{of}");
            assert!(operation["tags"][0].is_string(), "{of}");
            let scope = operation["security"][0]["bearer"][0].as_str().unwrap();
            told.insert((method.to_uppercase(), path.clone(), scope.to_owned()));
            assert_is_whole(&document, operation, path, &of);
        }
    }
    let known = routes(api.desk.press.clone()).into_iter();
    let known: BTreeSet<_> =
        known.map(|route| (route.method.to_string(), route.path, route.scope.as_str().to_owned())).collect();
    assert_eq!(told, known);
    // What is not told is not there.
    assert!(nobody.get("/api/v1/nothing").await.problem(404).contains("openapi.json"));
}

/// Every status it can answer, and an example of whatever goes in or comes out.
fn assert_is_whole(document: &Value, operation: &Value, path: &str, of: &str) {
    let responses = operation["responses"].as_object().unwrap();
    let mut expected = vec!["401", "403", "408", "429", "503"];
    let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    if path.contains('{') {
        expected.push("404");
    }
    if operation.get("requestBody").is_some() {
        expected.extend(["400", "413", "415", "422"]);
    }
    if parameters.iter().any(|one| one["name"] == "If-Match") {
        expected.extend(["412", "428"]);
    }
    for status in expected {
        let problem = &responses.get(status).unwrap_or_else(|| panic!("{of} tells no {status}"))["content"];
        assert_eq!(problem["application/problem+json"]["schema"]["$ref"], "#/components/schemas/Problem", "{of}");
    }
    let has_example = |content: &Value| {
        content.as_object().unwrap().values().all(|media| {
            let schema = media["schema"]["$ref"].as_str().and_then(|name| document.pointer(&name[1..]));
            media.get("example").is_some() || schema.is_some_and(|schema| schema.get("example").is_some())
        })
    };
    for (status, response) in responses {
        assert!(response.get("content").is_none_or(has_example), "{of} shows no example of {status}");
    }
    assert!(operation.get("requestBody").is_none_or(|body| has_example(&body["content"])), "{of} shows no body");
}

#[tokio::test]
async fn what_is_refused_names_the_field_and_the_reason() {
    let api = Api::open().await;
    let program = api.program("all", &Scope::ALL);
    let body = |changes: Value| {
        let mut body = json!({"email": "ada@example.com", "newsletter": "weekly-brief"});
        body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        body
    };
    let field = |answer: &pages::Answer| answer.value()["errors"][0]["field"].as_str().unwrap_or_default().to_owned();
    for (changes, status, named) in [
        (json!({"surname": "Lovelace"}), 400, "surname"),
        (json!({"email": null}), 400, "email"),
        (json!({"name": "a".repeat(201)}), 400, "name"),
        (json!({"name": 7}), 400, "name"),
        (json!({"confirmed": "yes"}), 400, "confirmed"),
        (json!({"email": "nobody"}), 422, "email"),
        (json!({"newsletter": "nightly"}), 422, "newsletter"),
    ] {
        let answer = program.post("/api/v1/subscribers", body(changes)).await;
        let detail = answer.problem(status);
        assert_eq!(field(&answer), named, "{detail}");
    }
    for (query, named) in [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("cursor=x", "cursor"),
        ("state=gone", "state"),
        ("page=2", "page"),
        ("limit=1&limit=2", "limit"),
    ] {
        let answer = program.get(&format!("/api/v1/subscribers?{query}")).await;
        let detail = answer.problem(400);
        assert_eq!(field(&answer), named, "{query}: {detail}");
    }
    let without = program.post("/api/v1/subscribers", json!({"email": "ada@example.com"})).await;
    without.problem(400);
    assert_eq!(field(&without), "newsletter");
    let json = [("content-type", "application/json")];
    program.send(Method::POST, "/api/v1/subscribers", &json, "{").await.problem(400);
    program.send(Method::POST, "/api/v1/subscribers", &json, "{} {}").await.problem(400);
    program.send(Method::POST, "/api/v1/subscribers", &[], "{}").await.problem(415);
    program.send(Method::POST, "/api/v1/subscribers", &json, &" ".repeat(200_000)).await.problem(413);
    program.get("/api/v1/subscribers/x").await.problem(404);
    program.get("/api/v1/editions/weekly-brief/7").await.problem(404);
    let wrong = program.delete("/api/v1/newsletters").await;
    wrong.problem(405);
    assert!(wrong.header("allow").contains("GET"), "{:?}", wrong.headers);
}

#[tokio::test]
async fn a_token_that_asks_too_often_waits_and_no_other() {
    let api = Api::open().await;
    let (eager, calm) = (api.program("eager", &[Scope::EditionsRead]), api.program("calm", &[Scope::EditionsRead]));
    let asked = (0..1_000).map(|_| eager.get("/api/v1/newsletters"));
    let answers = futures_util::future::join_all(asked).await;
    let refused = answers.iter().find(|answer| answer.status == 429).expect("it may ask as often as it likes");
    refused.problem(429);
    assert!(refused.header("retry-after").parse::<u64>().unwrap() >= 1);
    assert_eq!(calm.get("/api/v1/newsletters").await.status, 200);
}

#[tokio::test]
async fn readers_are_added_found_page_by_page_changed_and_erased() {
    let api = Api::open().await;
    let program = api.program("Site", &[Scope::SubscribersRead, Scope::SubscribersWrite]);
    for number in 1..=5 {
        let body = json!({"email": format!("reader{number}@example.com"), "newsletter": "weekly-brief",
                          "confirmed": number != 5});
        let added = program.post("/api/v1/subscribers", body).await;
        assert_eq!(added.status, 201, "{}", added.body);
        let outcome = if number == 5 { "pending" } else { "confirmed" };
        assert_eq!((&added.value()["outcome"], &added.value()["asked"]), (&json!(outcome), &json!(number == 5)));
    }
    let again =
        program.post("/api/v1/subscribers", json!({"email": "reader1@example.com", "newsletter": "weekly-brief"}));
    let again = again.await;
    assert_eq!((again.status.as_u16(), &again.value()["outcome"]), (200, &json!("already")));

    let mut found = Vec::new();
    let mut path = "/api/v1/subscribers?limit=2".to_owned();
    let pages = loop {
        let page = program.get(&path).await.value();
        let readers = page["subscribers"].as_array().unwrap();
        assert!(readers.len() <= 2, "{page}");
        found.extend(readers.iter().map(|reader| reader["email"].as_str().unwrap().to_owned()));
        match page["next"].as_i64() {
            Some(next) => path = format!("/api/v1/subscribers?limit=2&cursor={next}"),
            None => break found.len().div_ceil(2),
        }
    };
    let expected: Vec<String> = (1..=5).map(|number| format!("reader{number}@example.com")).collect();
    assert_eq!((found, pages), (expected, 3));

    let by_email = program.get("/api/v1/subscribers?email=READER2%40example.com").await.value();
    let id = by_email["subscribers"][0]["id"].as_i64().unwrap();
    let path = format!("/api/v1/subscribers/{id}");
    let renamed = program.json(Method::PATCH, &path, "", json!({"name": "  Ada\n Lovelace "})).await.value();
    assert_eq!(renamed["name"], "Ada Lovelace");
    assert_eq!(program.delete(&format!("{path}/subscriptions/weekly-brief")).await.status, 204);
    assert_eq!(program.get(&path).await.value()["subscriptions"]["weekly-brief"], "ended");
    program.delete(&format!("{path}/subscriptions/evening")).await.problem(404);
    let back = json!({"email": "reader2@example.com", "newsletter": "weekly-brief", "confirmed": true});
    program.post("/api/v1/subscribers", back).await.problem(409);
    assert_eq!(program.delete(&path).await.status, 204);
    program.get(&path).await.problem(404);

    let never = json!({"address": "@example.com", "reason": "asked by telephone"});
    assert_eq!(program.post("/api/v1/suppressions", never.clone()).await.status, 201);
    assert_eq!(program.post("/api/v1/suppressions", never).await.status, 200);
    let new = json!({"email": "late@example.com", "newsletter": "weekly-brief"});
    assert!(program.post("/api/v1/subscribers", new).await.problem(409).contains("asked by telephone"));
    assert_eq!(program.get("/api/v1/suppressions").await.value()["suppressions"][0]["address"], "@example.com");
    program.delete("/api/v1/suppressions/@example.com").await.problem(400);
    assert_eq!(program.delete("/api/v1/suppressions/@example.com?reason=by%20mistake").await.status, 204);
    program.delete("/api/v1/suppressions/@example.com?reason=by%20mistake").await.problem(404);

    let mut record = api.desk.record();
    record.retain(|(who, ..)| who == "token Site");
    let done: Vec<&str> = record.iter().rev().map(|(_, action, _)| action.as_str()).collect();
    let rest = ["renamed", "ended the subscription of", "erased", "suppressed", "let be mailed again"];
    assert_eq!(done, [&["subscribed"; 5][..], &rest].concat());
}

#[tokio::test]
async fn a_draft_is_changed_only_as_it_was_seen_and_then_goes_out() {
    let api = Api::open().await;
    api.desk.draft();
    let program = api.program("Robot", &[Scope::EditionsRead, Scope::EditionsWrite, Scope::EditionsSend]);
    let path = "/api/v1/editions/weekly-brief/1";
    let seen = program.get(path).await;
    let tag = seen.header("etag").to_owned();
    let stories: Vec<i64> =
        seen.value()["stories"].as_array().unwrap().iter().map(|story| story["id"].as_i64().unwrap()).collect();
    assert_eq!((stories.len(), &seen.value()["state"]), (4, &json!("draft")));

    program.json(Method::PATCH, path, "", json!({"subject": "Mine"})).await.problem(428);
    program.json(Method::PATCH, path, "\"other\"", json!({"subject": "Mine"})).await.problem(412);
    let changed = program.json(Method::PATCH, path, &tag, json!({"subject": "Mine", "intro": "Good morning."})).await;
    assert_eq!((&changed.value()["subject"], &changed.value()["intro"]), (&json!("Mine"), &json!("Good morning.")));
    let next = changed.header("etag").to_owned();
    assert_ne!(next, tag);
    program.json(Method::PATCH, path, &tag, json!({"subject": "Theirs"})).await.problem(412);

    let turned: Vec<i64> = stories.iter().rev().copied().collect();
    let order = format!("{path}/order");
    program.json(Method::PUT, &order, &tag, json!({"stories": turned})).await.problem(412);
    let twice = program.json(Method::PUT, &order, &next, json!({"stories": [turned[0], turned[0]]})).await;
    assert!(twice.problem(422).contains("stories[1]"), "{}", twice.body);
    let ordered = program.json(Method::PUT, &order, &next, json!({"stories": turned})).await;
    let now: Vec<i64> =
        ordered.value()["stories"].as_array().unwrap().iter().map(|story| story["id"].as_i64().unwrap()).collect();
    assert_eq!(now, turned);

    let wish = json!({"story": turned[0], "wish": "drop"});
    let dropped = program.json(Method::POST, &format!("{path}/wishes"), ordered.header("etag"), wish).await;
    assert_eq!(dropped.value()["stories"].as_array().unwrap().len(), 3, "{}", dropped.body);
    let nobody = json!({"story": 4711, "wish": "pin"});
    let refused = program.json(Method::POST, &format!("{path}/wishes"), dropped.header("etag"), nobody).await;
    assert!(refused.problem(422).contains("4711"));

    let html = program.get(&format!("{path}/preview.html")).await;
    assert!(html.header("content-security-policy").contains("sandbox"));
    assert!(html.body.contains("Good morning."));
    assert!(program.get(&format!("{path}/preview.txt")).await.body.contains("Good morning."));

    let step = async |step: &str| program.post(&format!("{path}/{step}"), json!({})).await;
    step("pause").await.problem(409);
    let past = program.post(&format!("{path}/schedule"), json!({"at": "2020-01-01T00:00:00Z"})).await;
    assert!(past.problem(422).contains("ahead"));
    let at = json!({"at": "2026-11-24T08:00:00Z"});
    assert_eq!(program.post(&format!("{path}/schedule"), at).await.value()["state"], "approved");
    program.json(Method::PATCH, path, "*", json!({"subject": "Late"})).await.problem(409);
    for (word, state) in [("send", "sending"), ("pause", "paused"), ("resume", "sending"), ("cancel", "cancelled")] {
        assert_eq!(step(word).await.value()["state"], state, "{word}");
    }
    step("send").await.problem(409);
    let done: Vec<String> =
        api.desk.record().into_iter().rev().map(|(who, action, _)| format!("{who}: {action}")).collect();
    for action in ["changed", "scheduled", "sent", "paused", "resumed", "cancelled"] {
        assert!(done.contains(&format!("token Robot: {action}")), "{done:?}");
    }
}
