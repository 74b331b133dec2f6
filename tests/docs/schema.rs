//! The configuration for editors that know JSON Schema: the same keys as on the page, read off the same types.

use serde_json::{Map, Value, json};

use crate::example;
use crate::generated;
use crate::types::{Kind, ROOT, Types};

#[test]
fn the_schema_for_editors_is_up_to_date() {
    let types = Types::read();
    let mut schema = table(&types, ROOT, "");
    let about = schema.as_object_mut().unwrap();
    about.insert("$schema".into(), json!("http://json-schema.org/draft-07/schema#"));
    about.insert("title".into(), json!("griot.toml"));
    let mut text = serde_json::to_string_pretty(&schema).unwrap();
    text.push('\n');
    generated::must_be("docs/reference/griot.schema.json", &text);
}

fn table(types: &Types, name: &str, path: &str) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for key in types.keys(name) {
        let place = if path.is_empty() { key.name.clone() } else { format!("{path}.{}", key.name) };
        let mut value = value(types, &key.kind, &place);
        if let Some(words) = words_of(path, &key.name) {
            value.as_object_mut().unwrap().insert("description".into(), json!(words));
        }
        if key.is_required {
            required.push(key.name.clone());
        }
        properties.insert(key.name, value);
    }
    json!({"type": "object", "additionalProperties": false, "properties": properties, "required": required})
}

fn value(types: &Types, kind: &Kind, place: &str) -> Value {
    match kind {
        Kind::Table(name) => table(types, name, place),
        Kind::Tables(name) => json!({"type": "array", "items": table(types, name, place)}),
        Kind::TableOrTables(name) => {
            let one = table(types, name, place);
            json!({"oneOf": [one, {"type": "array", "items": one}]})
        }
        Kind::Names(inner) => json!({"type": "object", "additionalProperties": value(types, inner, place)}),
        Kind::List(inner) => json!({"type": "array", "items": value(types, inner, place)}),
        Kind::Named(name) if types.is_text(name) => json!({"type": "string"}),
        Kind::Choice(name) => {
            let words: Vec<String> = types.choices(name).into_iter().map(|(word, _)| word).collect();
            json!({"enum": words})
        }
        Kind::Text | Kind::Secret | Kind::File | Kind::Socket | Kind::Day => json!({"type": "string"}),
        Kind::Flag => json!({"type": "boolean"}),
        Kind::Whole => json!({"type": "integer", "minimum": 0}),
        Kind::Named(_) | Kind::Number => json!({"type": "number"}),
    }
}

/// What the example says of a key, on one line.
fn words_of(table: &str, key: &str) -> Option<String> {
    let parts = example::parts();
    let groups = parts.iter().flat_map(|part| &part.tables).filter(|known| known.path == table);
    let mut groups = groups.flat_map(|table| &table.groups);
    let group = groups.find(|group| group.keys.iter().any(|known| known.name == key))?;
    let default = group.default.as_ref().map(|default| format!(" Default: {default}.")).unwrap_or_default();
    Some(group.words.join(" ") + &default)
}
