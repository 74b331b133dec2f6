use axum::extract::multipart::MultipartError;
use axum::extract::{FromRequest, Multipart, Request};
use axum::response::{IntoResponse, Response};

use super::failure::Failure;

/// Bytes of the largest file that is taken: some hundred thousand readers.
pub(super) const LARGEST_FILE: usize = 20 * 1024 * 1024;
/// Longest file name that is kept, in characters.
const MAX_NAME: usize = 200;

/// A form with one file.
#[derive(Debug, Default)]
pub(super) struct Sent {
    /// As the browser calls it; for people only.
    pub file_name: String,
    pub bytes: Vec<u8>,
    fields: Vec<(String, String)>,
}

impl Sent {
    pub fn get(&self, name: &str) -> &str {
        self.fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim())
    }
}

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let refused = |error: MultipartError| error.into_response();
        let mut parts =
            Multipart::from_request(request, state).await.map_err(|_| Failure::Incomplete.into_response())?;
        let mut sent = Self::default();
        while let Some(part) = parts.next_field().await.map_err(refused)? {
            match part.file_name().map(ToOwned::to_owned) {
                Some(name) => {
                    sent.file_name = name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
                    sent.bytes = part.bytes().await.map_err(refused)?.to_vec();
                }
                None => {
                    let name = part.name().unwrap_or_default().to_owned();
                    sent.fields.push((name, part.text().await.map_err(refused)?));
                }
            }
        }
        Ok(sent)
    }
}
