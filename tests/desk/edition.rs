//! A draft at the desk: a story added by its address right from it, and the events of its days.

use crate::support::desk::{Browser, Desk};
use crate::support::desk_changed::{changed, serve};
use crate::support::pages::noon;
use crate::support::site::{Reply, Site};
use chrono::TimeDelta;
use griot::store::{Event, EventId, Role};

const PAGE: &str = "/desk/editions/weekly-brief/1";
const PRIVATE: (&str, &str) = ("[[platform]]", "[feeds]\nallow_private = true\n[[platform]]");

/// The stories of the brief, in their order.
async fn brief(browser: &mut Browser) -> Vec<String> {
    let page = browser.get(PAGE).await.body;
    let list = page.split("id=\"brief-list\"").nth(1).unwrap().split("</ol>").next().unwrap();
    let headlines = list.split("<h3>").skip(1);
    headlines.map(|rest| rest.split(['>', '<']).nth(2).unwrap().to_owned()).collect()
}

/// What a hidden field or another of this name holds.
fn field<'a>(page: &'a str, name: &str) -> &'a str {
    let (_, rest) = page.rsplit_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("{name}: {page}"));
    rest.split('"').next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_story_is_added_by_its_address_from_the_edition_it_is_for() {
    let desk = Desk::open().await;
    desk.draft();
    let mut ada = desk.signed_in("ada", Role::Editor).await;
    ada.base = serve(&changed(&desk, &[PRIVATE], noon)).await;
    let site = Site::open(|_, path| match path {
        "/market" => Reply::Page("<title>x</title><meta property=og:title content='The market &amp; the sea'>"),
        _ => Reply::Status("404 Not Found"),
    });
    assert!(ada.get(PAGE).await.body.contains("action=\"/desk/stories/look\""));

    let url = format!("{}/market?utm_source=x", site.url);
    let form = ada.post("/desk/stories/look", &[("url", &url), ("edition", "weekly-brief/1")]).await;
    assert_eq!(form.status, 200, "{}", form.body);
    assert!(form.body.contains("Add it to weekly-brief/1") && form.body.contains(&format!("href=\"{PAGE}\"")));
    assert_eq!(field(&form.body, "headline"), "The market &#38; the sea");
    let own = format!("{}/market", site.url);
    let written = |edition: &'static str, url: &str, headline: &'static str| {
        let empty = ["standfirst", "by", "section", "image", "alt", "published"].map(|name| (name, String::new()));
        let mut fields = vec![("edition", edition.to_owned()), ("url", url.to_owned())];
        fields.extend([("platform", "harmattan".to_owned()), ("headline", headline.to_owned())]);
        fields.extend(empty);
        fields
    };
    let send = |fields: &[(&'static str, String)]| fields.iter().map(|(k, v)| (*k, v.clone())).collect::<Vec<_>>();
    let post = async |browser: &mut Browser, fields: Vec<(&'static str, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.post("/desk/stories/add", &fields).await
    };
    // What is wrong is shown with the edition it was for.
    let refused = post(&mut ada, send(&written("weekly-brief/1", &own, ""))).await;
    assert_eq!((refused.status.as_u16(), field(&refused.body, "edition")), (422, "weekly-brief/1"));
    let added = post(&mut ada, send(&written("weekly-brief/1", &own, "The market & the sea"))).await;
    assert_eq!((added.status.as_u16(), added.header("location")), (303, format!("{PAGE}?done=added").as_str()));
    let stories = brief(&mut ada).await;
    assert!(stories.contains(&"The market &#38; the sea".to_owned()) && stories.len() == 5, "{stories:?}");

    // One that is known is put into it at once; a pin is taken back as any other.
    ada.post(&format!("{PAGE}/change"), &[("do", "drop:5")]).await;
    assert!(!brief(&mut ada).await.contains(&"The market &#38; the sea".to_owned()));
    let known = ada.post("/desk/stories/look", &[("url", &url), ("edition", "weekly-brief/1")]).await;
    assert_eq!((known.status.as_u16(), known.header("location")), (303, format!("{PAGE}?done=added").as_str()));
    assert!(brief(&mut ada).await.contains(&"The market &#38; the sea".to_owned()));
    ada.post(&format!("{PAGE}/undo"), &[]).await;
    assert!(!brief(&mut ada).await.contains(&"The market &#38; the sea".to_owned()));

    // Not into what is frozen, and of what is no edition nothing is kept.
    ada.post(&format!("{PAGE}/approve"), &[]).await;
    let other = format!("{}/other", site.url);
    assert_eq!(post(&mut ada, send(&written("weekly-brief/1", &other, "Another"))).await.status, 409);
    assert_eq!(post(&mut ada, send(&written("weekly-brief/9", &other, "Another"))).await.status, 404);
    assert_eq!(post(&mut ada, send(&written("nothing", &other, "Another"))).await.status, 400);
    assert!(desk.press.story(&other).is_err());
}

#[tokio::test]
async fn events_are_dropped_and_put_back_and_the_mail_is_what_is_shown() {
    let desk = Desk::open().await;
    let at = |days: i64| (noon() + TimeDelta::days(days), chrono_tz::Africa::Accra);
    let by_hand =
        |title: &str, days| Event::by_hand(title.into(), "Accra".into(), "https://example.org/e".into(), at(days));
    let add = |db: &griot::store::Transaction<'_>| {
        for event in [by_hand("A choir <b>sings</b>", 5), by_hand("Nets are mended", 6), by_hand("Too late", 60)] {
            event.add(db)?;
        }
        Ok(())
    };
    desk.press.store().write(add).unwrap();
    desk.draft();
    let mut ada = desk.signed_in("ada", Role::Editor).await;
    let page = ada.get(PAGE).await.body;
    assert!(page.contains("A choir &#60;b&#62;sings&#60;/b&#62;") && page.contains("Nets are mended"), "{page}");
    assert!(!page.contains("Too late"), "it is of no day of the edition");
    let shown = async |browser: &mut Browser, title: &str| {
        let html = browser.get(&format!("{PAGE}/preview")).await.body.contains(title);
        let text = browser.get(&format!("{PAGE}/preview?as=text")).await.body.contains(title);
        assert_eq!(html, text);
        html
    };
    assert!(shown(&mut ada, "Nets are mended").await);
    let drop = [("do", "drop-event:2"), ("seen", "")];
    assert_eq!(ada.post(&format!("{PAGE}/change"), &drop).await.status, 303);
    assert!(!shown(&mut ada, "Nets are mended").await);
    let page = ada.get(PAGE).await.body;
    assert!(
        page.contains("Dropped the event “Nets are mended”") && page.contains("value=\"undrop-event:2\""),
        "{page}"
    );
    ada.post(&format!("{PAGE}/undo"), &[]).await;
    assert!(shown(&mut ada, "Nets are mended").await);
    ada.post(&format!("{PAGE}/change"), &drop).await;
    ada.post(&format!("{PAGE}/change"), &[("do", "undrop-event:2")]).await;
    assert!(shown(&mut ada, "Nets are mended").await);
    ada.post(&format!("{PAGE}/undo"), &[]).await;
    assert!(!shown(&mut ada, "Nets are mended").await);

    let mut eve = desk.signed_in("eve", Role::Viewer).await;
    let hers = eve.get(PAGE).await.body;
    assert!(hers.contains("Nets are mended") && !hers.contains("drop-event"), "{hers}");
    assert_eq!(eve.post(&format!("{PAGE}/change"), &drop).await.status, 403);
    assert_eq!(ada.post(&format!("{PAGE}/change"), &[("do", "drop-event:99")]).await.status, 409);
    // What is gone for good does not come back with an undo.
    desk.press.store().write(|db| Event::remove(db, EventId(2), noon())).unwrap();
    ada.post(&format!("{PAGE}/undo"), &[]).await;
    assert!(!shown(&mut ada, "Nets are mended").await);

    ada.post(&format!("{PAGE}/change"), &[("do", "drop-event:1")]).await;
    ada.post(&format!("{PAGE}/approve"), &[]).await;
    let approved = desk.press.edition("weekly-brief/1").unwrap();
    assert!(!approved.html.contains("A choir &#60;b&#62;"), "{}", approved.html);
    assert!(!approved.text.contains("A choir <b>sings</b>"), "{}", approved.text);
    assert_eq!(ada.post(&format!("{PAGE}/change"), &[("do", "undrop-event:1")]).await.status, 409);
    assert!(desk.record().iter().any(|(who, did, what)| (who.as_str(), did.as_str(), what.as_str()) == ("ada", "changed", "weekly-brief/1")));
}
