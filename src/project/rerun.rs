//! The command that runs the same again: the options as they were typed, without paths and selection. What is secret
//! stands in it as a variable of the shell.

use std::path::PathBuf;

use super::options::{Options, RunOptions};
use crate::export::shell::{Part, Variables, quoted_by};
use crate::run::shell_word;
use crate::secret::{Redactor, header_parts, is_secret_header};
use crate::syntax::{Given, Shown, Takes};

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
    for given in &options.connection {
        typed.connection(given);
    }
    typed.words.join(" ")
}

/// Options, typed anew.
struct CommandLineWriter<'a> {
    words: Vec<String>,
    variables: Variables<'a>,
}

impl CommandLineWriter<'_> {
    /// What wins over every request's own.
    fn connection(&mut self, Given { flag, value }: &Given) {
        let name = format!("--{}", flag.name);
        match (flag.takes, flag.shown) {
            (Takes::Nothing, _) => self.words.push(name),
            (_, Shown::Whole) => self.texts(&name, [value]),
            (_, Shown::Header) => self.header(&name, value),
            (_, Shown::Url(what)) => self.url(&name, value, what),
        }
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
    fn header(&mut self, option: &str, written: &str) {
        let (name, value) = written.split_once(':').unwrap_or((written, ""));
        let (name, value) = (name.trim(), value.trim());
        if !is_secret_header(name) {
            return self.texts(option, [written]);
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
        self.option(option, &parts);
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
