//! Dead links of a draft at the desk: asked for politely, named where the editor decides.

use std::time::Duration;

use crate::support::desk::{Browser, Desk};
use crate::support::desk_changed::{changed, serve};
use crate::support::pages::noon;
use crate::support::site::{Reply, Site};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use griot::publishing::{Drafted, NewStory, Press};
use griot::store::{Event, Role, Sponsor};

const PAGE: &str = "/desk/editions/weekly-brief/1";
const PRIVATE: (&str, &str) = ("[[platform]]", "[feeds]\nallow_private = true\n[[platform]]");

fn two_hours_later() -> DateTime<Utc> {
    noon() + TimeDelta::hours(2)
}

fn script(method: &str, path: &str) -> Reply {
    match (method, path) {
        (_, "/dead") => Reply::Status("404 Not Found"),
        (_, "/closed") => Reply::Status("403 Forbidden"),
        (_, "/broken") => Reply::Status("503 Service Unavailable"),
        (_, "/late") => Reply::Page("<title>A late story</title>"),
        _ => Reply::Page("a page"),
    }
}

fn add(press: &Press, site: &Site, paths: &[&str]) {
    for (hours, path) in (1..).zip(paths) {
        let new = NewStory {
            platform: "harmattan".into(),
            url: format!("{}{path}", site.url),
            headline: format!("What is at {path}"),
            published_at: Some(noon() - TimeDelta::hours(hours)),
            ..NewStory::default()
        };
        press.add_story(new).unwrap();
    }
}

/// As the page says once it does not say any more that they are being looked at.
async fn looked_at(browser: &mut Browser) -> String {
    for _ in 0..500 {
        let page = browser.get(PAGE).await;
        assert_eq!(page.status, 200);
        if !page.body.contains("being looked at") {
            return page.body;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the links are looked at for ever");
}

fn findings(page: &str) -> Vec<String> {
    let list = page.split("class=\"checks\"").nth(1).unwrap_or_default().split("</ul>").next().unwrap();
    let looks = list.split("<li>").filter(|item| item.contains("warn"));
    looks.map(|item| item.split("<span>").nth(1).unwrap().split("</span>").next().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_links_are_named_and_no_site_is_asked_more_than_it_must() {
    let desk = Desk::open().await;
    let press = changed(&desk, &[PRIVATE], noon);
    let site = Site::open(script);
    add(&press, &site, &["/one", "/dead", "/two", "/closed", "/broken"]);
    let host = site.url.trim_start_matches("http://").to_owned();
    let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
    let sponsor = Sponsor {
        id: 0,
        name: "Volta Bank".into(),
        headline: "An account".into(),
        text: String::new(),
        url: format!("{}/sponsor#top", site.url),
        image_url: String::new(),
        image_alt: String::new(),
        starts_on: day(1),
        ends_on: day(30),
    };
    let saturday = (noon() + TimeDelta::days(5), chrono_tz::Africa::Accra);
    let event = Event::by_hand("A choir".into(), String::new(), format!("{}/event", site.url), saturday);
    press.store().write(|db| sponsor.add(db, "weekly-brief").and_then(|()| event.add(db)).map(drop)).unwrap();
    let newsletter = press.newsletter("weekly-brief").unwrap();
    assert!(matches!(press.draft(newsletter, None).unwrap(), Drafted::Ready(_)));
    let mut ada = desk.signed_in("ada", Role::Editor).await;
    ada.base = serve(&press).await;
    let intro = format!("Welcome. More is at {}/welcome. And here.", site.url);
    let words = [("subject", ""), ("preheader", ""), ("intro", &intro)];
    let seen = [("seen-subject", ""), ("seen-preheader", ""), ("seen-intro", "")];
    assert_eq!(ada.post(&format!("{PAGE}/words"), &[words, seen].concat()).await.status, 303);

    // A page asks nobody.
    let page = ada.get(PAGE).await.body;
    assert!(page.contains("8 links, not looked at yet.") && page.contains("Check the links"), "{page}");
    assert_eq!(findings(&page), Vec::<String>::new());
    assert!(
        findings(&ada.get(&format!("{PAGE}/approve")).await.body).contains(&"8 links were not looked at yet".into())
    );
    assert_eq!(site.asked(), Vec::<String>::new());

    let pressed = ada.post(&format!("{PAGE}/links"), &[]).await;
    assert_eq!((pressed.status.as_u16(), pressed.header("location")), (303, format!("{PAGE}?done=links").as_str()));
    let page = looked_at(&mut ada).await;
    let dead = [
        format!(
            "The link of What is at /broken fails: {host} answered 503 Service Unavailable for {}/broken",
            site.url
        ),
        format!("The link of What is at /dead is dead: {host} answered 404 Not Found for {}/dead", site.url),
    ];
    let mut named = findings(&page);
    named.sort();
    assert_eq!(named, dead);
    // Who lets nobody look is not called dead.
    assert!(page.contains(&format!("Some could not be looked at: {host} answered 403 Forbidden;")), "{page}");
    for step in ["approve", "schedule", "send"] {
        let page = ada.get(&format!("{PAGE}/{step}")).await.body;
        assert!(dead.iter().all(|dead| page.contains(dead.as_str())), "{step}: {page}");
    }
    let mut asked = site.newly_asked();
    asked.sort();
    let get = ["GET /broken", "GET /closed", "GET /dead"];
    let head =
        ["broken", "closed", "dead", "event", "one", "sponsor", "two", "welcome"].map(|path| format!("HEAD /{path}"));
    assert_eq!(asked, get.map(String::from).into_iter().chain(head).collect::<Vec<_>>());
    assert_eq!(site.most_at_once(), 1, "a site is asked for one thing at a time");

    // Within the hour it is not asked again, by nobody; what comes in is.
    ada.post(&format!("{PAGE}/links"), &[]).await;
    looked_at(&mut ada).await;
    assert_eq!(press.look_at_new_links().await.unwrap(), []);
    assert_eq!(site.newly_asked(), Vec::<String>::new());
    add(&press, &site, &["/late"]);
    ada.post(&format!("{PAGE}/change"), &[("do", "pin:6")]).await;
    let [(edition, looked)] = press.look_at_new_links().await.unwrap().try_into().unwrap();
    assert_eq!((edition.to_string().as_str(), looked.links, looked.dead), ("weekly-brief/1", 1, 0));
    assert_eq!(site.newly_asked(), ["HEAD /late"]);

    // Later a hand asks again, and the daemon does not.
    let later = changed(&desk, &[PRIVATE], two_hours_later);
    assert_eq!(later.look_at_new_links().await.unwrap(), []);
    ada.base = serve(&later).await;
    ada.post(&format!("{PAGE}/links"), &[]).await;
    assert!(looked_at(&mut ada).await.contains("9 links, looked at less than a minute ago."));
    assert_eq!(site.newly_asked().iter().filter(|asked| asked.starts_with("HEAD")).count(), 9);

    let mut eve = desk.signed_in("eve", Role::Viewer).await;
    eve.base = ada.base.clone();
    assert_eq!(eve.post(&format!("{PAGE}/links"), &[]).await.status, 403);
    assert!(desk.record().contains(&("ada".into(), "looked at the links of".into(), "weekly-brief/1".into())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_asks_for_patience_has_it() {
    let desk = Desk::open().await;
    let press = changed(&desk, &[PRIVATE], noon);
    let site = Site::open(|_, _| Reply::Status("429 Too Many Requests"));
    add(&press, &site, &["/one", "/two", "/three", "/four"]);
    assert!(matches!(press.draft(press.newsletter("weekly-brief").unwrap(), None).unwrap(), Drafted::Ready(_)));
    let [(_, looked)] = press.look_at_new_links().await.unwrap().try_into().unwrap();
    assert_eq!((looked.links, looked.dead), (4, 0));
    assert_eq!(site.asked().len(), 1);
    assert_eq!(press.look_at_new_links().await.unwrap(), []);
}

#[tokio::test]
async fn w_ssrf_a_private_address_is_no_link_of_a_brief() {
    let desk = Desk::open().await;
    let press = changed(&desk, &[], noon);
    let site = Site::open(|_, _| Reply::Page("a secret"));
    add(&press, &site, &["/one", "/two", "/three", "/four"]);
    assert!(matches!(press.draft(press.newsletter("weekly-brief").unwrap(), None).unwrap(), Drafted::Ready(_)));
    let [(_, looked)] = press.look_at_new_links().await.unwrap().try_into().unwrap();
    assert_eq!((looked.links, looked.dead), (4, 4));
    assert_eq!(site.asked(), Vec::<String>::new());
    let mut ada = desk.signed_in("ada", Role::Editor).await;
    let page = ada.get(PAGE).await.body;
    assert!(findings(&page).iter().any(|dead| dead.contains("not on the public Internet")), "{page}");
}
