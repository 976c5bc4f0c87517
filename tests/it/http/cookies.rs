//! The jar on its way through exchanges.
use super::*;

#[test]
fn cookies_come_back_also_over_redirects() {
    let server = Server::start();
    let jar = Jar::default();
    let path = "/respond?status=302&header=Location:/echo&header=Set-Cookie:sid=1;%20Path=/&header=Set-Cookie:b=2";
    send_with(get(&server.url(path)), &following(1), Some(&jar))
        .result
        .unwrap();
    assert_eq!(server.last().header("cookie"), Some("sid=1; b=2"));
    send_with(get(&server.url("/echo")), &options(), Some(&jar))
        .result
        .unwrap();
    assert_eq!(server.last().header("cookie"), Some("sid=1; b=2"));
    send_with(get(&server.url("/echo")), &options(), None)
        .result
        .unwrap();
    assert_eq!(server.last().header("cookie"), None);
}

#[test]
fn cookies_written_by_hand_go_before_the_jars_and_win() {
    let server = Server::start();
    let jar = Jar::default();
    let url = Url::parse(&server.url("/")).unwrap();
    jar.store(&url, "a=jar");
    jar.store(&url, "b=jar");
    let request = get(&server.url("/echo"))
        .header("x-first", "1")
        .header("Cookie", "a=mine")
        .header("cookie", "c=mine");
    send_with(request.header("x-last", "1"), &options(), Some(&jar))
        .result
        .unwrap();
    let received = server.last();
    assert_eq!(received.header("cookie"), Some("a=mine; c=mine; b=jar"));
    assert_eq!(
        received.header_names()[1..4],
        ["x-first", "cookie", "x-last"]
    );
}
