use super::super::cells::Cells;
use super::super::refused::Reason;
use super::super::status::{Word, meaning, standing};
use super::{Source, Told};
use crate::sheet::folded;
use crate::store::Evidence;

/// The list in the ZIP of a whole publication, and the columns of the subscriber dashboard.
pub const MARKS: &[&[&str]] = &[
    &["activesubscription"],
    &["emaildisabled"],
    &["stripeplan"],
    &["receivingemailsfor"],
    &["paidupgradedate"],
    &["subscriptionsourcefree"],
    &["subscriptiontype", "activity"],
    &["subscriptiontype", "startdate"],
    &["useremailaddress", "subscriptiontype"],
    &["useremailaddress", "subscriptioncreatedat"],
];

const SINCE: &[&str] =
    &["createdat", "subscriptioncreatedat", "subscriptiondate", "startdate", "signupdate", "lastsubscribedat"];
const PLAN: &[&str] = &["plan", "subscriptiontype", "stripeplan", "type"];
/// Words of a payment, which say nothing of the free mails.
const PLANS: &[(Word, &[&str])] = &[(
    Word::Subscribed,
    &["free", "paid", "monthly", "yearly", "annual", "comp", "gift", "founding", "other", "author", "trial"],
)];

pub fn told(cells: &Cells<'_>) -> Result<Told, Reason> {
    let at = cells.when(&["unsubscribedat", "emaildisabledat"]);
    let receives_none =
        matches!(cells.get(&["receivingemailsfor"]).to_lowercase().as_str(), "none" | "nothing" | "off");
    let is_off = cells.truth(&["emaildisabled", "emailsdisabled", "isemaildisabled"]) == Some(true);
    let word = if at.is_some() || is_off || receives_none {
        Word::Unsubscribed
    } else {
        match cells.get(&["status", "emailstatus"]) {
            "" => Word::Subscribed,
            status => meaning(status, PLANS)?,
        }
    };
    let since = cells.when(SINCE);
    let mut lists = cells.lists(&["tags", "sections", "newsletters"]);
    let plan = cells.get(PLAN);
    lists.extend((!plan.is_empty()).then(|| folded(plan)));
    // Whether somebody pays is told in a column of its own.
    lists.extend(cells.truth(&["activesubscription"]).map(|pays| if pays { "paid" } else { "free" }.to_owned()));
    lists.sort_unstable();
    lists.dedup();
    Ok(Told {
        name: cells.name(&["name", "username", "fullname"], &["firstname"], &["lastname"]),
        language: cells.get(&["language", "locale"]).to_owned(),
        zone: cells.get(&["timezone"]).to_owned(),
        standing: standing(word, Source::Substack.name(), at, String::new())?,
        since,
        evidence: Evidence {
            wording: Source::Substack.wording(),
            page: cells
                .get(&["subscriptionsourcefree", "subscriptionsource", "source", "subscriptionsourcepaid"])
                .to_owned(),
            asked_at: since,
            ..Evidence::default()
        },
        lists,
        source: None,
        kept: None,
    })
}
