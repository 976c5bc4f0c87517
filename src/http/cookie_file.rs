//! Files of cookies, as Netscape had them, and curl, wget and browsers' exports have them since.
//!
//! A line is a cookie: domain, whether hosts below it count, path, whether it is `Secure`, when it dies (seconds since 1970; 0:
//! with the session), name and value, between tabs. `#HttpOnly_` before the domain says that; other lines with `#` are comments.
//! `SameSite` and `Partitioned` have no place there.

use std::fmt::Write;

use jiff::Timestamp;

use super::Cookie;

/// What Python's `MozillaCookieJar` wants to see first.
const HEAD: &str =
    "# Netscape HTTP Cookie File\n# Written by apitest. Its values are as good as passwords.\n\n";
const HTTP_ONLY: &str = "#HttpOnly_";

/// A line that is no cookie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong with it, without what it holds: that may be secret.
    pub reason: String,
}

/// The cookies of a file, in its order, those that have died too; and every line that is none.
#[must_use]
pub fn read(text: &str) -> (Vec<Cookie>, Vec<Broken>) {
    let (mut cookies, mut broken) = (Vec::new(), Vec::new());
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let (line, http_only) = line
            .strip_prefix(HTTP_ONLY)
            .map_or((line, false), |rest| (rest, true));
        if line.trim().is_empty() || (line.starts_with('#') && !http_only) {
            continue;
        }
        match cookie(line, http_only) {
            Ok(cookie) => cookies.push(cookie),
            Err(reason) => broken.push(Broken {
                line: index + 1,
                reason,
            }),
        }
    }
    (cookies, broken)
}

fn cookie(line: &str, http_only: bool) -> Result<Cookie, String> {
    let fields: Vec<&str> = line.split('\t').collect();
    let (domain, below, path, secure, expires, name, value) = match fields.as_slice() {
        [domain, below, path, secure, expires, name, value] => {
            (*domain, *below, *path, *secure, *expires, *name, *value)
        }
        // Editors take away the tab before an empty value.
        [domain, below, path, secure, expires, name] => {
            (*domain, *below, *path, *secure, *expires, *name, "")
        }
        fields => {
            return Err(format!(
                "has {} of 7 fields, which are separated by tabs",
                fields.len()
            ));
        }
    };
    let domain = domain
        .strip_prefix('.')
        .unwrap_or(domain)
        .to_ascii_lowercase();
    if domain.is_empty() {
        return Err("has no domain".to_owned());
    }
    if !path.starts_with('/') {
        return Err("has a path (the third field) that does not begin with `/`".to_owned());
    }
    if name.is_empty() && value.is_empty() {
        return Err("has neither a name nor a value".to_owned());
    }
    if line
        .chars()
        .any(|character| character.is_ascii_control() && character != '\t')
    {
        return Err("holds a control character".to_owned());
    }
    Ok(Cookie {
        name: name.to_owned(),
        value: value.to_owned(),
        domain,
        host_only: !flag(below, "second")?,
        path: path.to_owned(),
        expires: moment(expires)?,
        secure: flag(secure, "fourth")?,
        http_only,
        same_site: None,
    })
}

fn flag(text: &str, which: &str) -> Result<bool, String> {
    match text {
        "TRUE" | "true" => Ok(true),
        "FALSE" | "false" => Ok(false),
        _ => Err(format!(
            "has a {which} field that is neither `TRUE` nor `FALSE`"
        )),
    }
}

/// Seconds since 1970, with decimals in some exports; none, or 0: with the session.
fn moment(text: &str) -> Result<Option<Timestamp>, String> {
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    let is_number = whole.bytes().all(|byte| byte.is_ascii_digit());
    match whole {
        _ if !is_number => Err(
            "has a time (the fifth field) that is not a number of seconds since 1970".to_owned(),
        ),
        "" | "0" => Ok(None),
        // What is later than can be told lives as long as can be told.
        whole => Ok(Some(
            whole
                .parse()
                .ok()
                .and_then(|seconds| Timestamp::from_second(seconds).ok())
                .unwrap_or(Timestamp::MAX),
        )),
    }
}

/// A file of these cookies, and the names of those that it cannot hold: with a tab in them.
#[must_use]
pub fn write(cookies: &[Cookie]) -> (String, Vec<&str>) {
    let (mut text, mut unfit) = (HEAD.to_owned(), Vec::new());
    for cookie in cookies {
        if [&cookie.name, &cookie.value, &cookie.path, &cookie.domain]
            .iter()
            .any(|field| field.contains('\t'))
        {
            unfit.push(cookie.name.as_str());
            continue;
        }
        let flag = |is: bool| if is { "TRUE" } else { "FALSE" };
        let (http_only, dot) = (
            if cookie.http_only { HTTP_ONLY } else { "" },
            if cookie.host_only { "" } else { "." },
        );
        // A cookie that lives until 1970 would live with the session.
        let expires = cookie.expires.map_or(0, |moment| moment.as_second().max(1));
        let Cookie {
            domain,
            path,
            name,
            value,
            ..
        } = cookie;
        let (below, secure) = (flag(!cookie.host_only), flag(cookie.secure));
        // Writing to a text does not fail.
        let _ = writeln!(
            text,
            "{http_only}{dot}{domain}\t{below}\t{path}\t{secure}\t{expires}\t{name}\t{value}"
        );
    }
    (text, unfit)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As curl 8 writes it.
    const OF_CURL: &str = "# Netscape HTTP Cookie File\n# https://curl.se/docs/http-cookies.html\n# This file was generated by libcurl! Edit at your own risk.\n\n\
        #HttpOnly_.h.example\tTRUE\t/x\tTRUE\t4102444800\tsid\t\"a=b\"\nh.example\tFALSE\t/\tFALSE\t0\tempty\t\n";

    #[test]
    fn what_curl_writes_is_read_and_written() {
        let (cookies, broken) = read(OF_CURL);
        assert_eq!(broken, []);
        let [sid, empty] = cookies.as_slice() else {
            panic!("{cookies:?}")
        };
        assert_eq!(
            (sid.domain.as_str(), sid.host_only, sid.path.as_str()),
            ("h.example", false, "/x")
        );
        assert_eq!(
            (sid.secure, sid.http_only, sid.value.as_str()),
            (true, true, "\"a=b\"")
        );
        assert_eq!(sid.expires.unwrap().to_string(), "2100-01-01T00:00:00Z");
        assert_eq!(
            (
                empty.host_only,
                empty.secure,
                empty.expires,
                empty.value.as_str()
            ),
            (true, false, None, "")
        );
        let lines = |text: &str| {
            text.lines()
                .filter(|line| !line.starts_with("# "))
                .collect::<Vec<_>>()
                .join("\n")
        };
        assert_eq!(
            lines(&write(&cookies).0),
            lines(OF_CURL).trim_end_matches('\n')
        );
    }

    #[test]
    fn other_programs_write_it_in_their_way() {
        let text = "\u{feff}#HTTP Cookie File\r\n\r\n.h.example\tTRUE\t/\tFALSE\t\tno_time\t1\r\nh.example\tFALSE\t/\tFALSE\t1893456000.5\tt\t\r\n\
                    h.example\tFALSE\t/\tFALSE\t0\tno_value\nh.example\tFALSE\t/\tFALSE\t99999999999999999999\tlong\t1\nh.example\tFALSE\t/\tFALSE\t0\t\tnameless";
        let (cookies, broken) = read(text);
        assert_eq!(broken, []);
        let times: Vec<_> = cookies
            .iter()
            .map(|cookie| (cookie.name.as_str(), cookie.value.as_str(), cookie.expires))
            .collect();
        let at = Some(Timestamp::from_second(1_893_456_000).unwrap());
        let expected = [
            ("no_time", "1", None),
            ("t", "", at),
            ("no_value", "", None),
            ("long", "1", Some(Timestamp::MAX)),
        ];
        assert_eq!(times[..4], expected);
        assert_eq!(times[4], ("", "nameless", None));
    }

    #[test]
    fn every_line_that_is_no_cookie_is_told_without_what_it_holds() {
        let bad = [
            "h.example FALSE / FALSE 0 sid secret-value",
            "h.example\tmaybe\t/\tFALSE\t0\tsid\tsecret-value",
            "h.example\tFALSE\tx\tFALSE\t0\tsid\tsecret-value",
            "h.example\tFALSE\t/\t1\t0\tsid\tsecret-value",
            "h.example\tFALSE\t/\tFALSE\tsoon\tsid\tsecret-value",
            "h.example\tFALSE\t/\tFALSE\t-1\tsid\tsecret-value",
            ".\tFALSE\t/\tFALSE\t0\tsid\tsecret-value",
            "h.example\tFALSE\t/\tFALSE\t0\t\t",
            "h.example\tFALSE\t/\tFALSE\t0\tsid\tsecret\u{1}value",
            "h.example\tFALSE\t/\tFALSE\t0\tsid\tsecret\tvalue",
            "Set-Cookie: sid=secret-value",
        ];
        let (cookies, broken) = read(&format!("# a comment\n{}", bad.join("\n")));
        assert_eq!(cookies, []);
        assert_eq!(
            broken.iter().map(|broken| broken.line).collect::<Vec<_>>(),
            (2..2 + bad.len()).collect::<Vec<_>>()
        );
        assert!(
            broken
                .iter()
                .all(|broken| !broken.reason.contains("secret") && !broken.reason.contains("sid")),
            "{broken:?}"
        );
        assert_eq!(
            broken[0].reason,
            "has 1 of 7 fields, which are separated by tabs"
        );
        assert_eq!(
            broken[5].reason,
            "has a time (the fifth field) that is not a number of seconds since 1970"
        );
    }

    #[test]
    fn a_cookie_with_a_tab_does_not_break_the_lines() {
        let (mut cookies, _) = read(OF_CURL);
        cookies[0].value = "a\tb".to_owned();
        let (text, unfit) = write(&cookies);
        assert_eq!(unfit, ["sid"]);
        assert_eq!(read(&text), (vec![cookies.remove(1)], Vec::new()));
    }
}
