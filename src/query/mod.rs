//! Compiled questions to an answer: JSONPath, regex, XPath, CSS.
