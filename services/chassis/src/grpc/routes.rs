//! The services behind one listener, by the name that a call's path begins with.

use std::collections::HashMap;
use std::convert::Infallible;

use futures::FutureExt;
use futures::future::BoxFuture;
use http::{Request, Response};
use hyper::body::Incoming;
use tonic::Status;
use tonic::body::Body;
use tonic::server::NamedService;
use tower::Service;

type Handler = Box<dyn Fn(Request<Body>) -> BoxFuture<'static, Response<Body>> + Send + Sync>;

/// Generated services. They find the method themselves and are ready at any time.
#[derive(Default)]
pub(super) struct Routes(HashMap<&'static str, Handler>);

impl Routes {
    pub(super) fn add<S>(&mut self, service: S)
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        let handler = move |request| {
            let answered = service.clone().call(request);
            answered.map(|Ok(response)| response).boxed()
        };
        self.0.insert(S::NAME, Box::new(handler));
    }

    /// Full names, in their order.
    pub(super) fn names(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.0.keys().copied().collect();
        names.sort_unstable();
        names
    }

    /// Answers a call; `UNIMPLEMENTED` where no service has the name.
    pub(super) async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let path = request.uri().path();
        let service = path.strip_prefix('/').and_then(|path| path.split_once('/'));
        let handler = service.and_then(|(service, _)| self.0.get(service));
        match handler {
            Some(handler) => handler(request.map(Body::new)).await,
            None => Status::unimplemented("no such service").into_http(),
        }
    }
}
