//! The pages of the desk as those who work there see them: served over HTTP, in Chromium (rules H and W).

use std::fs;
use std::path::Path;

use crate::support::desk::{Desk, PASSWORD};
use crate::support::lint::lint;
use crate::support::publisher;

use griot::desk::routes;
use griot::store::{Member, Role};
use serde_json::{Value, json};

struct Steps(Vec<Value>);

impl Steps {
    fn add(&mut self, desk: &Desk, name: &str, path: &str, status: u16, more: Value) {
        let mut step = json!({ "name": name, "url": desk.press.config().web.link(path), "status": status });
        step.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        self.0.push(step);
    }

    /// From here on the browser is somebody's, without one more try to sign in.
    fn become_one(&mut self, desk: &Desk, name: &str) {
        let secret = &desk.browser_of(name).cookies[desk.cookie()];
        let edit = format!("document.cookie = '{}={secret}; path=/'", desk.cookie());
        self.add(desk, &format!("sign-in-{name}"), "/desk/sign-in", 200, json!({ "edit": edit }));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn h_and_w_chromium_and_axe_find_nothing_at_the_desk() {
    let desk = Desk::open_here().await;
    for (name, role) in [("Ama", Role::Viewer), ("Yaw", Role::Operator)] {
        desk.signed_in(name, role).await;
    }
    let with_code = |db: &griot::store::Transaction<'_>| {
        let yaw = Member::named(db, "Yaw")?.unwrap();
        Member::set_totp(db, yaw.id, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", 0)
    };
    desk.press.store().write(with_code).unwrap();
    let mut steps = Steps(Vec::new());
    let wrong = json!({ "fill": { "#name": "Ama", "#password": "a wrong one" }, "press": "Sign in" });
    let half = json!({ "fill": { "#name": "Yaw", "#password": PASSWORD }, "press": "Sign in" });
    steps.add(&desk, "sign-in", "/desk/sign-in", 200, Value::Null);
    steps.add(&desk, "sign-in-refused", "/desk/sign-in", 422, wrong);
    steps.add(&desk, "sign-in-code", "/desk/sign-in", 200, half);
    steps.add(&desk, "invitation", &desk.invite("Esi", Role::Editor), 200, Value::Null);
    steps.add(&desk, "invitation-used", "/desk/invitation/x", 409, Value::Null);
    steps.add(&desk, "no-page", "/desk/nowhere", 404, Value::Null);

    steps.become_one(&desk, "Ama");
    let weak = json!({ "fill": { "#present": PASSWORD, "#password": "ama ama ama ama" }, "press": "Change it" });
    steps.add(&desk, "account", "/desk/account", 200, Value::Null);
    steps.add(&desk, "account-refused", "/desk/account", 422, weak);
    steps.add(&desk, "code", "/desk/account/code", 200, Value::Null);
    steps.add(&desk, "not-theirs", "/desk/staff", 403, Value::Null);

    steps.become_one(&desk, "Yaw");
    let renew = json!({ "fill": { "#code-present": PASSWORD }, "press": "New recovery codes" });
    let taken = json!({ "fill": { "#name": "Ama" }, "press": "Make a link" });
    let invited = json!({ "fill": { "#name": "Kofi {view}" }, "press": "Make a link" });
    steps.add(&desk, "account-with-code", "/desk/account", 200, Value::Null);
    steps.add(&desk, "recovery-codes", "/desk/account", 200, renew);
    steps.add(&desk, "staff-refused", "/desk/staff", 422, taken);
    steps.add(&desk, "invited", "/desk/staff", 200, invited);
    steps.add(&desk, "staff", "/desk/staff", 200, Value::Null);
    steps.add(&desk, "record", "/desk/audit?who=Yaw", 200, Value::Null);

    let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("desk");
    fs::create_dir_all(&pictures).unwrap();
    let steps = Value::Array(steps.0).to_string();
    tokio::task::spawn_blocking(move || lint("web.mjs", &[steps.as_ref(), pictures.as_os_str()])).await.unwrap();
}

/// The addresses of every page with a history behind it, in the state that its name says, and what it answers.
const PAGES: &[(&str, &str, u16)] = &[
    ("today", "/desk", 200),
    ("results", "/desk/results", 200),
    ("results-newsletter", "/desk/newsletters/weekly-brief", 200),
    ("results-newsletter-bare", "/desk/newsletters/fleuve", 200),
    ("results-edition", "/desk/editions/weekly-brief/12/results", 200),
    ("results-sending", "/desk/editions/evening/2/results", 200),
    ("edition-draft", "/desk/editions/weekly-brief/13", 200),
    ("edition-sent", "/desk/editions/weekly-brief/12", 200),
    ("edition-approved", "/desk/editions/fleuve/1", 200),
    ("edition-sending", "/desk/editions/evening/2", 200),
    ("edition-paused", "/desk/editions/culture/1", 200),
    ("edition-cancelled", "/desk/editions/evening/1", 200),
    ("ask-approve", "/desk/editions/weekly-brief/13/approve", 200),
    ("ask-schedule", "/desk/editions/weekly-brief/13/schedule", 200),
    ("ask-send", "/desk/editions/weekly-brief/13/send", 200),
    ("ask-pause", "/desk/editions/evening/2/pause", 200),
    ("ask-resume", "/desk/editions/culture/1/resume", 200),
    ("ask-cancel", "/desk/editions/weekly-brief/13/cancel", 200),
    ("ask-duplicate", "/desk/editions/evening/1/duplicate", 200),
    ("stories", "/desk/stories", 200),
    ("stories-found", "/desk/stories?q=harb", 200),
    ("story", "/desk/stories/169", 200),
    ("story-add", "/desk/stories/add", 200),
    ("events", "/desk/events", 200),
    ("feeds", "/desk/feeds", 200),
    ("settings", "/desk/settings", 200),
    ("nodes", "/desk/nodes", 200),
    ("webhooks", "/desk/webhooks", 200),
    ("sponsors", "/desk/newsletters/weekly-brief/sponsors", 200),
    ("readers", "/desk/readers", 200),
    ("readers-none", "/desk/readers?q=nobody", 200),
    ("reader", "/desk/readers/320", 200),
    ("reader-suppressed", "/desk/readers/319", 200),
    ("reader-erase", "/desk/readers/320/erase", 200),
    ("reader-add", "/desk/readers/add", 200),
    ("reader-import", "/desk/readers/import", 200),
    ("staff", "/desk/staff", 200),
    ("tokens", "/desk/tokens", 200),
    ("audit", "/desk/audit", 200),
    ("account", "/desk/account", 200),
    ("no-page", "/desk/nowhere", 404),
];

/// The same where nothing has happened yet.
const EMPTY: &[&str] = &[
    "/desk",
    "/desk/results",
    "/desk/newsletters/weekly-brief",
    "/desk/stories",
    "/desk/events",
    "/desk/feeds",
    "/desk/newsletters/weekly-brief/sponsors",
    "/desk/readers",
    "/desk/tokens",
];

const READERS_FILE: &str = "email;name;timezone\nnew@example.org;Nana Yaa;Mars/Base\nreader.number12@outlook.example;;\n\
                            no address;;\nNEW@example.org;Twice;\n\"=cmd\"@x.example;=HYPERLINK(1);\n";

#[tokio::test(flavor = "multi_thread")]
async fn h_and_w_every_page_bears_a_history_and_an_empty_store_and_does_without_scripts() {
    let desk = publisher::open().await;
    let empty = Desk::open_here().await;
    desk.signed_in("Yaw", Role::Operator).await;
    desk.invite("Efua Owusu-Ansah", Role::Editor);
    empty.signed_in("Yaw", Role::Operator).await;
    let secret = |desk: &Desk| desk.browser_of("Yaw").cookies[desk.cookie()].clone();
    let (yaw, new) = (json!({ "as": secret(&desk) }), json!({ "as": secret(&empty) }));
    let with = |more: Value| {
        let mut step = yaw.clone();
        step.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        step
    };

    let mut steps = Steps(Vec::new());
    for (name, path, status) in PAGES {
        steps.add(&desk, name, path, *status, yaw.clone());
    }
    for path in EMPTY {
        steps.add(&empty, &format!("empty{}", path.replace('/', "-")), path, 200, new.clone());
    }
    let file = json!({ "name": "export of the old service.csv", "mimeType": "text/csv", "text": READERS_FILE });
    let file = with(json!({ "file": file, "press": "See what it would do" }));
    steps.add(&desk, "reader-import-seen", "/desk/readers/import", 200, file);
    let none = json!({ "name": "readers.csv", "mimeType": "text/csv", "text": "Phone,City\n1,Accra\n" });
    let none = with(json!({ "file": none, "press": "See what it would do" }));
    steps.add(&desk, "reader-import-refused", "/desk/readers/import", 422, none);
    let wrong = with(json!({ "fill": { "#email": "ama@example" }, "press": "Add them" }));
    steps.add(&desk, "reader-add-refused", "/desk/readers/add", 422, wrong);
    let late = json!({ "fill": { "#title": "Yesterday", "#date": "2020-01-01" }, "press": "Add it" });
    steps.add(&desk, "events-refused", "/desk/events", 422, with(late));
    let failing = json!({ "fill": { "#url": "http://127.0.0.1:9/feed" }, "press": "See what it would bring" });
    steps.add(&desk, "feeds-tried", "/desk/feeds", 422, with(failing));
    // Somebody else was quicker.
    let clash = "document.querySelector('[name=seen-subject]').value = 'What stood there'; \
                 document.querySelector('#subject').value = 'Mine'; document.querySelector('#edition').removeAttribute('hx-boost'); \
                 document.querySelector('#subject').form.submit()";
    steps.add(&desk, "edition-clash", "/desk/editions/weekly-brief/13", 409, with(json!({ "leave": clash })));
    let token = json!({ "fill": { "#name": "Statistics {view}" }, "check": ["#scope-1"], "press": "Make the token" });
    steps.add(&desk, "token-made", "/desk/tokens", 200, with(token));

    let known: Vec<(String, &str)> =
        routes(desk.press.clone()).into_iter().map(|route| (route.method.to_string(), route.path)).collect();
    let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("desk-pages");
    fs::create_dir_all(&pictures).unwrap();
    let (steps, known) = (Value::Array(steps.0).to_string(), json!(known).to_string());
    let judged = move || lint("desk-look.mjs", &[steps.as_ref(), known.as_ref(), pictures.as_os_str()]);
    tokio::task::spawn_blocking(judged).await.unwrap();
}
