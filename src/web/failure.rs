use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::site::Site;
use super::told::Told;
use crate::catalogue::Catalogue;

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
            // They come with a page of their own: a form that has to be mended, and too many of them.
            StatusCode::UNPROCESSABLE_ENTITY | StatusCode::TOO_MANY_REQUESTS => None,
            // Only programs are told it: those that read numbers.
            StatusCode::UNAUTHORIZED => None,
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
    pub fn page(self, site: &Site, words: &Catalogue) -> Response {
        let message = match self {
            Self::NoSuchPage => "failure-no-page",
            Self::BadLink => "failure-bad-link",
            Self::PastItsTime => "failure-past",
            Self::NothingKept => "failure-nothing-kept",
            Self::NothingChosen | Self::WrongMethod => "failure-nothing-chosen",
            Self::TooLarge => "failure-too-large",
            Self::TooSlow => "failure-too-slow",
            Self::Broken => "failure-broken",
        };
        let mut texts = vec![words.say(&format!("{message}-text"))];
        if matches!(self, Self::PastItsTime | Self::NothingKept) {
            texts.push(words.tell("failure-sign-up", &[("website", site.website().into())]));
        }
        let may_write = !matches!(self, Self::NoSuchPage | Self::TooLarge | Self::TooSlow);
        let contact = site.contact().filter(|_| may_write).unwrap_or_default().to_owned();
        Told { contact, ..Told::new(site, words, words.say(message), texts) }.answer(site, self.status())
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
