//! Bytes of a body as text.

use encoding_rs::{Encoding, UTF_8};

/// How far into a document its own declaration of its charset is looked for (the HTML standard's number).
const DECLARED_WITHIN: usize = 1024;

/// Decodes a body: its byte order mark wins, then the content type's charset, then what HTML or XML declares, then UTF-8.
pub(super) fn decode(body: &[u8], content_type: Option<&str>) -> Result<String, String> {
    let (encoding, mark) = match Encoding::for_bom(body) {
        Some((encoding, length)) => (encoding, length),
        None => (named(body, content_type)?, 0),
    };
    let bytes = body.get(mark..).unwrap_or_default();
    if encoding == UTF_8 {
        let text = std::str::from_utf8(bytes)
            .map_err(|error| not_utf8(bytes, mark, error.valid_up_to()))?;
        return Ok(text.to_owned());
    }
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes);
    text.map(std::borrow::Cow::into_owned)
        .ok_or_else(|| format!("the body is not text in {}", encoding.name()))
}

/// Whether a JSON document is in another charset than its own.
pub(super) fn is_foreign(body: &[u8], content_type: Option<&str>) -> bool {
    let mark = Encoding::for_bom(body).map(|(encoding, _)| Some(encoding));
    let label = || {
        content_type
            .and_then(parameter)
            .map(|label| Encoding::for_label(label.as_bytes()))
    };
    mark.or_else(label)
        .is_some_and(|encoding| encoding != Some(UTF_8))
}

fn not_utf8(bytes: &[u8], mark: usize, at: usize) -> String {
    let byte = bytes.get(at).copied().unwrap_or_default();
    format!(
        "the body is not UTF-8 text: byte {} is 0x{byte:02X}",
        mark + at + 1
    )
}

fn named(body: &[u8], content_type: Option<&str>) -> Result<&'static Encoding, String> {
    if let Some(label) = content_type.and_then(parameter) {
        return Encoding::for_label(label.as_bytes())
            .ok_or_else(|| format!("the charset `{label}` is not known"));
    }
    let declares = content_type.is_some_and(|line| {
        let line = line.to_ascii_lowercase();
        line.contains("xml") || line.contains("html")
    });
    Ok(if declares { declared(body) } else { None }.unwrap_or(UTF_8))
}

/// The `charset` parameter of a content type.
fn parameter(content_type: &str) -> Option<&str> {
    let parameters = content_type
        .split(';')
        .skip(1)
        .filter_map(|parameter| parameter.split_once('='));
    let mut charsets = parameters.filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    let value = charsets
        .next()
        .map(|(_, value)| value.trim().trim_matches(['"', '\'']).trim())?;
    (!value.is_empty()).then_some(value)
}

/// What `<?xml … encoding="x"?>`, `<meta charset=x>` or `<meta … content="…; charset=x">` declares.
fn declared(body: &[u8]) -> Option<&'static Encoding> {
    let head = body
        .get(..body.len().min(DECLARED_WITHIN))
        .unwrap_or_default();
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let mark = if head.trim_start().starts_with("<?xml") {
        "encoding"
    } else {
        "charset"
    };
    let (_, after) = head.split_once(mark)?;
    let value = after
        .trim_start()
        .strip_prefix('=')?
        .trim_start()
        .trim_start_matches(['"', '\'']);
    let label = value
        .split(|end: char| end.is_whitespace() || matches!(end, '"' | '\'' | ';' | '>' | '/' | '?'))
        .next()?;
    // A document that can be read up to here cannot be UTF-16, whatever it declares (the HTML standard's rule).
    Encoding::for_label(label.as_bytes()).map(Encoding::output_encoding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_wins() {
        assert_eq!(
            decode(b"\xef\xbb\xbfa\xc3\xa9", Some("text/plain; charset=latin1")).as_deref(),
            Ok("aé")
        );
        assert_eq!(decode(b"\xff\xfea\0", None).as_deref(), Ok("a"));
        assert_eq!(
            decode(b"\xfe\xff\0a", Some("text/plain; charset=utf-8")).as_deref(),
            Ok("a")
        );
    }

    #[test]
    fn the_content_type_names_the_charset() {
        assert_eq!(
            decode(b"\xe9", Some("text/plain; Charset=\"ISO-8859-1\"")).as_deref(),
            Ok("é")
        );
        assert_eq!(
            decode("한".as_bytes(), Some("text/plain; charset=")).as_deref(),
            Ok("한")
        );
        assert_eq!(
            decode(b"\xc7\xd1", Some("text/plain;format=x;charset=euc-kr")).as_deref(),
            Ok("한")
        );
        assert_eq!(
            decode(b"a", Some("text/plain; charset=nope")),
            Err("the charset `nope` is not known".into())
        );
    }

    #[test]
    fn a_document_may_say_it_itself() {
        let xml = b"<?xml version='1.0' encoding='iso-8859-1'?><a>\xe9</a>";
        assert!(
            decode(xml, Some("application/xml"))
                .unwrap()
                .ends_with("<a>é</a>")
        );
        assert!(decode(xml, Some("application/octet-stream")).is_err());
        let html =
            b"<html><meta http-equiv=Content-Type content=\"text/html; charset=latin1\">\xe9";
        assert!(decode(html, Some("text/html")).unwrap().ends_with('é'));
    }

    #[test]
    fn what_is_not_text_says_where() {
        assert_eq!(
            decode(b"ab\xffc", None),
            Err("the body is not UTF-8 text: byte 3 is 0xFF".into())
        );
        let shift_jis = decode(b"\x81\x01", Some("text/plain; charset=shift_jis"));
        assert_eq!(shift_jis, Err("the body is not text in Shift_JIS".into()));
    }

    proptest::proptest! {
        #[test]
        fn whatever_comes_is_text_or_refused(body: Vec<u8>, kind in "(text/html|a/xml)?(; ?charset=\\PC{0,9})?") {
            let text = decode(&body, Some(&kind));
            let foreign = is_foreign(&body, Some(&kind));
            if let (Ok(text), false, false) = (text, foreign, kind.contains("ml")) {
                proptest::prop_assert_eq!(text.as_bytes(), body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&body));
            }
        }
    }
}
