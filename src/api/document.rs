//! The document that tells the API (OpenAPI 3.1): made of the routes themselves, so that it can't tell others.

use axum::Json;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::path::{HttpMethod, Operation, ParameterIn};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    Components, ContentBuilder, Header, InfoBuilder, OpenApi, OpenApiBuilder, Paths, Ref, RefOr, ResponseBuilder,
    Schema, SecurityRequirement,
};
use utoipa::{PartialSchema, ToSchema};

use super::problem::{FieldProblem, PROBLEM_JSON, Problem};
use crate::store::Scope;

/// The name of the one way to be let in.
const BEARER: &str = "bearer";
const ABOUT: &str = "Readers, editions, stories and results of one griot. A program is let in by a token with the scopes \
                     it needs, which `griot desk token add` or the desk makes.";

pub(super) fn empty() -> OpenApi {
    let mut components = Components::new();
    components.schemas.insert(Problem::name().into_owned(), Problem::schema());
    components.schemas.insert(FieldProblem::name().into_owned(), FieldProblem::schema());
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("A token of the desk."));
    components.add_security_scheme(BEARER, SecurityScheme::Http(scheme.build()));
    let info = InfoBuilder::new().title("griot").version(env!("CARGO_PKG_VERSION")).description(Some(ABOUT));
    OpenApiBuilder::new().info(info.build()).paths(Paths::new()).components(Some(components)).build()
}

/// Tells a route, with what every route can answer beside what its own attribute says.
pub(super) fn add(
    document: &mut OpenApi,
    path: &str,
    method: HttpMethod,
    mut operation: Operation,
    schemas: Vec<(String, RefOr<Schema>)>,
    scope: Scope,
) {
    if let Some(components) = &mut document.components {
        components.schemas.extend(schemas);
    }
    operation.security = Some(vec![SecurityRequirement::new(BEARER, [scope.as_str()])]);
    let parameters = operation.parameters.iter().flatten();
    let has = |place: ParameterIn| parameters.clone().any(|one| one.parameter_in == place);
    let (has_place, has_query, has_body) =
        (has(ParameterIn::Path), has(ParameterIn::Query), operation.request_body.is_some());
    let common = [
        (has_query || has_body, "400", "It is not made as this document says"),
        (true, "401", "No good token came with it"),
        (true, "403", "The token lacks the scope"),
        (has_place, "404", "There is no such thing"),
        (true, "408", "It took too long"),
        (has_body, "413", "The body is too large"),
        (has_body, "415", "The body is not JSON"),
        (has_body, "422", "A value in it can't be used"),
        (true, "429", "Too many requests with this token"),
        (true, "503", "The store did not answer"),
    ];
    let responses = &mut operation.responses.responses;
    for (_, status, told) in common.into_iter().filter(|(can, ..)| *can) {
        responses.entry(status.to_owned()).or_insert_with(|| ResponseBuilder::new().description(told).build().into());
    }
    // Whatever is refused is refused by a problem document.
    for (status, response) in responses.iter_mut() {
        let RefOr::T(response) = response else { continue };
        if status.as_str() < "400" {
            continue;
        }
        let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name(Problem::name()))).build();
        response.content = [(PROBLEM_JSON.to_owned(), problem)].into_iter().collect();
        let text = |told: &str| {
            let mut header = Header::new(String::schema());
            header.description = Some(told.to_owned());
            header
        };
        match status.as_str() {
            "401" => drop(response.headers.insert("WWW-Authenticate".to_owned(), text("How to be let in"))),
            "429" | "503" => drop(response.headers.insert("Retry-After".to_owned(), text("Seconds to wait"))),
            _ => {}
        }
    }
    document.paths.add_path_operation(path, vec![method], operation);
}

pub(super) fn answer(document: &OpenApi) -> Response {
    Json(document).into_response()
}
