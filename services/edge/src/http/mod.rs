//! HTTP for people's browsers and programs: routes, what surrounds them, and the listener.
//!
//! A handler decodes, asks one peer, and encodes. What every request has in common (limits, origins,
//! deadline, language, log line, problems) is seen to around it, once.

mod accounts;
mod activity;
mod address;
mod appeals;
mod applications;
mod bindings;
mod body;
mod captchas;
mod challenges;
mod cookies;
mod documents;
mod extract;
mod guard;
mod limits;
mod menu;
mod messages;
mod observe;
mod offices;
mod page;
mod pages;
mod portal;
mod problem;
mod room;
mod server;
mod service_points;
mod session;
mod visits;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderName, HeaderValue};
use tower_http::csrf::{ConfigError, CsrfLayer};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use xuanhao_chassis::lifecycle::{Boot, BoxError, Phase};
use xuanhao_chassis::random::SecureRandom;
use xuanhao_chassis::reason::Reason;
use xuanhao_chassis::tls::{LOOK_EVERY, Served};

use crate::config::HttpConfig;
use crate::error::Error;
use crate::openapi;
use crate::peers::Peers;
use limits::{Few, Limits};
use server::Server;

pub(crate) use cookies::{SESSION, VISIT};
pub(crate) use problem::{PROBLEM_JSON, Problem};

/// Where the document is.
const OPENAPI: &str = "/api/v1/openapi.json";

/// What handlers are made with. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Edge(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    peers: Peers,
    random: SecureRandom,
    limits: Limits,
    config: HttpConfig,
    /// `Cache-Control` of what is the same for everybody.
    public: HeaderValue,
    portal: portal::Files,
}

impl Edge {
    fn new(config: &HttpConfig, peers: Peers) -> Self {
        let public = format!("public, max-age={}", config.public_max_age_s);
        Self(Arc::new(Inner {
            peers,
            random: SecureRandom::system(),
            limits: Limits::new(config),
            config: config.clone(),
            public: HeaderValue::from_str(&public).expect("words and a number"),
            portal: portal::Files::built(),
        }))
    }

    fn peers(&self) -> &Peers {
        &self.0.peers
    }

    fn random(&self) -> &SecureRandom {
        &self.0.random
    }

    fn limits(&self) -> &Limits {
        &self.0.limits
    }

    fn config(&self) -> &HttpConfig {
        &self.0.config
    }

    fn portal(&self) -> &portal::Files {
        &self.0.portal
    }

    /// An answer that is the same for everybody.
    fn public<T>(&self, answer: T) -> Public<T> {
        ([(CACHE_CONTROL, self.0.public.clone())], axum::Json(answer))
    }
}

/// An answer that anybody may keep for a moment.
type Public<T> = ([(HeaderName, HeaderValue); 1], axum::Json<T>);

/// Starts answering; the address goes into the ready file as `http`.
///
/// # Errors
/// When certificate or origins cannot be used, or the address is taken.
pub(crate) async fn start(boot: &Boot, config: &HttpConfig, peers: Peers) -> Result<(), BoxError> {
    let last = boot.tasks(Phase::Last);
    let served = Served::load(&config.certificate(), server::PROTOCOLS)?;
    let fresh = served.clone().keep_fresh(LOOK_EVERY, last.stopping());
    last.spawn_endless("served certificate", fresh);

    let edge = Edge::new(config, peers);
    let forgetting = edge.clone();
    let stop = last.stopping();
    last.spawn_endless("client addresses", async move {
        forgetting.limits().keep_small(stop).await;
    });

    let server = Server::bind(config, served, router(&edge)?).await?;
    boot.announce("http", server.address());
    let tasks = boot.tasks(Phase::Rpcs);
    let limit = Duration::from_millis(boot.config().lifecycle.rpc_drain_limit_ms);
    tasks.spawn_endless("http", server.serve(tasks.stopping(), limit));
    Ok(())
}

/// Operations that cost us and that strangers may ask for.
fn costly() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .merge(captchas::routes())
        .merge(challenges::strangers())
        .merge(accounts::strangers())
        .merge(session::strangers())
}

/// All others.
fn ordinary() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .merge(visits::routes())
        .merge(menu::routes())
        .merge(challenges::routes())
        .merge(accounts::routes())
        .merge(session::routes())
        .merge(offices::routes())
        .merge(service_points::routes())
        .merge(applications::routes())
        .merge(appeals::routes())
        .merge(bindings::ordinary())
        .merge(messages::routes())
}

/// The document's entries of all operations.
pub(crate) fn operations() -> OpenApi {
    ordinary()
        .merge(costly())
        .merge(documents::routes())
        .merge(bindings::binding())
        .into_openapi()
}

/// Everything that is answered, with all that surrounds it.
fn router(edge: &Edge) -> Result<Router, ConfigError> {
    let few = |few: Few| from_fn_with_state((edge.clone(), few), guard::counted);
    let routes = ordinary()
        .merge(costly().route_layer(few(Few::Costly)))
        .merge(documents::routes().route_layer(few(Few::Documents)))
        .merge(bindings::binding().route_layer(few(Few::Bindings)));
    let (routes, _) = routes.split_for_parts();
    let routes = routes.merge(pages::routes());
    let document = openapi::document();
    let document = document.to_json().expect("the document is JSON");
    let public = edge.0.public.clone();
    let json = HeaderValue::from_static("application/json");
    let routes = routes.route(
        OPENAPI,
        axum::routing::get(async move || {
            ([(CONTENT_TYPE, json), (CACHE_CONTROL, public)], document)
        }),
    );
    surrounded(routes, edge)
}

/// Puts around routes what every request has in common; the last named comes first.
fn surrounded(routes: Router<Edge>, edge: &Edge) -> Result<Router, ConfigError> {
    let refused =
        |_| axum::response::IntoResponse::into_response(Error::from(Reason::OriginRefused));
    let mut origins = CsrfLayer::new();
    for origin in &edge.config().origins {
        origins = origins.add_trusted_origin(origin)?;
    }
    Ok(routes
        .fallback(guard::unknown)
        .method_not_allowed_fallback(guard::not_allowed)
        .layer(from_fn_with_state(edge.clone(), guard::in_time))
        .layer(origins.with_rejection_response(refused))
        .layer(from_fn_with_state(edge.clone(), guard::admitted))
        .layer(from_fn_with_state(edge.clone(), portal::beside_routes))
        .layer(guard::no_panic())
        .layer(from_fn(observe::answer))
        .with_state(edge.clone()))
}

#[cfg(test)]
mod tests;
