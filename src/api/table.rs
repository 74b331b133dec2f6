use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, on};
use utoipa::openapi::path::HttpMethod;
use utoipa::openapi::{OpenApi, RefOr, Schema};

use super::document;
use super::guard::{Admission, admit};
use super::room::Room;
use crate::store::Scope;

/// A route of the API, for who wants to walk them all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    pub method: Method,
    pub path: String,
    pub scope: Scope,
}

/// The routes as they are added: none without a scope, none that the document does not tell.
pub(super) struct Table {
    pub router: Router<Room>,
    pub known: Vec<Known>,
    pub document: OpenApi,
    room: Room,
}

impl Table {
    pub fn new(room: &Room) -> Self {
        Self { router: Router::new(), known: Vec::new(), document: document::empty(), room: room.clone() }
    }

    /// Adds a route with what `#[utoipa::path]` says of its handler.
    pub fn add<P, T>(mut self, _: P, scope: Scope, handler: impl Handler<T, Room>) -> Self
    where
        P: utoipa::Path + utoipa::__dev::SchemaReferences + for<'t> utoipa::__dev::Tags<'t>,
        T: 'static,
    {
        let path = P::path();
        let tags: Vec<String> = P::tags().into_iter().map(ToOwned::to_owned).collect();
        for told in P::methods() {
            let (method, filter) = method(&told);
            let admission = Admission { room: self.room.clone(), scope };
            let route = on(filter, handler.clone()).route_layer(from_fn_with_state(admission, admit));
            self.router = self.router.route(&path, route);
            self.known.push(Known { method, path: path.clone(), scope });
            let mut schemas: Vec<(String, RefOr<Schema>)> = Vec::new();
            P::schemas(&mut schemas);
            let mut operation = P::operation();
            operation.tags = Some(tags.clone());
            document::add(&mut self.document, &path, told, operation, schemas, scope);
        }
        self
    }
}

fn method(told: &HttpMethod) -> (Method, MethodFilter) {
    match told {
        HttpMethod::Get => (Method::GET, MethodFilter::GET),
        HttpMethod::Post => (Method::POST, MethodFilter::POST),
        HttpMethod::Put => (Method::PUT, MethodFilter::PUT),
        HttpMethod::Patch => (Method::PATCH, MethodFilter::PATCH),
        HttpMethod::Delete => (Method::DELETE, MethodFilter::DELETE),
        HttpMethod::Head => (Method::HEAD, MethodFilter::HEAD),
        HttpMethod::Options => (Method::OPTIONS, MethodFilter::OPTIONS),
        HttpMethod::Trace => (Method::TRACE, MethodFilter::TRACE),
    }
}
