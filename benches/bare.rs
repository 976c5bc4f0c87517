//! The yardstick of `compare.sh`: the same requests and checks as its collection, with reqwest and `serde_json` alone.
//!
//! `bare URL COUNT` sends COUNT requests one after the other over one kept connection, and looks at the status and two
//! members of every answer; anything else than what is expected ends it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    reason = "a yardstick may fail loudly"
)]

use std::sync::Arc;
use std::time::Duration;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(count)) = (arguments.next(), arguments.next()) else {
        panic!("usage: bare URL COUNT")
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(send(&client(), &url, count.parse().unwrap()));
}

/// A client without TLS roots, as a plain `http://` run needs none.
fn client() -> reqwest::Client {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap();
    let tls = tls
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        // The tests need these features; alone, it would not have them.
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        .user_agent("bare");
    builder.timeout(Duration::from_secs(35)).build().unwrap()
}

async fn send(client: &reqwest::Client, url: &str, count: usize) {
    for _ in 0..count {
        let answer = client.get(url).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let json: serde_json::Value =
            serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        assert_eq!(json.pointer("/order/id").unwrap(), 4711);
        assert_eq!(json.pointer("/order/items/1/name").unwrap(), "lamp");
    }
}
