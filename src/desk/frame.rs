use askama::Template;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::assets::Links;
use super::guard::Signed;
use super::room::Room;
use crate::store::Role;

/// What stands around every page of who is signed in.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub title: String,
    pub publisher: String,
    pub member: String,
    pub role: Role,
    pub assets: Links,
    /// The address of the part of the desk the page belongs to.
    pub part: &'static str,
    /// What was just done, or empty.
    pub notice: &'static str,
}

impl Frame {
    pub fn new(room: &Room, signed: &Signed, part: &'static str, title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            publisher: room.press().config().publisher.name.to_string(),
            member: signed.member.name.clone(),
            role: signed.member.role,
            assets: room.assets().links(),
            part,
            notice: "",
        }
    }

    /// With a sentence on what was just done.
    pub fn noting(self, notice: &'static str) -> Self {
        Self { notice, ..self }
    }

    /// The parts of the desk this role may see, each with its address.
    pub fn parts(&self) -> Vec<(&'static str, &'static str)> {
        let parts = [
            ("/desk", "Today", Role::Viewer),
            ("/desk/results", "Results", Role::Viewer),
            ("/desk/stories", "Stories", Role::Viewer),
            ("/desk/readers", "Readers", Role::Operator),
            ("/desk/feeds", "Feeds", Role::Viewer),
            ("/desk/settings", "Settings", Role::Viewer),
            ("/desk/staff", "Staff", Role::Operator),
        ];
        parts.into_iter().filter(|(.., role)| self.role.may(*role)).map(|(path, name, _)| (path, name)).collect()
    }

    /// Whether the page belongs to this part.
    pub fn is_at(&self, part: &str) -> bool {
        self.part == part
    }

    pub fn may_operate(&self) -> bool {
        self.role.may(Role::Operator)
    }

    pub fn may_edit(&self) -> bool {
        self.role.may(Role::Editor)
    }
}

/// The end of an address that a page is come back to by: a word for what was just done. Each page knows its own, and says
/// nothing to another.
#[derive(Debug, Deserialize)]
pub(super) struct Done {
    #[serde(default)]
    pub done: String,
}

/// A page for whoever it may be.
#[derive(Debug, Template)]
#[template(path = "desk/bare.html")]
pub(super) struct Bare<'a> {
    pub assets: Links,
    pub title: &'a str,
    pub text: &'a str,
    pub may_sign_in: bool,
}

pub(super) fn page(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, [(CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response(),
        Err(error) => {
            tracing::error!("a page of the desk could not be written: {error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
