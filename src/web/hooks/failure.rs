use axum::http::StatusCode;
use axum::http::header::{CONNECTION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};

use crate::feedback::webhooks::Refused;
use crate::mailroom::NotTaken;

/// Seconds after which a provider may come again.
const COME_AGAIN: &str = "60";

/// Why a request was not taken in, as it is told to who sent it and to the log.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    NotTaken(#[from] NotTaken),
    #[error("Amazon's answer could not be fetched: {0}; come again later")]
    NotFetched(String),
    #[error("it is larger than 1 MB")]
    TooLarge,
    #[error("it did not arrive whole")]
    CutOff,
    #[error("it took longer than 30 seconds; come again later")]
    TooSlow,
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let text = format!("{self}\n");
        match self {
            Self::Refused(Refused::Credential) => {
                (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Basic realm=\"webhook\"")], text).into_response()
            }
            Self::Refused(Refused::Missing(_) | Refused::Malformed(_)) | Self::CutOff => {
                (StatusCode::BAD_REQUEST, text).into_response()
            }
            Self::Refused(_) => (StatusCode::FORBIDDEN, text).into_response(),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, [(CONNECTION, "close")], text).into_response(),
            Self::NotTaken(_) | Self::NotFetched(_) | Self::TooSlow => {
                (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, COME_AGAIN)], text).into_response()
            }
        }
    }
}
