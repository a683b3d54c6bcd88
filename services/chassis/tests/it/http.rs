//! Plain HTTP, as a probe speaks it.

use std::net::SocketAddr;

use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tonic::codegen::{Bytes, http};

pub(crate) async fn get(address: SocketAddr, path: &str) -> (u16, String) {
    send("GET", address, path, "").await
}

pub(crate) async fn put(address: SocketAddr, path: &str, body: &str) -> (u16, String) {
    send("PUT", address, path, body).await
}

async fn send(method: &str, address: SocketAddr, path: &str, body: &str) -> (u16, String) {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let request = http::Request::builder()
        .method(method)
        .uri(format!("http://{address}{path}"))
        .body(Full::new(Bytes::copy_from_slice(body.as_bytes())))
        .unwrap();
    let response = client.request(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}
