#![no_main]
//! Lines of `Set-Cookie`: stored for one host, never sent to another.

use apitest::clock::Clock;
use apitest::http::Jar;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let jar = Jar::new(Clock::System);
    let url = |text: &str| url::Url::parse(text).expect("a URL");
    let here = url("https://api.example.org/a/b");
    for line in text.lines() {
        jar.store(&here, line);
    }
    let _ = jar.header(&here);
    for foreign in [
        "https://example.com/a/b",
        "https://example.org.evil.net/",
        "https://org/a",
        "https://1.2.3.4/",
    ] {
        assert_eq!(jar.header(&url(foreign)), None, "{text:?}");
    }
});
