use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::answer::page;
use super::site::Site;

/// Why a request got no page of its own. It travels with the response; the guard sets the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    NoSuchPage,
    /// The token was altered, cut off, or made for something else.
    BadLink,
    PastItsTime,
    /// A confirmation whose sign-up, or a choice whose reader, is no longer kept.
    NothingKept,
    /// The form holds none of the fields it should; nothing was done.
    NothingChosen,
    WrongMethod,
    TooLarge,
    TooSlow,
    /// The store did not answer; the cause is in the log already.
    Broken,
}

#[derive(Template)]
#[template(path = "pages/notice.html")]
struct Notice<'a> {
    site: &'a Site,
    title: &'static str,
    paragraphs: Vec<String>,
    contact: Option<&'a str>,
}

pub(super) async fn no_such_page() -> Failure {
    Failure::NoSuchPage
}

impl Failure {
    /// What an answer that came without a page stands for; `None` for one that needs no page.
    pub fn of(response: &Response) -> Option<Self> {
        if let Some(failure) = response.extensions().get() {
            return Some(*failure);
        }
        match response.status() {
            StatusCode::METHOD_NOT_ALLOWED => Some(Self::WrongMethod),
            StatusCode::PAYLOAD_TOO_LARGE => Some(Self::TooLarge),
            // What an extractor refused, such as a path that is no UTF-8.
            status if status.is_client_error() => Some(Self::NothingChosen),
            _ => None,
        }
    }

    pub fn status(self) -> StatusCode {
        match self {
            Self::NoSuchPage | Self::BadLink => StatusCode::NOT_FOUND,
            Self::PastItsTime | Self::NothingKept => StatusCode::GONE,
            Self::NothingChosen => StatusCode::BAD_REQUEST,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Broken => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The page that says so, and what to do.
    pub fn page(self, site: &Site) -> Response {
        let sign_up = format!("To get it, sign up again at {}; a fresh link comes by mail.", site.website());
        let (title, paragraphs, may_write) = match self {
            Self::NoSuchPage => {
                ("There is no such page", vec!["The address may be mistyped, or the page has gone.".to_owned()], false)
            }
            Self::BadLink => (
                "This link does not work",
                vec![
                    "It is incomplete, as happens when a mail program cuts a long line. Open it again from the message, \
                     or copy it whole."
                        .to_owned(),
                    "Nothing has changed.".to_owned(),
                ],
                true,
            ),
            Self::PastItsTime => (
                "This link is past its time",
                vec!["If you have confirmed before, all is well: nothing more is needed.".to_owned(), sign_up],
                true,
            ),
            Self::NothingKept => (
                "Nothing is kept under this link any more",
                vec!["The sign-up it belongs to is over or was forgotten.".to_owned(), sign_up],
                true,
            ),
            Self::NothingChosen | Self::WrongMethod => (
                "Nothing has changed",
                vec!["The request did not say what to do. Open the link again and press the button.".to_owned()],
                true,
            ),
            Self::TooLarge => ("That was too much", vec!["The form is larger than any of ours.".to_owned()], false),
            Self::TooSlow => (
                "That took too long",
                vec!["The request did not arrive in time. Please try again.".to_owned()],
                false,
            ),
            Self::Broken => (
                "This page is out of order",
                vec!["The fault is ours, and nothing has changed. Please try again in a few minutes.".to_owned()],
                true,
            ),
        };
        let contact = if may_write { site.contact() } else { None };
        page(self.status(), &Notice { site, title, paragraphs, contact })
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Logged here, where it is handled, and nowhere else.
impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        tracing::error!("a page could not be answered: {error:#}");
        Self::Broken
    }
}
