use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::{Past, feed, public_newsletter};
use crate::catalogue::Catalogue;
use crate::composition::Around;
use crate::config::Newsletter;
use crate::store::{Edition, EditionName, PastEdition};
use crate::templates::Sample;
use crate::templates::page;
use crate::token::Purpose;
use crate::web::answer::public;
use crate::web::failure::Failure;
use crate::web::site::Site;

const HTML: &str = "text/html; charset=utf-8";
const NO_INDEX: &str = "<meta name=\"robots\" content=\"noindex\">";

page! {
    /// What the head of an edition says of where it stands.
    #[derive(askama::Template)]
    "pages/edition_head.html" => struct Head {
        permalink: String,
        published: String,
        atom: String,
        newsletter: String,
        /// Empty where there is none.
        earlier: String,
        later: String,
    }
}

page! {
    /// What stands beneath an edition: the way to others.
    #[derive(askama::Template)]
    "pages/edition_navigation.html" => struct Navigation {
        language: String,
        direction: &'static str,
        title: String,
        /// None or one.
        earlier: Vec<Past>,
        later: Vec<Past>,
        earlier_word: String,
        later_word: String,
        all: String,
        all_of: String,
        home: String,
        sign_up: String,
        permalink: String,
        permalink_word: String,
        soft: String,
        ink: String,
    }
}

/// An edition as everybody may read it.
pub(in crate::web) async fn show(
    State(site): State<Site>,
    Path((newsletter, number)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let newsletter = public_newsletter(&site, &newsletter)?;
    let name = name_of(newsletter.id.as_str(), &number)?;
    let (edition, (earlier, later)) = site
        .ask(move |store, _| store.read(|db| Ok((Edition::find_by_name(db, &name)?, PastEdition::beside(db, &name)?))))
        .await?;
    let edition = edition.filter(Edition::is_public).ok_or(Failure::NoSuchPage)?;
    let head = head(&site, newsletter, &edition, earlier.as_ref(), later.as_ref());
    let navigation = navigation(&site, newsletter, &edition, earlier, later);
    let templates = site.press().templates();
    let (head, navigation) = (templates.render(&head), templates.render(&navigation));
    let page =
        site.ask(move |_, press| press.online_page(&edition, Around { head: &head, navigation: &navigation })).await?;
    Ok(with_policy(&site, public(HTML, page)))
}

/// An edition to who has the link to it, whether it is in the archive or not.
pub(in crate::web) async fn show_to_bearer(
    State(site): State<Site>,
    Path((newsletter, number, token)): Path<(String, String, String)>,
) -> Result<Response, Failure> {
    let token = site.open(Purpose::Online, &token)?;
    let name = name_of(&newsletter, &number)?;
    let page = site
        .ask(move |store, press| {
            let edition = store.read(|db| Edition::find_by_name(db, &name))?;
            let is_this = |edition: &Edition| token.edition.is_some_and(|id| i64::from(id) == edition.id.0);
            let edition = edition.filter(|edition| is_this(edition) && edition.is_public());
            edition.map(|edition| press.online_page(&edition, Around { head: NO_INDEX, navigation: "" })).transpose()
        })
        .await?
        .ok_or(Failure::BadLink)?;
    Ok(with_policy(&site, ([(CONTENT_TYPE, HeaderValue::from_static(HTML))], page).into_response()))
}

/// "012" and "+12" read as 12, but an edition has one address.
fn name_of(newsletter: &str, number: &str) -> Result<EditionName, Failure> {
    EditionName::parse(&format!("{newsletter}/{number}"))
        .filter(|name| name.number.to_string() == number)
        .ok_or(Failure::NoSuchPage)
}

fn with_policy(site: &Site, mut response: Response) -> Response {
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, site.archive_policy().clone());
    response
}

fn head(
    site: &Site,
    newsletter: &Newsletter,
    edition: &Edition,
    earlier: Option<&PastEdition>,
    later: Option<&PastEdition>,
) -> Head {
    let url = |past: Option<&PastEdition>| past.map(|past| site.press().permalink(&past.name)).unwrap_or_default();
    let published = edition.goes_out_at().or(edition.approved_at).unwrap_or(edition.created_at);
    Head {
        permalink: site.press().permalink(&edition.name),
        published: feed::instant(published),
        atom: site.link(&format!("/archive/{}.atom", newsletter.id)),
        newsletter: newsletter.name.to_string(),
        earlier: url(earlier),
        later: url(later),
    }
}

/// In the edition's language, not the browser's: the page is the same for everybody.
fn navigation(
    site: &Site,
    newsletter: &Newsletter,
    edition: &Edition,
    earlier: Option<PastEdition>,
    later: Option<PastEdition>,
) -> Navigation {
    let words = site.press().catalogues().of(site.language_of(newsletter));
    let day = site.style().day;
    let name = || [("newsletter", newsletter.name.as_str().into())];
    let past = |past: Option<PastEdition>| {
        past.iter().map(|past| Past::new(site, &words, newsletter, past)).collect::<Vec<_>>()
    };
    Navigation {
        language: words.language().as_str().to_owned(),
        direction: words.direction().as_str(),
        title: words.say("past-editions"),
        earlier: past(earlier),
        later: past(later),
        earlier_word: words.say("archive-earlier"),
        later_word: words.say("archive-later"),
        all: site.link(&format!("/archive/{}", newsletter.id)),
        all_of: words.tell("archive-all-of", &name()),
        home: site.link("/"),
        sign_up: words.tell("archive-get", &name()),
        permalink: site.press().permalink(&edition.name),
        permalink_word: words.say("archive-permalink"),
        soft: day.soft.to_string(),
        ink: day.ink.to_string(),
    }
}

pub(super) fn samples(words: &Catalogue) -> Vec<Sample> {
    let url = |path: &str| format!("https://brief.example{path}");
    let head = Head {
        permalink: url("/archive/weekly-brief/2"),
        published: "2026-11-23T12:00:00Z".to_owned(),
        atom: url("/archive/weekly-brief.atom"),
        newsletter: "The <Weekly> Brief".to_owned(),
        earlier: url("/archive/weekly-brief/1"),
        later: url("/archive/weekly-brief/3"),
    };
    let navigation = Navigation {
        language: words.language().as_str().to_owned(),
        direction: words.direction().as_str(),
        title: "Past editions".to_owned(),
        earlier: vec![Past::sample(1)],
        later: vec![Past::sample(3)],
        earlier_word: "Before".to_owned(),
        later_word: "After".to_owned(),
        all: url("/archive/weekly-brief"),
        all_of: "All editions of The <Weekly> Brief".to_owned(),
        home: url("/"),
        sign_up: "Get The <Weekly> Brief".to_owned(),
        permalink: url("/archive/weekly-brief/2"),
        permalink_word: "Link".to_owned(),
        soft: "#555".to_owned(),
        ink: "#111".to_owned(),
    };
    vec![
        Sample::of(&head),
        Sample::of(&navigation),
        Sample::of(&Head { earlier: String::new(), later: String::new(), ..head }),
        Sample::of(&Navigation { earlier: Vec::new(), later: Vec::new(), ..navigation }),
    ]
}
