//! Reading the document: values that fit its schemas, and the places in them.

use serde_json::{Value, json};

/// Every place below a value.
pub(super) fn pointers(value: &Value) -> Vec<String> {
    let below: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, below)| (name.clone(), below))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(at, below)| (at.to_string(), below))
            .collect(),
        _ => Vec::new(),
    };
    let mut found = Vec::new();
    for (name, below) in below {
        found.push(format!("/{name}"));
        let deeper = pointers(below).into_iter();
        found.extend(deeper.map(|rest| format!("/{name}{rest}")));
    }
    found
}

/// Follows references, and takes the first form that is not nothing.
pub(super) fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    if let Some(path) = schema["$ref"].as_str() {
        let path = path.strip_prefix('#').unwrap();
        return resolved(document, document.pointer(path).unwrap());
    }
    for forms in ["oneOf", "anyOf", "allOf"] {
        if let Some(forms) = schema[forms].as_array() {
            let form = forms.iter().find(|form| form["type"] != "null").unwrap();
            return resolved(document, form);
        }
    }
    schema
}

/// A value that fits a schema, with every field.
pub(super) fn sample(document: &Value, schema: &Value) -> Value {
    let schema = resolved(document, schema);
    for given in ["example", "const"] {
        if !schema[given].is_null() {
            return schema[given].clone();
        }
    }
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find(|kind| **kind != "null").unwrap(),
        kind => kind,
    };
    match kind.as_str().unwrap() {
        "object" => {
            let fields = schema["properties"].as_object().into_iter().flatten();
            let fields = fields.map(|(name, field)| (name.clone(), sample(document, field)));
            Value::Object(fields.collect())
        }
        "array" => json!([sample(document, &schema["items"])]),
        "boolean" => json!(true),
        "integer" | "number" => json!(1),
        _ => json!("a"),
    }
}

/// In a URL: every byte that could mean something there is escaped.
pub(super) fn escaped(text: &str) -> String {
    let escape = |byte: u8| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    text.bytes().map(escape).collect()
}
