use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::failure::Failure;
use super::frame::{Frame, page};
use super::guard::Signed;
use super::room::Room;
use crate::saying::time::in_zone;
use crate::store::{Node, NodeState};

/// The part of the desk it belongs to.
const PART: &str = "/desk/settings";

/// The machines that work on the store.
#[derive(Debug, Template)]
#[template(path = "desk/nodes.html")]
struct Nodes {
    frame: Frame,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    name: String,
    roles: String,
    leads: bool,
    version: String,
    word: &'static str,
    is_bad: bool,
    seen: String,
}

pub(super) async fn show(State(room): State<Room>, signed: Signed) -> Result<Response, Failure> {
    let rows = room
        .ask(|store, press| {
            let (zone, now) = (press.config().home_zone(), press.now());
            let row = |node: Node| Row {
                roles: node.roles.join(", "),
                leads: node.leads,
                word: node.state().as_str(),
                is_bad: node.state() == NodeState::Lost,
                seen: match node.state() {
                    NodeState::Up => format!("{} s ago", node.silent_for.as_secs()),
                    NodeState::Stopped | NodeState::Lost => in_zone(node.seen_at, zone, now),
                },
                version: node.version,
                name: node.name,
            };
            Ok(store.read(Node::all)?.into_iter().map(row).collect())
        })
        .await?;
    Ok(page(StatusCode::OK, &Nodes { frame: Frame::new(&room, &signed, PART, "Nodes"), rows }))
}
