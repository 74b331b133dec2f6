//! Every page as readers see it: served over HTTP, in Chromium, every button pressed (rules H and W).

use std::fs;
use std::path::Path;

use crate::support::lint::lint;
use crate::support::pages::{Pages, noon};
use chrono::{DateTime, TimeDelta, Utc};
use griot::address::EmailAddress;
use griot::store::{
    AddressChange, Edition, EditionState, EditionStory, FrozenParts, NewsletterNumber, Story, StoryId, StoryImage,
    Subscriber, SubscriberId, Subscription, SubscriptionState, Suppression, newsletter_number,
};
use griot::token::{Purpose, Token};
use serde_json::{Value, json};

/// What makes every part of every page show.
const TABLES: &str = r#"
[sign_up]
min_time = "0s"
per_address = "1000/h"
per_domain = "3/h"

[[platform]]
id = "beatline"
name = "Beatline"
website = "https://beatline.example"

[[newsletter]]
id = "quarterly"
name = "The Quarterly Look"
description = "Four times a year, what stayed."
from = "Harmattan Press <brief@example.org>"
schedule = "0 9 1 1,4,7,10 *"
timezone = "Africa/Accra"
opens = true
"#;

/// The languages of browsers that look at the pages most readers see.
const ALL: [&str; 3] = ["en", "fr", "ar"];

#[tokio::test]
async fn h_and_w_chromium_and_axe_find_nothing_on_any_page() {
    let pages = Pages::open_here(TABLES).await;
    let steps = Steps::of(&pages).await;
    let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("web");
    fs::create_dir_all(&pictures).unwrap();
    let steps = Value::Array(steps.0).to_string();
    tokio::task::spawn_blocking(move || lint("web.mjs", &[steps.as_ref(), pictures.as_os_str()])).await.unwrap();
}

struct Steps(Vec<Value>);

impl Steps {
    async fn of(pages: &Pages) -> Self {
        fill(pages);
        let mut steps = Self(Vec::new());
        steps.sign_up(pages).await;
        steps.confirm(pages);
        steps.preferences(pages);
        steps.address(pages);
        steps.leave(pages);
        steps.archive(pages);
        steps.failures(pages);
        steps
    }

    /// A page, and what is done on it first. What stands in the path after a token is kept out of search engines.
    fn add(&mut self, name: &str, languages: &[&str], url: impl Into<Value>, status: u16, more: Value) {
        let mut step = json!({ "name": name, "languages": languages, "url": url.into(), "status": status });
        step.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        self.0.push(step);
    }

    async fn sign_up(&mut self, pages: &Pages) {
        for _ in 0..3 {
            pages.sign_up("email=x%40flood.example&newsletter=evening").await;
        }
        for (name, path) in [("sign-up", "/subscribe"), ("embed", "/embed")] {
            let url = format!("{}{path}", pages.base);
            let button = format!("form[action$='{path}'] button");
            let send = |email: &str| json!({ "fill": { "#email": email }, "press": button });
            self.add(name, &ALL, url.as_str(), 200, Value::Null);
            self.add(&format!("{name}-problem"), &ALL, url.as_str(), 422, send("kofi@example"));
            self.add(&format!("{name}-respelt"), &ALL, url.as_str(), 200, send("kofi@gmial.com"));
            self.add(&format!("{name}-taken"), &ALL, url.as_str(), 200, send(&format!("kofi@{{view}}.{name}.example")));
            self.add(&format!("{name}-too-many"), &["en"], url.as_str(), 429, send("kofi@flood.example"));
            let mut unticked = send("kofi@example.org");
            unticked["check"] = json!(["#n-quarterly"]);
            self.add(&format!("{name}-no-newsletter"), &["en"], url.as_str(), 422, unticked);
            let mut without_ticket = send("kofi@example.org");
            without_ticket["edit"] = "document.querySelector('[name=ticket]').value = ''".into();
            self.add(&format!("{name}-once-more"), &["en"], url.as_str(), 200, without_ticket);
        }
        self.add("home", &["en"], format!("{}/", pages.base), 200, Value::Null);
        let link = format!("{}/preferences", pages.base);
        let send = |email: &str| json!({ "fill": { "#email": email }, "press": "form[method=post] button" });
        self.add("link", &ALL, link.as_str(), 200, Value::Null);
        self.add("link-problem", &["en"], link.as_str(), 422, send("ada@example"));
        self.add("link-sent", &ALL, link.as_str(), 200, send("ada@{view}.link.example"));
        self.add("privacy", &ALL, format!("{}/privacy", pages.base), 200, Value::Null);
    }

    fn confirm(&mut self, pages: &Pages) {
        let kofi = reader(pages, "kofi@example.org", &["weekly-brief", "evening"], SubscriptionState::Pending);
        let esi = reader(pages, "esi@example.org", &["weekly-brief"], SubscriptionState::Pending);
        let url = |reader, newsletter| link(pages, Purpose::Confirm, newsletter, reader, noon() + TimeDelta::days(7));
        self.add("confirm", &ALL, url(esi, pages.brief), 200, hidden());
        self.add("confirm-several", &["en"], url(kofi, 0), 200, hidden());
        self.add("confirmed", &ALL, url(pages.ada, pages.brief), 200, hidden());
        self.add(
            "expired",
            &ALL,
            link(pages, Purpose::Confirm, pages.brief, esi, noon() - TimeDelta::days(1)),
            410,
            hidden(),
        );
    }

    fn preferences(&mut self, pages: &Pages) {
        let of = |reader: SubscriberId| pages.press.preferences_url(reader);
        let everything = ["weekly-brief", "evening", "quarterly"];
        let confirmed = SubscriptionState::Confirmed;
        let chosen = reader(pages, "abena@example.org", &everything, confirmed);
        let choose = |db: &griot::store::Transaction<'_>| {
            Subscription::choose_platforms(db, pages.brief, chosen, ["beatline"])?;
            let until = noon() + TimeDelta::weeks(2);
            Subscription::pause(db, pages.evening, chosen, Some(until), "page", noon())?;
            Subscription::agree_to_opens(db, newsletter_number(db, "quarterly")?, chosen, true, "page", noon())
        };
        pages.press.store().write(choose).unwrap();
        self.add("preferences", &ALL, of(chosen), 200, hidden());
        let suppressed = reader(pages, "yaw@example.org", &["evening"], confirmed);
        let email = EmailAddress::parse("yaw@example.org").unwrap();
        let suppression = Suppression { who: (&email).into(), reason: "complaint".to_owned(), created_at: noon() };
        pages.press.store().write(|db| suppression.add(db)).unwrap();
        self.add("preferences-suppressed", &ALL, of(suppressed), 200, hidden());

        // Each leaves things as the next one needs them.
        let ama = reader(pages, "ama@example.org", &everything, confirmed);
        let changes = [
            (
                "platforms",
                json!({ "check": ["#p-weekly-brief-beatline"], "press": "[name=choose][value=weekly-brief]" }),
            ),
            (
                "no-platform",
                json!({
                    "edit": "document.querySelectorAll('[name=platform]').forEach((box) => { box.checked = false; })",
                    "press": "[name=choose][value=weekly-brief]",
                }),
            ),
            ("paused", json!({ "press": "[name=pause][value=weekly-brief]" })),
            ("resumed", json!({ "press": "[name=resume][value=weekly-brief]" })),
            ("opens-agreed", json!({ "press": "[name=opens][value=quarterly]" })),
            ("opens-stopped", json!({ "press": "[name=opens][value=quarterly]" })),
            ("named", json!({ "fill": { "#name": "Ama Añuli" }, "press": "form:has(#name) button" })),
            ("no-name", json!({ "fill": { "#name": "" }, "press": "form:has(#name) button" })),
            ("new-address", json!({ "fill": { "#email": "ama@example.net" }, "press": "form:has(#email) button" })),
            ("no-address", json!({ "fill": { "#email": "ama@example" }, "press": "form:has(#email) button" })),
            ("left", json!({ "press": "[name=leave][value=evening]" })),
            ("joined", json!({ "press": "[name=join][value=evening]" })),
            ("left-all", json!({ "press": "[name=leave-all]" })),
            ("back", json!({ "press": everything.map(|id| format!("[name=join][value={id}]")) })),
        ];
        for (name, mut change) in changes {
            change["hidden"] = true.into();
            self.add(&format!("preferences-{name}"), &["en"], of(ama), 200, change);
        }
        let erased = reader(pages, "adwoa@example.org", &["evening"], confirmed);
        let erase = format!("{}/erase", of(erased));
        self.add("erase", &ALL, erase.as_str(), 200, hidden());
        self.add("erased", &["en"], erase, 200, press("[name=confirm]"));
        self.add("nothing-kept", &["en"], of(erased), 410, hidden());
    }

    fn address(&mut self, pages: &Pages) {
        // A change is made once, so each view has its own.
        let links = (1..=8).map(|number| {
            let subscriber =
                reader(pages, &format!("old{number}@example.org"), &["evening"], SubscriptionState::Confirmed);
            let email = EmailAddress::parse(&format!("new{number}@example.org")).unwrap();
            asked(pages, AddressChange { subscriber, email, asked_at: noon() })
        });
        let links: Vec<String> = links.collect();
        self.add("address", &["en"], links.clone(), 200, hidden());
        self.add("address-done", &["en"], links, 200, press("[name=confirm]"));
        let subscriber = reader(pages, "akua@example.org", &["evening"], SubscriptionState::Confirmed);
        let email = EmailAddress::parse("ada@example.com").unwrap();
        let taken = asked(pages, AddressChange { subscriber, email, asked_at: noon() });
        self.add("address-taken", &["en"], taken, 200, press("[name=confirm]"));
    }

    fn leave(&mut self, pages: &Pages) {
        let url = |reader: SubscriberId| link(pages, Purpose::Unsubscribe, pages.brief, reader, noon());
        let confirmed = SubscriptionState::Confirmed;
        let one = url(reader(pages, "kojo@example.org", &["weekly-brief"], confirmed));
        let several = url(reader(pages, "efua@example.org", &["weekly-brief", "evening"], confirmed));
        self.add("unsubscribe", &ALL, one.as_str(), 200, hidden());
        self.add("left", &ALL, one.as_str(), 200, press("[name=confirm]"));
        self.add("left-others", &ALL, several.as_str(), 200, press("[name=confirm]"));
        let then = |next: &str| json!({ "press": ["[name=confirm]", next], "hidden": true });
        self.add("left-none-ticked", &["en"], several.as_str(), 200, then("[name=leave][value=these]"));
        self.add("left-told", &["en"], one.as_str(), 200, then("form:has(#words) button"));
        self.add("back", &["en"], one.as_str(), 200, then("[name=back]"));
        let all = url(reader(pages, "kwesi@example.org", &["weekly-brief", "evening"], confirmed));
        let again =
            "document.querySelector('[name=confirm]').outerHTML = '<button name=\"leave\" value=\"all\">All</button>'";
        self.add("left-all", &["en"], all, 200, json!({ "edit": again, "press": "[name=leave]", "hidden": true }));
    }

    fn archive(&mut self, pages: &Pages) {
        let url = |path: &str| format!("{}/archive{path}", pages.base);
        self.add("archive", &ALL, url(""), 200, Value::Null);
        self.add("archive-newsletter", &ALL, url("/weekly-brief"), 200, Value::Null);
        self.add("archive-empty", &["en"], url("/evening"), 200, Value::Null);
        self.add("search-found", &ALL, url("?q=judge+adjourn"), 200, hidden());
        self.add("search-nothing", &ALL, url("?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E"), 200, hidden());
        self.add("edition", &["en"], url("/weekly-brief/6"), 200, json!({ "isBrief": true }));
    }

    fn failures(&mut self, pages: &Pages) {
        let page = |path: &str| format!("{}{path}", pages.base);
        self.add("no-page", &ALL, page("/nowhere"), 404, Value::Null);
        self.add("bad-link", &ALL, page("/unsubscribe/altered"), 404, hidden());
        let nothing = json!({
            "edit": "document.querySelector('[name=confirm]').removeAttribute('name')", "press": "form[method=post] button:not([name])",
            "hidden": true,
        });
        self.add("nothing-chosen", &["en"], page(&pages.unsubscribe()), 400, nothing);
        let large = json!({ "edit": "document.querySelector('#q').form.method = 'post'", "fill": { "#q": "x" }, "press": ".search button" });
        self.add("wrong-method", &["en"], page("/archive"), 405, large);
    }
}

fn hidden() -> Value {
    json!({ "hidden": true })
}

fn press(button: &str) -> Value {
    json!({ "hidden": true, "press": button })
}

/// Past editions: four with nothing but a subject, and one with stories.
fn fill(pages: &Pages) {
    let subjects = [
        "The strike at the port reaches the market stalls",
        "A judge who would not adjourn, and five dishes that crossed the ocean and came back with other names",
        "ሳምንታዊ ዜና",
        "أهم أخبار الأسبوع",
    ];
    let draft = |db: &griot::store::Transaction<'_>| {
        for (week, subject) in subjects.iter().enumerate() {
            let slot: DateTime<Utc> = noon() + TimeDelta::weeks(week as i64 + 1);
            let edition = Edition::begin(db, "weekly-brief", Some(slot), (slot, slot), slot)?.unwrap();
            let parts = FrozenParts { subject, html: "<p>", text: "text", online: "<p>" };
            edition.approve(db, &parts, slot)?;
            edition.change_state(db, &[EditionState::Approved], EditionState::Sent, "", slot)?;
        }
        let slot = noon() + TimeDelta::weeks(5);
        let edition = Edition::begin(db, "weekly-brief", Some(slot), (noon(), noon()), noon())?.unwrap();
        let mut stories = Vec::new();
        for headline in ["The judge who would not adjourn", "A ferry sails again", "Rain comes early to the north"] {
            let story = story(headline);
            story.upsert(db, noon())?;
            stories.push(EditionStory::plain(Story::with_url(db, &story.url)?[0].id));
        }
        edition.set_stories(db, &stories)?;
        Ok(edition)
    };
    let draft = pages.press.store().write(draft).unwrap();
    let approved = pages.press.approve(&draft).unwrap();
    pages.press.release(&approved).unwrap();
}

fn story(headline: &str) -> Story {
    let slug = headline.to_lowercase().replace(' ', "-");
    let url = format!("https://example.org/{slug}");
    Story {
        id: StoryId(0),
        platform: "harmattan".into(),
        feed: None,
        guid: url.clone(),
        url,
        headline: headline.into(),
        standfirst: format!("What is known about “{headline}”, and what is not."),
        bylines: vec!["Ama Añuli".into()],
        section: "Courts".into(),
        tags: Vec::new(),
        published_at: noon() - TimeDelta::hours(5),
        updated_at: None,
        first_seen_at: noon() - TimeDelta::hours(5),
        image: Some(StoryImage {
            url: format!("https://images.example.org/{slug}.jpg"),
            width: Some(1200),
            height: Some(800),
            alt: "A quay at dawn".into(),
            caption: "The quay at dawn.".into(),
            credit: "Kofi Mensah".into(),
        }),
        comments: None,
        body: String::new(),
        words: 300,
    }
}

/// A reader with these subscriptions.
fn reader(pages: &Pages, email: &str, newsletters: &[&str], state: SubscriptionState) -> SubscriberId {
    let email = EmailAddress::parse(email).unwrap();
    let add = |db: &griot::store::Transaction<'_>| {
        let id = Subscriber::find_or_add(db, &email, "", noon())?.id;
        for newsletter in newsletters {
            Subscription::begin(db, newsletter_number(db, newsletter)?, id, state, "form", noon())?;
        }
        Ok(id)
    };
    pages.press.store().write(add).unwrap()
}

fn asked(pages: &Pages, change: AddressChange) -> String {
    pages.press.store().write(|db| change.ask(db)).unwrap();
    pages.press.address_url(&change)
}

fn link(
    pages: &Pages,
    purpose: Purpose,
    newsletter: NewsletterNumber,
    reader: SubscriberId,
    expires_at: DateTime<Utc>,
) -> String {
    let (path, expires_at) = match purpose {
        Purpose::Confirm => ("confirm", Some(expires_at)),
        _ => ("unsubscribe", None),
    };
    let token = Token { purpose, newsletter, subscriber: reader.0, edition: None, expires_at };
    format!("{}/{path}/{}", pages.base, pages.press.keys().sign(&token))
}
