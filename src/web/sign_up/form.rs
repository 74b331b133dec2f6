use anyhow::Result;
use serde::Serialize;

use super::ticket::Ticket;
use crate::catalogue::Catalogue;
use crate::config::Newsletter;
use crate::store::PastEdition;
use crate::web::failure::Failure;
use crate::web::fields::Fields;
use crate::web::frame::Named;
use crate::web::site::Site;

/// The form as it is shown.
#[derive(Clone, Debug, Serialize)]
pub(in crate::web) struct Form {
    pub action: String,
    /// Why it was not taken; empty the first time.
    pub problem: String,
    pub email_problem: bool,
    pub newsletter_problem: bool,
    pub is_single: bool,
    pub offers: Vec<Offer>,
    pub email: String,
    pub name: String,
    pub asks_for_opens: bool,
    pub opens_ticked: bool,
    pub ticket: String,
    /// Empty where browsers don't have to work.
    pub challenge: String,
    pub most_work: u32,
    /// Where the form stands.
    pub page: String,
    /// What pressing the button means.
    pub promise: String,
    pub direction: &'static str,
}

/// A newsletter one can sign up for.
#[derive(Clone, Debug, Serialize)]
pub(in crate::web) struct Offer {
    pub named: Named,
    pub is_ticked: bool,
    /// The last edition; empty where there is none to show.
    pub sample: String,
    pub sample_label: String,
}

impl Form {
    /// An empty form. `came_for` is the newsletter the reader came for, which alone is ticked (C, CASL); the first where
    /// they named none.
    pub fn new(site: &Site, words: &Catalogue, came_for: Option<&str>, page: &str) -> Self {
        let offered = offered(site);
        let came_for = came_for.filter(|id| offered.iter().any(|newsletter| newsletter.id.as_str() == *id));
        let came_for = came_for.or(offered.first().map(|newsletter| newsletter.id.as_str())).unwrap_or_default();
        let offer = |newsletter: &&Newsletter| Offer {
            named: Named::new(site, words, newsletter),
            is_ticked: newsletter.id.as_str() == came_for,
            sample: String::new(),
            sample_label: words.tell("sign-up-sample-of", &[("newsletter", newsletter.name.as_str().into())]),
        };
        let offers: Vec<Offer> = offered.iter().map(offer).collect();
        let ticket = Ticket::new(site.press().now());
        Self {
            action: site.link("/subscribe"),
            problem: String::new(),
            email_problem: false,
            newsletter_problem: false,
            is_single: offers.len() == 1,
            offers,
            email: String::new(),
            name: String::new(),
            asks_for_opens: offered.iter().any(|newsletter| newsletter.opens),
            opens_ticked: false,
            ticket: ticket.seal(&site.press().keys()),
            challenge: challenge(site, ticket),
            most_work: Ticket::most_work(),
            page: page.to_owned(),
            promise: words.tell("sign-up-promise", &[("publisher", site.publisher().name.as_str().into())]),
            direction: words.direction().as_str(),
        }
    }

    /// With the last edition of each newsletter that everybody may read: what is only needed where it is shown.
    pub async fn with_samples(mut self, site: &Site) -> Result<Self, Failure> {
        let public = offered(site).into_iter().filter(|newsletter| newsletter.archive);
        let ids: Vec<String> = public.map(|newsletter| newsletter.id.to_string()).collect();
        let latest = site
            .ask(move |store, _| {
                store.read(|db| {
                    let latest = |id: &String| Ok(PastEdition::list(db, id, 1)?.pop());
                    ids.iter().filter_map(|id| latest(id).transpose()).collect::<Result<Vec<_>>>()
                })
            })
            .await?;
        for offer in &mut self.offers {
            if let Some(past) = latest.iter().find(|past| past.name.newsletter == offer.named.id) {
                offer.sample = site.press().permalink(&past.name);
            }
        }
        Ok(self)
    }

    /// With what was filled in, so that nothing has to be typed again.
    pub fn filled_in(mut self, fields: &Fields) -> Self {
        let text = |name: &str| fields.get(name).unwrap_or_default().to_owned();
        (self.email, self.name, self.opens_ticked) = (text("email"), text("name"), fields.has("opens", "yes"));
        for offer in &mut self.offers {
            offer.is_ticked = fields.all("newsletter").any(|id| id == offer.named.id);
        }
        self
    }

    /// All that stands on it, as evidence of what was agreed to (C).
    pub fn wording(&self, words: &Catalogue, headline: &str) -> String {
        let mut lines = vec![headline.to_owned()];
        for offer in &self.offers {
            let parts = [&offer.named.name, &offer.named.description, &offer.named.cadence];
            let parts: Vec<&str> = parts.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
            lines.push(format!("- {}", parts.join(" · ")));
        }
        if self.asks_for_opens {
            lines.push(format!("- {} {}", words.say("sign-up-opens"), words.say("sign-up-opens-why")));
        }
        lines.push(format!("[{}]", words.say("sign-up-button")));
        lines.push(self.promise.clone());
        lines.join("\n")
    }
}

/// The newsletters one can sign up for.
pub(in crate::web) fn offered(site: &Site) -> Vec<&Newsletter> {
    site.press().config().newsletters.iter().filter(|newsletter| newsletter.listed).collect()
}

/// What a browser has to find, where it has to.
pub(super) fn challenge(site: &Site, ticket: Ticket) -> String {
    let is_asked = site.press().config().sign_up.proof_of_work;
    if is_asked { ticket.challenge(&site.press().keys()) } else { String::new() }
}

impl Form {
    /// Made-up values, which a publisher's templates are tried with.
    pub(super) fn sample(is_single: bool) -> Self {
        let offer = |id: &str, is_ticked: bool| Offer {
            named: Named::sample(id),
            is_ticked,
            sample: "https://brief.example/archive/weekly-brief/12".to_owned(),
            sample_label: "Read the last edition of \"it\"".to_owned(),
        };
        let mut offers = vec![offer("weekly-brief", true), Offer { sample: String::new(), ..offer("evening", false) }];
        offers.truncate(if is_single { 1 } else { 2 });
        Self {
            action: "https://brief.example/subscribe".to_owned(),
            problem: "This is no <complete> address.".to_owned(),
            email_problem: true,
            newsletter_problem: true,
            is_single,
            offers,
            email: "\"ada@example".to_owned(),
            name: "<Ada>".to_owned(),
            asks_for_opens: !is_single,
            opens_ticked: true,
            ticket: "AAAA".to_owned(),
            challenge: "00ff".to_owned(),
            most_work: 60_000,
            page: "/".to_owned(),
            promise: "You get a message & more.".to_owned(),
            direction: "ltr",
        }
    }
}
