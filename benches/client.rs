//! What a request costs the client, against reqwest alone: both send the same requests over one kept connection each, by
//! turns in one process, and the time that the client's thread was on a processor is compared.
//!
//! `cargo bench --bench client`; on Linux alone, where a thread's time can be read from a file.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a measurement prints, and may fail loudly"
)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use apitest::http::{ConnectionPool, Options, Request};
use url::Url;

const ROUNDS: usize = 20;
const REQUESTS: usize = 500;
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: Sun, 01 Jan 2023 00:00:00 GMT\r\nX-Request-Id: 0123456789abcdef\r\nContent-Length: 19\r\n\r\n{\"message\":\"hello\"}";

fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("http://{}/hello", listener.local_addr().unwrap())).unwrap();
    std::thread::spawn(move || {
        listener
            .incoming()
            .flatten()
            .for_each(|stream| drop(std::thread::spawn(|| serve(stream))));
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (clients, bare) = (ConnectionPool::new(), bare_client());
    let mut spent: Vec<(f64, f64)> = Vec::new();
    for _ in 0..ROUNDS {
        let reqwest = on_processor(|| runtime.block_on(by_reqwest(&bare, &url)));
        let ours = on_processor(|| runtime.block_on(by_us(&clients, &url)));
        spent.push((ours, reqwest));
    }
    let mut ratios: Vec<f64> = spent
        .iter()
        .skip(1)
        .map(|(ours, reqwest)| ours / reqwest)
        .collect();
    ratios.sort_by(f64::total_cmp);
    let (ours, reqwest) = spent.last().unwrap();
    println!(
        "one request: {ours:.1} µs here, {reqwest:.1} µs with reqwest alone; median ratio {:.3}",
        ratios[ratios.len() / 2]
    );
}

fn bare_client() -> reqwest::Client {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
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
        .user_agent("bench");
    builder
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(35))
        .build()
        .unwrap()
}

async fn by_reqwest(client: &reqwest::Client, url: &Url) {
    for _ in 0..REQUESTS {
        let request = client
            .get(url.clone())
            .header("x-a", "1")
            .header("authorization", "Bearer 0123456789");
        let answer = request
            .header("accept-encoding", "gzip")
            .send()
            .await
            .unwrap();
        assert_eq!(
            (
                answer.status().as_u16(),
                answer.bytes().await.unwrap().len()
            ),
            (200, 19)
        );
    }
}

async fn by_us(clients: &ConnectionPool, url: &Url) {
    let options = Options::default();
    for _ in 0..REQUESTS {
        let request = Request::new("GET", url.clone())
            .header("x-a", "1")
            .header("authorization", "Bearer 0123456789");
        let answer = clients.send(request, &options, None).await.result.unwrap();
        assert_eq!((answer.status, answer.body.len()), (200, 19));
    }
}

/// Microseconds a request for which this thread was on a processor.
fn on_processor(work: impl FnOnce()) -> f64 {
    let before = spent();
    work();
    (spent() - before) / 1000.0 / f64::from(u32::try_from(REQUESTS).unwrap())
}

fn spent() -> f64 {
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    statistics.split(' ').next().unwrap().parse().unwrap()
}

fn serve(mut stream: TcpStream) {
    let mut buffer = [0; 4096];
    while matches!(stream.read(&mut buffer), Ok(1..)) {
        stream.write_all(ANSWER).unwrap();
    }
}
