use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::frame::{Bare, page};
use super::room::Room;
use crate::store::is_of_store;

/// Why a request got no page of its own. It travels with the response; the guard sets the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    NoSuchPage,
    /// Nobody is signed in, or not any more.
    SignedOut,
    /// Their role may not.
    NotTheirs,
    /// A page of somebody else's sent it.
    FromElsewhere,
    /// A form without what it should hold.
    Incomplete,
    WrongMethod,
    TooLarge,
    TooSlow,
    TooMany,
    /// What was asked for can't be done as things stand; the sentence says why.
    Refused(String),
    /// What was sent can't be used; the sentence says why, and what can.
    Unfit(String),
    /// The cause is in the log already.
    Broken,
}

pub(super) async fn no_such_page() -> Failure {
    Failure::NoSuchPage
}

impl Failure {
    /// What an error of the work behind a page comes to: the store's are logged here and nowhere else, all others are
    /// sentences for who asked.
    pub fn of(error: anyhow::Error) -> Self {
        if is_of_store(&error) {
            tracing::error!("a page of the desk could not be answered: {error:#}");
            Self::Broken
        } else {
            Self::Refused(format!("{error:#}"))
        }
    }

    /// What an answer that came without a page stands for; `None` for one that needs no page.
    pub fn of_response(response: &Response) -> Option<Self> {
        if let Some(failure) = response.extensions().get::<Self>() {
            return Some(failure.clone());
        }
        match response.status() {
            StatusCode::METHOD_NOT_ALLOWED => Some(Self::WrongMethod),
            StatusCode::PAYLOAD_TOO_LARGE => Some(Self::TooLarge),
            // They come with a page of their own: a form to be mended, and two hands on one thing.
            StatusCode::UNPROCESSABLE_ENTITY | StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS => None,
            status if status.is_client_error() => Some(Self::Incomplete),
            _ => None,
        }
    }

    pub fn status(&self) -> StatusCode {
        match self {
            Self::NoSuchPage => StatusCode::NOT_FOUND,
            Self::SignedOut => StatusCode::UNAUTHORIZED,
            Self::NotTheirs | Self::FromElsewhere => StatusCode::FORBIDDEN,
            Self::Incomplete => StatusCode::BAD_REQUEST,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Refused(_) => StatusCode::CONFLICT,
            Self::Unfit(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Broken => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn words(&self) -> (&'static str, &str) {
        match self {
            Self::NoSuchPage => ("There is no such page", "The address may be mistyped, or what it named is gone."),
            Self::SignedOut => (
                "You are signed out",
                "Nothing was changed. Sign in again, in another tab if you wrote something here, and send it once more.",
            ),
            Self::NotTheirs => ("Your role does not let you do that", "An operator can give you another one."),
            Self::FromElsewhere => {
                ("That came from another site", "Nothing was changed. Open the desk, and do it from there.")
            }
            Self::Incomplete => ("Something is missing", "Nothing was changed. Go back, and fill in the form."),
            Self::WrongMethod => {
                ("That can't be done here", "Nothing was changed. Go back, and use the page's buttons.")
            }
            Self::TooLarge => (
                "That is too large",
                "Nothing was changed. A file may have 20 MB, a calendar 10 MB, everything else 128 KB; go back, and send \
                 less at once.",
            ),
            Self::TooSlow => ("That took too long", "Nothing is lost. Reload the page to see what was done."),
            Self::TooMany => ("Too many tries", "Wait a minute, then try again."),
            Self::Refused(sentence) => ("That can't be done now", sentence),
            Self::Unfit(sentence) => ("That can't be used", sentence),
            Self::Broken => {
                ("The store did not answer", "Nothing was changed. Try again; if it stays so, the log says why.")
            }
        }
    }

    /// The page that says so, and what to do.
    pub fn page(&self, room: &Room) -> Response {
        let (title, text) = self.words();
        let may_sign_in = *self == Self::SignedOut;
        let mut response =
            page(self.status(), &Bare { assets: room.assets().links(), title, text: &sentence(text), may_sign_in });
        if *self == Self::Broken {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("10"));
        }
        response
    }
}

/// Errors are written as parts of a sentence.
pub(super) fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first: String = characters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    let end = if text.ends_with(['.', '?', '”']) { "" } else { "." };
    format!("{first}{}{end}", characters.as_str())
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
