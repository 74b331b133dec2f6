use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::answer::public_page;
use super::site::Site;
use crate::config::Line;

#[derive(Template)]
#[template(path = "pages/home.html")]
struct Home<'a> {
    site: &'a Site,
    title: &'static str,
    newsletters: Vec<Offer<'a>>,
}

struct Offer<'a> {
    name: &'a Line,
    description: Option<&'a Line>,
    cadence: String,
    archive: String,
}

/// What the publisher sends, and how often.
pub(super) async fn show(State(site): State<Site>) -> Response {
    let newsletters = site.press().config().newsletters.iter().map(|newsletter| Offer {
        name: &newsletter.name,
        description: newsletter.description.as_ref(),
        cadence: site.cadence(newsletter),
        archive: site.link(&format!("/archive/{}", newsletter.id)),
    });
    public_page(&Home { site: &site, title: "Newsletters", newsletters: newsletters.collect() })
}
