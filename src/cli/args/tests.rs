//! Tests of the command that repeats a run, from what was typed.

use clap::Parser as _;

use super::*;
use crate::project::rerun_command;
use crate::secret::Redactor;

/// The command for what was typed, with a secret that is known already.
fn again(typed: &[&str]) -> String {
    let arguments = Arguments::try_parse_from([&["apitest", "run"], typed].concat()).unwrap();
    let Command::Run(run) = arguments.command else {
        panic!("{typed:?}")
    };
    let redactor = Redactor::default();
    redactor.add("token", "t0ken-known").unwrap();
    rerun_command(&run.input.options(), &run.options(), &redactor)
}

#[test]
fn every_option_of_the_wire_is_typed_again() {
    let typed = "--timeout 10s --connect-timeout 2s --follow-redirects 3 --http 1.1 --max-body 99 --header x-a:b --proxy socks5://p:1080 \
                 --no-proxy a.test,b.test --cacert ca.pem --cert c.p12 --key k.pem --insecure --tls-min 1.2 --tls-max 1.3 \
                 --resolve a.test:80=127.0.0.1:90 --resolve b.test=::1 --unix-socket /tmp/s --ipv4 --interface lo --no-keep-alive";
    let words: Vec<&str> = typed.split_whitespace().collect();
    assert_eq!(again(&words), format!("apitest run {}", words.join(" ")));
    assert_eq!(
        again(&["--cookies", "a.txt", "--cookie-jar", "b.txt"]),
        "apitest run --cookies a.txt --cookie-jar b.txt"
    );
    assert_eq!(
        again(&["--ipv6", "--follow-redirects"]),
        "apitest run --follow-redirects 20 --ipv6"
    );
}

#[test]
fn words_are_quoted_where_a_shell_would_read_more_into_them() {
    assert_eq!(
        again(&["--var", "a=it's $5", "--header", "x-a: b c"]),
        r"apitest run --var 'a=it'\''s $5' --header 'x-a: b c'"
    );
    assert_eq!(again(&["--header", ""]), "apitest run --header ''");
}

#[test]
fn what_is_secret_is_a_variable() {
    let cases: [(&[&str], &str); 11] = [
        (
            &["--header", "x-api-key: abc"],
            r#"--header 'x-api-key: '"$X_API_KEY""#,
        ),
        (
            &["--header", "Authorization: Bearer abc"],
            r#"--header 'Authorization: Bearer '"$AUTHORIZATION""#,
        ),
        (
            &["--header", "authorization: Bearer t0ken-known"],
            r#"--header 'authorization: Bearer '"$TOKEN""#,
        ),
        (
            &["--header", "x-other: t0ken-known"],
            r#"--header 'x-other: '"$TOKEN""#,
        ),
        (
            &["--secret", "password=hunter22"],
            r#"--secret password="$password""#,
        ),
        (
            &["--proxy", "http://me:p%40ss@p.test:8080"],
            r#"--proxy http://me:"$PROXY_PASSWORD"@p.test:8080"#,
        ),
        (
            &["--proxy", "me:pass@p.test"],
            r#"--proxy me:"$PROXY_PASSWORD"@p.test"#,
        ),
        (
            &["--proxy", "http://api-key@p.test:1"],
            r#"--proxy http://"$PROXY_USER"@p.test:1"#,
        ),
        (
            &["--base-url", "https://me:pw@h.test/a@b"],
            r#"--base-url https://me:"$BASE_URL_PASSWORD"@h.test/a@b"#,
        ),
        (
            &["--base-url", "https://h.test/a@b"],
            "--base-url https://h.test/a@b",
        ),
        (&["--var", "a=1 t0ken-known"], r#"--var 'a=1 '"$TOKEN""#),
    ];
    for (typed, expected) in cases {
        assert_eq!(again(typed), format!("apitest run {expected}"));
    }
}

/// The long options of a command and of those below it.
fn options(command: &clap::Command, found: &mut std::collections::BTreeSet<String>) {
    let own = command.get_arguments().filter_map(clap::Arg::get_long);
    found.extend(own.map(|name| format!("--{name}")));
    for below in command.get_subcommands() {
        options(below, found);
    }
}

#[test]
fn messages_may_name_every_option_whatever_the_secrets_are() {
    let mut all = std::collections::BTreeSet::new();
    options(&<Arguments as clap::CommandFactory>::command(), &mut all);
    let known: Vec<_> = crate::secret::OPTIONS.to_vec();
    assert_eq!(known, all.iter().map(String::as_str).collect::<Vec<_>>());
}
