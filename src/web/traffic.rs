use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::publishing::Press;

/// Counts what is answered, by the pattern of its route: a path may hold a token, and there is no end of them.
pub(super) async fn count(State(press): State<Press>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let response = next.run(request).await;
    let status = response.status().as_str().to_owned();
    press.vitals().requests.get_or_create(&vec![("route", route), ("status", status)]).inc();
    response
}
