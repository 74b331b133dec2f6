use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::failure::Failure;
use super::room::Room;
use crate::config::Publisher;
use crate::web::Style;

/// The stylesheet and the scripts, each under a name that says what is in it: a browser asks for it once.
#[derive(Debug)]
pub(super) struct Assets {
    style: Asset,
    htmx: Asset,
    script: Asset,
    passkeys: Asset,
}

#[derive(Debug)]
struct Asset {
    name: String,
    content_type: &'static str,
    body: String,
}

/// Where they are.
#[derive(Clone, Debug)]
pub(super) struct Links {
    pub style: String,
    pub htmx: String,
    pub script: String,
    pub passkeys: String,
}

impl Assets {
    pub fn new(publisher: &Publisher) -> Self {
        // The readers' stylesheet, and what the desk needs more.
        let rules = [include_str!("../../templates/desk/desk.css"), include_str!("../../templates/desk/lists.css")];
        let style = format!("{}{}", Style::of(publisher).css, rules.concat());
        let script = "text/javascript; charset=utf-8";
        Self {
            style: Asset::new("css", "text/css; charset=utf-8", style),
            htmx: Asset::new("js", script, include_str!("../../templates/desk/vendor/htmx.min.js").to_owned()),
            script: Asset::new("js", script, include_str!("../../templates/desk/desk.js").to_owned()),
            passkeys: Asset::new("js", script, include_str!("../../templates/desk/passkeys.js").to_owned()),
        }
    }

    pub fn links(&self) -> Links {
        let link = |asset: &Asset| format!("/desk/asset/{}", asset.name);
        Links {
            style: link(&self.style),
            htmx: link(&self.htmx),
            script: link(&self.script),
            passkeys: link(&self.passkeys),
        }
    }
}

impl Asset {
    fn new(kind: &str, content_type: &'static str, body: String) -> Self {
        let digest = HEXLOWER.encode(&Sha256::digest(&body)[..8]);
        Self { name: format!("{digest}.{kind}"), content_type, body }
    }
}

pub(super) async fn show(State(room): State<Room>, Path(name): Path<String>) -> Result<Response, Failure> {
    let Assets { style, htmx, script, passkeys } = room.assets();
    let asset =
        [style, htmx, script, passkeys].into_iter().find(|asset| asset.name == name).ok_or(Failure::NoSuchPage)?;
    let headers = [(CONTENT_TYPE, asset.content_type), (CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Ok((headers, asset.body.clone()).into_response())
}
