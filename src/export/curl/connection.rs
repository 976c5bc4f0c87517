//! How the connection is made, as options of `curl`.

use std::net::IpAddr;
use std::path::Path;

use url::Url;

use super::login::{Hidden, login_word};
use super::shell::Variables;
use crate::http::url::host_port;
use crate::http::{IpVersion, Proxy, Resolve, Settings, Tls, TlsVersion};

/// The options that make curl connect in the same way to the server of a URL.
pub(super) fn arguments(url: &Url, settings: &Settings, variables: &mut Variables) -> Vec<String> {
    let mut arguments = Vec::new();
    if url.scheme() == "https" {
        tls(&settings.tls, variables, &mut arguments);
    }
    match settings
        .proxies
        .of(url)
        .filter(|_| settings.unix_socket.is_none())
    {
        Some(proxy) => {
            self::proxy(proxy, variables, &mut arguments);
            if is_absolute(url, settings) {
                arguments.push("--proxy-header 'proxy-connection:'".to_owned());
            }
        }
        // What the shell's environment names is not used here.
        None if settings.proxies.http.is_some() || settings.proxies.https.is_some() => {
            arguments.push("--noproxy '*'".to_owned());
        }
        None => {}
    }
    arguments.extend(
        way(url, settings).map(|(option, way)| format!("{option} {}", variables.word(&way))),
    );
    let mut option = |name: &str, value: Option<&str>| {
        arguments.extend(value.map(|value| format!("{name} {}", variables.word(value))));
    };
    option(
        "--unix-socket",
        settings.unix_socket.as_deref().map(shown).as_deref(),
    );
    option("--interface", settings.interface.as_deref());
    match settings.ip_version {
        Some(IpVersion::V4) => arguments.push("--ipv4".to_owned()),
        Some(IpVersion::V6) => arguments.push("--ipv6".to_owned()),
        None => {}
    }
    arguments
}

/// Where the connection leads, where that is not what the URL of the command says.
fn way(url: &Url, settings: &Settings) -> Option<(&'static str, String)> {
    let (host, port) = (
        url.host_str().unwrap_or_default(),
        url.port_or_known_default().unwrap_or_default(),
    );
    let found: Vec<_> = settings
        .resolve
        .iter()
        .filter(|resolve| resolve.is_for(host, port))
        .collect();
    let address = |resolve: &Resolve| match resolve.address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    };
    let to = found
        .first()
        .map(|resolve| format!("{}:{}", address(resolve), resolve.to_port.unwrap_or(port)));
    if let Some(name) = other_name(url, settings) {
        return Some((
            "--connect-to",
            format!("{name}:{port}:{}", to.unwrap_or_else(|| host_port(url))),
        ));
    }
    if found.iter().any(|resolve| resolve.to_port.is_some()) {
        return Some(("--connect-to", format!("{host}:{port}:{}", to?)));
    }
    let addresses: Vec<_> = found.into_iter().map(address).collect();
    (!addresses.is_empty()).then(|| {
        (
            "--resolve",
            format!("{host}:{port}:{}", addresses.join(",")),
        )
    })
}

/// The name that TLS asks for where it is not the URL's host.
pub(super) fn other_name<'a>(url: &Url, settings: &'a Settings) -> Option<&'a str> {
    settings
        .tls
        .server_name
        .as_deref()
        .filter(|name| url.scheme() == "https" && url.host_str() != Some(name))
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn tls(tls: &Tls, variables: &mut Variables, arguments: &mut Vec<String>) {
    let mut option = |name: &str, value: Option<String>| {
        arguments.extend(value.map(|value| format!("{name} {}", variables.word(&value))));
    };
    option("--cacert", tls.ca.as_deref().map(shown));
    // A colon would be taken for the beginning of the password.
    option(
        "--cert",
        tls.cert
            .as_deref()
            .map(|path| shown(path).replace(':', "\\:")),
    );
    let is_pkcs12 = |path: &Path| {
        path.extension()
            .is_some_and(|ending| ending == "p12" || ending == "pfx")
    };
    option(
        "--cert-type",
        tls.cert
            .as_deref()
            .filter(|path| is_pkcs12(path))
            .map(|_| "P12".to_owned()),
    );
    option("--key", tls.key.as_deref().map(shown));
    option("--pass", tls.key_password.clone());
    if tls.min == Some(TlsVersion::Tls13) {
        arguments.push("--tlsv1.3".to_owned());
    } else if tls.min.is_some() {
        arguments.push("--tlsv1.2".to_owned());
    }
    if let Some(max) = tls.max {
        arguments.push(format!(
            "--tls-max {}",
            if max == TlsVersion::Tls12 {
                "1.2"
            } else {
                "1.3"
            }
        ));
    }
}

/// Whether the request goes to a proxy with the whole URL as its target.
pub(super) fn is_absolute(url: &Url, settings: &Settings) -> bool {
    let proxy = settings
        .proxies
        .of(url)
        .filter(|_| settings.unix_socket.is_none());
    url.scheme() == "http" && proxy.is_some_and(|proxy| proxy.url().starts_with("http"))
}

fn proxy(proxy: &Proxy, variables: &mut Variables, arguments: &mut Vec<String>) {
    arguments.push(format!("--proxy {}", variables.word(&proxy.url())));
    if let Some((user, password)) = &proxy.login {
        let login = login_word(
            user,
            password,
            Hidden {
                name: "proxy_password",
                note: "the password that the proxy asks for",
            },
            variables,
        );
        arguments.push(format!("--proxy-user {login}"));
    }
}
