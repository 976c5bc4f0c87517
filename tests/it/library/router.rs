//! A collection against a router that is served for the test.

use apitest::Project;
use axum::{Json, Router, http::StatusCode, routing::get};
use serde_json::{Value, json};

fn router() -> Router {
    let post = |Json(event): Json<Value>| async move {
        let key = event["key"].as_str().unwrap_or_default().to_owned();
        Json(json!({ "message": format!("Hello, {key}") }))
    };
    let hello = get(|| async { Json(json!({ "message": "Hi from Lambda!" })) }).post(post);
    let missing = || async {
        let body = json!({ "message": "Missing Authentication Token" });
        (StatusCode::FORBIDDEN, Json(body))
    };
    Router::new().route("/hello", hello).fallback(missing)
}

#[tokio::test]
async fn the_router_answers_like_the_stage() -> Result<(), Box<dyn std::error::Error>> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, router()).await });

    let project = Project::discover(".")?.collection("collections/hello.toml");
    let report = project.base_url(url).run_async().await?;
    report.assert_passed();
    Ok(())
}
