use axum::body::Body;
use axum::extract::multipart::MultipartError;
use axum::extract::{FromRequest, Multipart, Request};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};

use super::failure::Failure;

/// Bytes of the largest file that is taken: some hundred thousand readers.
pub(super) const LARGEST_FILE: usize = 20 * 1024 * 1024;
/// Longest file name that is kept, in characters.
const MAX_NAME: usize = 200;
/// What is too large is read to its end, as far as so many times what may come, and thrown away: a browser that is not
/// listened to any more shows no page, and nobody would learn why.
const READ_ON: usize = 10;

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
                // The file of the form, and no other.
                Some(name) if part.name() == Some("file") => {
                    // Without the folders it lay in.
                    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
                    sent.file_name = name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
                    sent.bytes = part.bytes().await.map_err(refused)?.into();
                }
                Some(_) => {}
                None => {
                    let name = part.name().unwrap_or_default().to_owned();
                    sent.fields.push((name, part.text().await.map_err(refused)?));
                }
            }
        }
        Ok(sent)
    }
}

/// Lets a body of more than `bytes` arrive before it is found too large, keeping nothing of the rest.
pub(super) fn let_arrive(request: Request, bytes: usize) -> Request {
    let (parts, body) = request.into_parts();
    let begun = (body.into_data_stream(), 0);
    let read = stream::unfold(begun, move |(mut body, mut read)| async move {
        let chunk = body.next().await?;
        read += chunk.as_ref().map_or(0, |chunk| chunk.len());
        while read > bytes && read < bytes.saturating_mul(READ_ON) {
            let Some(Ok(more)) = body.next().await else { break };
            read += more.len();
        }
        Some((chunk, (body, read)))
    });
    Request::from_parts(parts, Body::from_stream(read))
}
