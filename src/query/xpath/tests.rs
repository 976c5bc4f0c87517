use super::*;

const SHOP: &str = r#"<shop xml:lang="en-GB"><!-- stock --><?order by-id?>
<item id="1"><name>Tea</name><price>2.50</price></item>
<item id="2" sold="yes"><name>Rice</name><price>10</price><note> a  b </note></item>
<item id="3"><name>Milk</name><price>1</price></item>
</shop>"#;

fn xpath(text: &str) -> XPath {
    XPath::compile(text, &IndexMap::new()).unwrap()
}

fn tree(body: &str) -> Tree {
    Tree::read(&Response::new(200, Vec::new(), body.to_owned())).unwrap()
}

/// Nodes with commas, anything else as text.
fn found(text: &str, tree: &Tree) -> String {
    match xpath(text).find_in(tree).unwrap() {
        Found::Nodes(texts) => format!("[{}]", texts.join(",")),
        Found::Value(value) => value.to_text().unwrap(),
        Found::Missing => "not found".to_owned(),
    }
}

#[test]
fn paths_axes_and_predicates_select_in_document_order() {
    let shop = tree(SHOP);
    let cases = [
        ("/shop/item/name", "[Tea,Rice,Milk]"),
        ("//item[@id = '2']/name", "[Rice]"),
        ("//item[2]/name", "[Rice]"),
        ("//item[last()]/name/text()", "[Milk]"),
        ("//item[position() < 3]/@id", "[1,2]"),
        ("(//name)[1]", "[Tea]"),
        ("//item[@sold][note]/@*", "[2,yes]"),
        ("//name[. = 'Milk']/../@id", "[3]"),
        ("//item[3]/preceding-sibling::item[1]/name", "[Rice]"),
        ("//item[1]/following-sibling::*/name", "[Rice,Milk]"),
        ("//note/preceding::name", "[Tea,Rice]"),
        ("//item[1]/following::price", "[10,1]"),
        ("//note/ancestor::*[@id]/@id", "[2]"),
        ("//note/ancestor-or-self::node()[2]/@id", "[2]"),
        ("//price/parent::item/child::name", "[Tea,Rice,Milk]"),
        ("//name | //item[1]/price", "[Tea,2.50,Rice,Milk]"),
        ("//comment()", "[ stock ]"),
        ("/shop/processing-instruction('order')", "[by-id]"),
        ("//*[local-name() = 'name'][2]", "[]"),
        ("/descendant::name[2]", "[Rice]"),
        ("//item[price > 2][name != 'Rice']/name", "[Tea]"),
        ("id/self::x", "[]"),
        ("//@id/..", "[Tea2.50,Rice10 a  b ,Milk1]"),
    ];
    for (text, expected) in cases {
        assert_eq!(found(text, &shop), expected, "{text}");
    }
}

#[test]
fn functions_and_operators_are_those_of_xpath_1() {
    let shop = tree(SHOP);
    let cases = [
        ("count(//item)", "3"),
        ("sum(//price)", "13.5"),
        ("string(//price)", "2.50"),
        ("number(//name)", "NaN"),
        ("1 div 0", "Infinity"),
        ("-0", "0"),
        ("7 mod -3 + 2 * 3 - 1", "6"),
        ("--'3'", "3"),
        ("2 = 2.0 and not(1 > 2)", "true"),
        ("'a' = 'a' or 1 div 0", "true"),
        ("//price = 10", "true"),
        ("//price != 10", "true"),
        ("//price > //item/@id", "true"),
        ("//missing = ''", "not found"),
        ("boolean(//missing) = false()", "true"),
        ("concat('a', 1, true())", "a1true"),
        ("substring('12345', 1.5, 2.6)", "234"),
        ("substring('12345', 0 div 0, 3)", ""),
        ("substring('12345', -42, 1 div 0)", "12345"),
        ("substring-before('2026-11-22', '-')", "2026"),
        ("substring-after('2026-11-22', '-')", "11-22"),
        ("translate('bar', 'abc', 'AB')", "BAr"),
        ("normalize-space(//note)", "a b"),
        ("string-length('é\u{1F600}')", "2"),
        ("starts-with('abc', 'ab') and contains('abc', 'c')", "true"),
        ("round(-1.5)", "-1"),
        ("floor(-1.5) + ceiling(1.2)", "0"),
        ("name(/*)", "shop"),
        ("boolean(//item[lang('en')])", "true"),
        (
            "1000000 * 1000000 * 1000000 * 1000000",
            "1000000000000000000000000",
        ),
        (".5 + 1.", "1.5"),
    ];
    for (text, expected) in cases {
        assert_eq!(found(text, &shop), expected, "{text}");
    }
}

/// Every function and operator that takes nodes for a string, a number or a name.
const NOT_FOUND: [&str; 50] = [
    "string(//x)",
    "contains(//x, 'e')",
    "contains(//b, //x)",
    "starts-with(//x, 'e')",
    "concat('v', //x)",
    "concat('v', 'w', //x)",
    "substring-before(//x, 'e')",
    "substring-after(//b, //x)",
    "substring(//x, 1)",
    "substring('abc', //x)",
    "substring('abc', 1, //x)",
    "string-length(//x)",
    "normalize-space(//x)",
    "translate(//x, 'a', 'b')",
    "translate('a', //x, 'b')",
    "translate('a', 'b', //x)",
    "name(//x)",
    "local-name(//x)",
    "namespace-uri(//x)",
    "sum(//x)",
    "number(//x)",
    "floor(//x)",
    "ceiling(//x)",
    "round(//x)",
    "lang(//x)",
    "//x = 1",
    "//x != 3",
    "3 != //x",
    "//x < 1",
    "//x <= 1",
    "1 > //x",
    "1 >= //x",
    "//x = //b",
    "//b != //x",
    "//x + 1",
    "1 - //x",
    "//x * 2",
    "2 div //x",
    "//x mod 2",
    "-//x",
    "-//x != 3",
    "string(//x | //y)",
    "string((//b)[2])",
    "string(//b[. = 2])",
    "not(//x = 1)",
    "not(contains(//x, 'e'))",
    "boolean(string(//x))",
    "count(//b) + sum(//x)",
    "//b = 1 and //x = 1",
    "//b = 2 or //x != 1",
];

/// What asks whether there are nodes, and predicates, which do.
const FOUND: [(&str, &str); 19] = [
    ("count(//x)", "0"),
    ("count(//x) = 0", "true"),
    ("count(//x | //b)", "1"),
    ("boolean(//x)", "false"),
    ("not(//x)", "true"),
    ("//x and //b", "false"),
    ("//x or //b", "true"),
    ("//b = 1 or //x = 1", "true"),
    ("//x = false()", "true"),
    ("true() != //x", "true"),
    ("string(//x | //b)", "1"),
    ("string(//a[not(x = 1)]/b)", "1"),
    ("count(//a[x = 1])", "0"),
    ("count(//a[string(x) = ''])", "1"),
    ("boolean(//a[sum(x) = 0])", "true"),
    ("string(//c[d != 3]/d)", "2"),
    ("string-length('')", "0"),
    ("concat('', //b)", "1"),
    ("string(.)", "12"),
];

/// Every function and operator that takes nodes for a string, a number or a name; what asks whether there are any; and
/// predicates, which do.
#[test]
fn values_of_nodes_that_are_not_there_are_not_found() {
    let page = tree("<a><b>1</b><c><d>2</d></c></a>");
    for text in NOT_FOUND {
        assert_eq!(found(text, &page), "not found", "{text}");
    }
    for (text, value) in FOUND {
        assert_eq!(found(text, &page), value, "{text}");
    }
    let list = tree("<list><item>Tea</item></list>");
    assert_eq!(
        xpath("string(//itm)").hint(&list).as_deref(),
        Some("did you mean `string(//item)`?")
    );
}

#[test]
fn names_that_are_operators_elsewhere_are_names_where_one_is_wanted() {
    let odd = tree("<div><div>8</div><mod>3</mod><and>1</and></div>");
    assert_eq!(found("/div/div div /div/mod", &odd).get(..5), Some("2.666"));
    assert_eq!(found("div/div mod div/mod", &odd), "2");
    assert_eq!(found("div/and and div/or", &odd), "false");
    assert_eq!(found("count(/*/*) * 2", &odd), "6");
}

#[test]
fn prefixes_are_those_of_the_collection_not_of_the_document() {
    let soap =
        tree("<a:e xmlns:a='urn:soap' xmlns='urn:d'><a:b x='1' a:x='2'>in</a:b><c>d</c></a:e>");
    let namespaces = [("s", "urn:soap"), ("d", "urn:d")]
        .map(|(prefix, uri)| (prefix.to_owned(), uri.to_owned()))
        .into();
    let find = |text: &str| {
        XPath::compile(text, &namespaces)
            .unwrap()
            .find_in(&soap)
            .unwrap()
    };
    let nodes =
        |texts: &[&str]| Found::Nodes(texts.iter().map(|text| (*text).to_owned()).collect());
    assert_eq!(find("/s:e/s:b"), nodes(&["in"]));
    assert_eq!(find("//s:b/@x | //s:b/@s:x"), nodes(&["1", "2"]));
    assert_eq!(find("//d:*"), nodes(&["d"]));
    assert_eq!(find("name(//s:b)"), Found::Value("a:b".into()));
    assert_eq!(find("//c"), nodes(&[]));
    let hint = xpath("//c").hint(&soap).unwrap();
    assert!(
        hint.contains("`namespaces = { x = \"urn:soap\" }`"),
        "{hint}"
    );
    assert_eq!(xpath("//*").hint(&soap), None);
}

#[test]
fn html_is_walked_in_lower_case() {
    let header = ("content-type".to_owned(), "text/html".to_owned());
    let response = Response::new(
        200,
        vec![header],
        "<TITLE>Hi</TITLE><p>one<br>two<p class=x>three",
    );
    assert_eq!(
        xpath("//title").find(&response),
        Ok(Found::Nodes(vec!["Hi".to_owned()]))
    );
    assert_eq!(
        xpath("string(//p[@class='x'])").find(&response),
        Ok(Found::Value("three".into()))
    );
    assert_eq!(
        xpath("count(//p)").find(&response),
        Ok(Found::Value(2_i64.into()))
    );
}

#[test]
fn what_finds_nothing_says_what_was_meant() {
    let tree = tree(
        r#"<list><item id="first" class="small red" price="1">Tea</item><item id="second">Coffee</item></list>"#,
    );
    for (written, hint) in [
        ("//itm", Some("did you mean `//item`?")),
        ("/List/Item", Some("did you mean `/list/item`?")),
        (
            "//item[@prize > 0]",
            Some("did you mean `//item[@price > 0]`?"),
        ),
        (
            "//item[@id = 'frist']/text()",
            Some("did you mean `//item[@id = 'first']/text()`?"),
        ),
        (
            "//*[contains(@class, 'smal')]",
            Some("did you mean `//*[contains(@class, 'small')]`?"),
        ),
        ("//item[@class='small rde']", None),
        ("//item[@price > 1]", None),
        ("//banana", None),
        ("//itm/banana", None),
    ] {
        assert_eq!(xpath(written).hint(&tree).as_deref(), hint, "{written}");
    }
}

/// An expression, the place of its slip, the message and the hint.
const SLIPS: [(&str, &str, &str, &str); 15] = [
    (
        "//",
        "",
        "expected a name, `*`, `.`, `..` or `@`, found the end",
        "",
    ),
    (
        "/a[",
        "",
        "expected a name, `*`, `.`, `..` or `@`, found the end",
        "",
    ),
    (
        "//s:a",
        "s:a",
        "the prefix `s` is not declared",
        "declare it: `namespaces = { s = \"…\" }`",
    ),
    (
        "cuont(//a)",
        "cuont",
        "XPath 1.0 has no function `cuont`",
        "did you mean `count`?",
    ),
    ("a[1", "", "expected an operator or `]`, found the end", ""),
    ("a b", "b", "expected an operator or the end, found `b`", ""),
    (
        "'abc",
        "'abc",
        "the text does not end",
        "close it with its quote",
    ),
    (
        "concat('a')",
        "concat('a')",
        "`concat` takes at least 2 arguments, found 1",
        "",
    ),
    ("count('x')", "count('x')", "`count` takes nodes", ""),
    (
        "1 | a",
        "1 | a",
        "`|` joins nodes, and one side is none",
        "",
    ),
    (
        "'x'/a",
        "'x'",
        "what is filtered or gone into must be nodes",
        "",
    ),
    (
        "$v",
        "$",
        "XPath variables are not supported",
        "insert the value: `{{ name }}`",
    ),
    (
        "chld::a",
        "chld",
        "there is no axis `chld`",
        "did you mean `child`?",
    ),
    ("1.2.3", "1.2.3", "`1.2.3` is not a number", ""),
    (
        "a/count(b)",
        "count",
        "`count(…)` cannot be a step",
        "a function goes around a path: `count(//a/b)`",
    ),
];

#[test]
fn slips_are_told_with_their_place() {
    for (text, place, message, hint) in SLIPS {
        let error = XPath::compile(text, &IndexMap::new()).unwrap_err();
        assert_eq!(
            text.get(error.range.clone()),
            Some(place),
            "{text}: {error}"
        );
        assert_eq!(
            (
                error.message.as_str(),
                error.hint.unwrap_or_default().as_str()
            ),
            (message, hint),
            "{text}"
        );
    }
}

#[test]
fn what_is_hostile_ends() {
    let refused = |text: String| XPath::compile(&text, &IndexMap::new()).unwrap_err().message;
    for nested in ["(", "a[", "not(", "-("] {
        assert!(
            refused(nested.repeat(50_000)).contains("nested deeper"),
            "{nested}"
        );
    }
    assert!(XPath::compile(&format!("1{}", "+1".repeat(50_000)), &IndexMap::new()).is_ok());
    assert!(XPath::compile(&format!("{}1", "-".repeat(50_001)), &IndexMap::new()).is_ok());
    let deep = tree(&format!(
        "{}x{}",
        "<a>".repeat(20_000),
        "</a>".repeat(20_000)
    ));
    assert_eq!(found("count(//a)", &deep), "20000");
    let wide = tree(&format!("<r>{}</r>", "<a/>".repeat(20_000)));
    for square in ["//a[preceding-sibling::b]", "//a[string(/) = 'x']"] {
        assert_eq!(
            xpath(square).find_in(&wide).unwrap_err(),
            "the expression looks at too many nodes",
            "{square}"
        );
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "[a-c0-9/@.*:()\\[\\]|=<>!+,'\"$é -]{0,40}") {
        if let Err(error) = XPath::compile(&text, &IndexMap::new()) {
            assert!(text.get(error.range).is_some());
        }
    }
}
