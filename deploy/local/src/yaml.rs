//! YAML for people: block style, every text quoted.

use serde_json::Value;

/// Writes a document. A text is quoted as in JSON, which YAML reads the same.
pub(crate) fn to_yaml(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, 0);
    out
}

fn write(out: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                indent(out, depth);
                out.push_str(&format!("{name}:"));
                below(out, value, depth);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                indent(out, depth);
                out.push('-');
                below(out, item, depth);
            }
        }
        plain => out.push_str(&format!("{plain}\n")),
    }
}

fn below(out: &mut String, value: &Value, depth: usize) {
    let nested = match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    if nested {
        out.push('\n');
        write(out, value, depth + 1);
    } else {
        out.push_str(&format!(" {value}\n"));
    }
}

fn indent(out: &mut String, depth: usize) {
    out.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nested_documents_are_indented_and_texts_quoted() {
        let document =
            json!({ "a": { "b": ["x: y", 2], "c": {} }, "d": null, "e": [{ "f": true }] });
        let expected =
            "a:\n  b:\n    - \"x: y\"\n    - 2\n  c: {}\nd: null\ne:\n  -\n    f: true\n";
        assert_eq!(to_yaml(&document), expected);
    }
}
