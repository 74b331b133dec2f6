//! The pages readers see, over HTTP: leaving, confirming, choosing, the first page, past editions; `/health` and
//! `/metrics` for who watches over it;
//! the links by which clicks and opens are counted; and the webhooks that mail providers post to, which have a protection
//! of their own.
//!
//! Owns: routes, forms, what a page says, and what protects it (rule W): tokens before anything else, no script at all,
//! security headers, limits on size and time, an access log without tokens or addresses. Leaves out: TLS, which a
//! reverse proxy in front does, and what the pages set in motion, which `publishing` and the store do.
//!
//! May fail: the store. A reader is then told that nothing has changed and to come back, with status 503, so that a
//! mail program's one-click is tried again; the log says why.

mod answer;
mod archive;
mod click;
mod client;
mod confirm;
mod embed;
mod failure;
mod fields;
mod frame;
mod guard;
mod health;
mod hooks;
mod metrics;
mod picture;
mod preferences;
mod privacy;
mod samples;
mod server;
mod sign_up;
mod site;
mod speaker;
mod style;
mod told;
mod traffic;
mod unsubscribe;

use std::future::Future;

use anyhow::{Context, Result};
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use axum::{Router, middleware};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::mailroom::Queue;
use crate::publishing::Press;
use crate::tally::Tally;
use site::Site;

pub use client::{Peer, client_address, network_of};
pub use fields::Fields;
pub use hooks::{Fetch, Hooks};
pub use samples::samples;
pub use server::serve;
pub use style::Style;

/// Bytes of the largest form that is read. The largest one that is meant holds a name.
const LARGEST_BODY: usize = 8 * 1024;

/// Answers on `listener` until `stop` is ready; then takes no new connections and lets open ones finish. What webhooks
/// bring goes into `queue`; `others` are routes that bring their own protection.
pub async fn run(
    press: Press,
    queue: Queue,
    others: Router,
    listener: TcpListener,
    stop: impl Future<Output = ()>,
) -> Result<()> {
    let hooks = Hooks::new(press.clone(), queue)?;
    let (tally, writer) = Tally::new(press.clone())?;
    let (ended, end) = oneshot::channel::<()>();
    let writer = tokio::spawn(writer.run(async { drop(end.await) }));
    let pages = router(press.clone(), hooks, tally).merge(others);
    let pages = pages.layer(middleware::from_fn_with_state(press, traffic::count));
    let served = serve(pages, listener, stop).await;
    // What the last pages counted is written down before this returns.
    drop(ended);
    writer.await.context("the writer of clicks was cut short")?;
    served
}

/// Every page, the links that `tally` counts, and the webhooks that are configured. What is merged beside it brings its own
/// protection: the headers and limits stand on these routes only.
pub fn router(press: Press, hooks: Hooks, tally: Tally) -> Router {
    let site = Site::new(press);
    let clicks = click::router(site.clone(), tally);
    Router::new()
        .route("/", get(sign_up::show))
        .route("/archive", get(archive::show))
        .route("/archive/{newsletter}", get(archive::show_newsletter))
        .route("/archive/{newsletter}/{number}", get(archive::show_edition))
        .route("/archive/{newsletter}/{number}/{token}", get(archive::show_edition_to_bearer))
        .route("/confirm/{token}", get(confirm::ask).post(confirm::confirm))
        .route("/embed", get(sign_up::show_framed).post(sign_up::subscribe_framed))
        .route("/embed.js", get(embed::script))
        .route("/embed.json", get(embed::offer))
        .route("/work.js", get(embed::work))
        .route("/health", get(health::show))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(metrics::show))
        .route("/robots.txt", get(archive::robots))
        .route("/sitemap.xml", get(archive::sitemap))
        .route("/preferences", get(sign_up::ask_link).post(sign_up::send_link))
        .route("/pictures/{name}", get(picture::show))
        .route("/privacy", get(privacy::show))
        .route("/subscribe", get(sign_up::show).post(sign_up::subscribe))
        .route("/confirm-address/{token}", get(preferences::ask_address).post(preferences::take_address))
        .route("/preferences/{token}/data", get(preferences::download))
        .route("/preferences/{token}/erase", get(preferences::ask_erasure).post(preferences::erase))
        .route("/preferences/{token}", get(preferences::show).post(preferences::change))
        .route("/unsubscribe/{token}", get(unsubscribe::ask).post(unsubscribe::leave))
        .fallback(failure::no_such_page)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(middleware::from_fn_with_state(site.clone(), guard::protect))
        .with_state(site)
        .merge(clicks)
        .merge(hooks::router(hooks))
}
