//! The command that runs the same again: the options as they were typed, without paths and selection. What is secret
//! stands in it as a variable of the shell.

use std::path::PathBuf;

use super::args::{Run, Wire};
use crate::http::shell::{Part, Variables, quoted_by};
use crate::run::shell_word;
use crate::secret::{Redactor, header_parts, is_secret_header};

/// `apitest run` with all options of which the requests, or what is made of their answers, depend.
pub(super) fn command(arguments: &Run, redactor: &Redactor) -> String {
    let input = &arguments.input;
    let mut typed = Typed {
        words: vec!["apitest run".to_owned()],
        variables: Variables::new(redactor),
    };
    typed.texts("--stage", &input.stage);
    if let Some(url) = &input.base_url {
        typed.url("--base-url", url, "base_url");
    }
    typed.texts("--var", &input.vars);
    typed.files("--env-file", &input.env_file);
    typed.files("--secret-env-file", &input.secret_env_file);
    typed.files("--replay", &arguments.replay);
    typed.files("--cookies", &input.cookies);
    typed.files("--cookie-jar", &arguments.cookie_jar);
    for secret in &input.secrets {
        let name = secret.split('=').next().unwrap_or_default();
        typed.option(
            "--secret",
            &[
                Part::Text(format!("{name}=")),
                Part::Variable(name.to_owned()),
            ],
        );
    }
    typed.switch("--allow-commands", input.allow_commands);
    typed.texts("--allow-credentials", &input.allow_credentials);
    typed.wire(&input.wire);
    typed.words.join(" ")
}

/// Options, typed anew.
struct Typed<'a> {
    words: Vec<String>,
    variables: Variables<'a>,
}

impl Typed<'_> {
    /// What wins over every request's own. All are named, so that a new one is not forgotten here.
    fn wire(&mut self, wire: &Wire) {
        let Wire {
            timeout,
            connect_timeout,
            follow_redirects,
            http,
            max_body,
            headers,
            proxy,
            no_proxy,
            cacert,
            cert,
            key,
            insecure,
            tls_min,
            tls_max,
            resolve,
            unix_socket,
            ipv4,
            ipv6,
            interface,
            no_keep_alive,
        } = wire;
        self.texts("--timeout", timeout);
        self.texts("--connect-timeout", connect_timeout);
        self.texts(
            "--follow-redirects",
            follow_redirects.map(|limit| limit.to_string()),
        );
        self.texts("--http", http);
        self.texts("--max-body", max_body.map(|bytes| bytes.to_string()));
        for header in headers {
            self.header(header);
        }
        if let Some(proxy) = proxy {
            self.url("--proxy", proxy, "proxy");
        }
        self.texts("--no-proxy", no_proxy);
        self.files("--cacert", cacert);
        self.files("--cert", cert);
        self.files("--key", key);
        self.switch("--insecure", *insecure);
        self.texts("--tls-min", tls_min);
        self.texts("--tls-max", tls_max);
        self.texts("--resolve", resolve);
        self.files("--unix-socket", unix_socket);
        self.switch("--ipv4", *ipv4);
        self.switch("--ipv6", *ipv6);
        self.texts("--interface", interface);
        self.switch("--no-keep-alive", *no_keep_alive);
    }

    fn texts(&mut self, name: &str, values: impl IntoIterator<Item = impl AsRef<str>>) {
        for value in values {
            let parts = self.variables.parts(value.as_ref());
            self.option(name, &parts);
        }
    }

    fn files<'a>(&mut self, name: &str, paths: impl IntoIterator<Item = &'a PathBuf>) {
        self.texts(
            name,
            paths.into_iter().map(|path| path.display().to_string()),
        );
    }

    fn switch(&mut self, name: &str, on: bool) {
        self.words.extend(on.then(|| name.to_owned()));
    }

    /// What is secret in a header by its name stands in a variable that is called like it.
    fn header(&mut self, written: &str) {
        let (name, value) = written.split_once(':').unwrap_or((written, ""));
        let (name, value) = (name.trim(), value.trim());
        if !is_secret_header(name) {
            return self.texts("--header", [written]);
        }
        let mut parts = vec![Part::Text(format!("{name}: "))];
        for (text, hidden) in header_parts(name, value) {
            let hide = hidden && !text.is_empty();
            parts.extend(if hide {
                self.variables.hidden(text, name, "secret")
            } else {
                self.variables.parts(text)
            });
        }
        self.option("--header", &parts);
    }

    /// A URL. Its password, or what stands alone in its place, is a variable that is called after `what` it is of.
    fn url(&mut self, name: &str, written: &str, what: &str) {
        let start = written.find("://").map_or(0, |at| at + 3);
        let (scheme, rest) = written.split_at(start);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let Some((login, _)) = authority.rsplit_once('@') else {
            return self.texts(name, [written]);
        };
        let (user, password) = login.split_once(':').unwrap_or((login, ""));
        let mut parts = vec![Part::Text(scheme.to_owned())];
        if password.is_empty() {
            parts.push(self.variables.named(&format!("{what}_user"), user, None));
        } else {
            parts.extend(self.variables.parts(&format!("{user}:")));
            parts.push(
                self.variables
                    .named(&format!("{what}_password"), password, None),
            );
        }
        parts.extend(
            self.variables
                .parts(rest.get(login.len()..).unwrap_or_default()),
        );
        self.option(name, &parts);
    }

    fn option(&mut self, name: &str, value: &[Part]) {
        self.words
            .extend([name.to_owned(), quoted_by(shell_word, value)]);
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::super::args::{Arguments, Command};
    use super::*;

    /// The command for what was typed, with a secret that is known already.
    fn again(typed: &[&str]) -> String {
        let arguments = Arguments::try_parse_from([&["apitest", "run"], typed].concat()).unwrap();
        let Command::Run(run) = arguments.command else {
            panic!("{typed:?}")
        };
        let redactor = Redactor::default();
        redactor.add("token", "t0ken-known").unwrap();
        command(&run, &redactor)
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
}
