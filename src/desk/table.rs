use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::{from_fn_with_state, map_request};
use axum::routing::{MethodFilter, MethodRouter, on};

use super::guard::{Admission, admit};
use super::room::Room;
use super::upload;
use crate::store::Role;

/// A route of the desk, for who wants to walk them all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    pub method: Method,
    pub path: &'static str,
    /// The least role that may take it; `None` where nobody needs to be signed in.
    pub role: Option<Role>,
}

/// The routes as they are added: none without saying who may take it.
pub(super) struct Table {
    pub router: Router<Room>,
    pub known: Vec<Known>,
    room: Room,
}

impl Table {
    pub fn new(room: &Room) -> Self {
        Self { router: Router::new(), known: Vec::new(), room: room.clone() }
    }

    pub fn get<T: 'static>(self, role: Role, path: &'static str, handler: impl Handler<T, Room>) -> Self {
        self.guarded(Method::GET, role, path, on(MethodFilter::GET, handler))
    }

    pub fn post<T: 'static>(self, role: Role, path: &'static str, handler: impl Handler<T, Room>) -> Self {
        self.guarded(Method::POST, role, path, on(MethodFilter::POST, handler))
    }

    /// For a form with a file of at most so many bytes.
    pub fn post_file<T: 'static>(
        self,
        role: Role,
        path: &'static str,
        bytes: usize,
        handler: impl Handler<T, Room>,
    ) -> Self {
        let arrive = map_request(move |request: Request| async move { upload::let_arrive(request, bytes) });
        let route = on(MethodFilter::POST, handler).layer(DefaultBodyLimit::max(bytes)).layer(arrive);
        self.guarded(Method::POST, role, path, route)
    }

    /// For who is not signed in.
    pub fn open<T: 'static>(self, path: &'static str, handler: impl Handler<T, Room>) -> Self {
        self.add(Known { method: Method::GET, path, role: None }, on(MethodFilter::GET, handler))
    }

    pub fn open_post<T: 'static>(self, path: &'static str, handler: impl Handler<T, Room>) -> Self {
        self.add(Known { method: Method::POST, path, role: None }, on(MethodFilter::POST, handler))
    }

    fn guarded(self, method: Method, role: Role, path: &'static str, route: MethodRouter<Room>) -> Self {
        let admission = Admission { room: self.room.clone(), role };
        self.add(Known { method, path, role: Some(role) }, route.route_layer(from_fn_with_state(admission, admit)))
    }

    fn add(mut self, known: Known, route: MethodRouter<Room>) -> Self {
        self.router = self.router.route(known.path, route);
        self.known.push(known);
        self
    }
}
