//! The command that runs the same again: the options as they were typed, without paths and selection. What is secret
//! stands in it as a variable of the shell.

use std::path::PathBuf;

use super::options::{Options, RunOptions, Wire};
use crate::export::shell::{Part, Variables, quoted_by};
use crate::run::shell_word;
use crate::secret::{Redactor, header_parts, is_secret_header};

/// `apitest run` with all options of which the requests, or what is made of their responses, depend.
pub(crate) fn command(options: &Options, run: &RunOptions, redactor: &Redactor) -> String {
    let mut typed = CommandLineWriter {
        words: vec!["apitest run".to_owned()],
        variables: Variables::new(redactor),
    };
    typed.texts("--stage", &options.stage);
    if let Some(url) = &options.base_url {
        typed.url("--base-url", url, "base_url");
    }
    typed.texts("--var", &options.vars);
    typed.files("--env-file", &options.env_file);
    typed.files("--secret-env-file", &options.secret_env_file);
    typed.files("--replay", &run.replay);
    typed.files("--cookies", &options.cookies);
    typed.files("--cookie-jar", &run.cookie_jar);
    for secret in &options.secrets {
        let name = secret.split('=').next().unwrap_or_default();
        typed.option(
            "--secret",
            &[
                Part::Text(format!("{name}=")),
                Part::Variable(name.to_owned()),
            ],
        );
    }
    typed.switch("--allow-commands", options.allow_commands);
    typed.texts("--allow-credentials", &options.allow_credentials);
    typed.wire(&options.wire);
    typed.words.join(" ")
}

/// Options, typed anew.
struct CommandLineWriter<'a> {
    words: Vec<String>,
    variables: Variables<'a>,
}

impl CommandLineWriter<'_> {
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
