//! What filters and `--tag` may name: the names, tags, collections, paths and methods of a project.

use std::sync::Arc;

use indexmap::IndexSet;

use super::build::stem;
use super::compile::titles_of;
use crate::source::File;
use crate::syntax;

/// Methods that are known though no request has them.
const METHODS: [&str; 9] = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT",
];

/// What the collections have that were read so far.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) names: IndexSet<String>,
    pub(super) tags: IndexSet<String>,
    pub(super) paths: IndexSet<String>,
    pub(super) collections: IndexSet<String>,
    pub(super) methods: IndexSet<String>,
}

impl Default for Known {
    fn default() -> Self {
        let methods = METHODS.iter().map(|method| (*method).to_owned()).collect();
        let (names, tags, paths, collections) = Default::default();
        Self {
            names,
            tags,
            paths,
            collections,
            methods,
        }
    }
}

impl Known {
    /// Adds a collection, without its requests.
    pub(super) fn add(&mut self, (path, name): (&str, &str)) {
        self.paths.insert(path.to_owned());
        self.collections.insert(name.to_owned());
    }

    /// Adds a request.
    pub(super) fn add_request(&mut self, (name, method): (&str, &str), tags: &[String]) {
        self.names.insert(name.to_owned());
        self.methods.insert(method.to_owned());
        self.tags.extend(tags.iter().cloned());
    }

    /// Adds a collection that was not asked for, as far as it can be read.
    pub(super) fn read(&mut self, file: &Arc<File>) {
        let (written, _) = syntax::parse(file);
        let name = written
            .name
            .as_ref()
            .map_or_else(|| stem(file.path()), |name| name.value.clone());
        self.add((&file.path().display().to_string(), &name));
        self.tags.extend(written.tags.iter().cloned());
        for (name, request) in titles_of(written) {
            self.add_request((&name, &request.method), &request.tags);
        }
    }
}
