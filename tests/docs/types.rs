//! What `griot.toml` may hold, read off the types in `src/config`: their fields, their serde attributes and their words.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use syn::{
    Attribute, Expr, Field, Fields, GenericArgument, Item, ItemEnum, ItemStruct, Lit, Meta, PathArguments, Type,
};

use crate::generated::root;

/// The struct that the whole file becomes.
pub const ROOT: &str = "Document";

/// What a key takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A table of the keys of this type: `[key]`.
    Table(String),
    /// The same several times: `[[key]]`.
    Tables(String),
    /// Once, `[key]`, or several times, `[[key]]`.
    TableOrTables(String),
    /// A table whose keys are the publisher's own names.
    Names(Box<Kind>),
    List(Box<Kind>),
    /// A type of ours that reads itself from a text or a number.
    Named(String),
    /// One of a few words.
    Choice(String),
    Text,
    Secret,
    File,
    Flag,
    Whole,
    Number,
    Socket,
    Day,
}

#[derive(Clone, Debug)]
pub struct Key {
    pub name: String,
    pub kind: Kind,
    pub is_required: bool,
    /// The type leaves it open what it is where the key is left out: an `Option`.
    pub is_open: bool,
}

/// The types of the configuration, as their sources have them.
pub struct Types {
    structs: BTreeMap<String, ItemStruct>,
    enums: BTreeMap<String, ItemEnum>,
    /// By module: the one type in it that serde makes of a text. `deserialize_with = "domain_name::list"` means it.
    parsed_in: BTreeMap<String, String>,
}

impl Types {
    pub fn read() -> Self {
        let mut types = Self { structs: BTreeMap::new(), enums: BTreeMap::new(), parsed_in: BTreeMap::new() };
        for folder in ["src/config", "src/address"] {
            for entry in fs::read_dir(root().join(folder)).unwrap() {
                types.read_file(&entry.unwrap().path());
            }
        }
        types
    }

    fn read_file(&mut self, path: &Path) {
        let module = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let file = syn::parse_file(&fs::read_to_string(path).unwrap()).unwrap();
        for item in file.items {
            let (name, attributes) = match &item {
                Item::Struct(item) => (item.ident.to_string(), &item.attrs),
                Item::Enum(item) => (item.ident.to_string(), &item.attrs),
                _ => continue,
            };
            if Serde::of(attributes).try_from.is_some() {
                self.parsed_in.insert(module.clone(), name.clone());
            }
            match item {
                Item::Struct(item) => drop(self.structs.insert(name, item)),
                Item::Enum(item) => drop(self.enums.insert(name, item)),
                _ => unreachable!(),
            }
        }
    }

    /// The keys of a table, in the order of its fields.
    pub fn keys(&self, table: &str) -> Vec<Key> {
        let item = &self.structs[table];
        let all_have_defaults = Serde::of(&item.attrs).has_default;
        let Fields::Named(fields) = &item.fields else { panic!("{table} is no table") };
        fields.named.iter().filter_map(|field| self.key(table, field, all_have_defaults)).collect()
    }

    fn key(&self, table: &str, field: &Field, has_default: bool) -> Option<Key> {
        let serde = Serde::of(&field.attrs);
        if serde.is_skipped {
            return None;
        }
        let name = serde.rename.unwrap_or_else(|| field.ident.as_ref().unwrap().to_string());
        // A function of another module reads what that module is about; one of the same checks what the type says.
        let parser = serde.deserialize_with.filter(|path| path.contains("::")).map(|path| {
            let module = path.split("::").next().unwrap();
            self.parsed_in
                .get(module)
                .unwrap_or_else(|| panic!("{table}.{name}: what {path} reads is not known"))
                .clone()
        });
        let kind = self.kind(&field.ty, parser.as_deref()).unwrap_or_else(|unknown| {
            panic!(
                "{table}.{name} is a {unknown}, which tests/docs/types.rs does not know: let it tell how it is written"
            )
        });
        let is_open = argument_of(&field.ty, "Option").is_some();
        let is_required = !has_default && !serde.has_default && !is_open;
        Some(Key { name, kind, is_required, is_open })
    }

    /// `parser` stands for the type within, where serde reads it by a function.
    fn kind(&self, of: &Type, parser: Option<&str>) -> Result<Kind, String> {
        if let Some(inner) = argument_of(of, "Option") {
            return self.kind(inner, parser);
        }
        for several in ["Vec", "Tables"] {
            if let Some(inner) = argument_of(of, several) {
                return Ok(match self.kind(inner, parser)? {
                    Kind::Table(table) if several == "Tables" => Kind::TableOrTables(table),
                    Kind::Table(table) => Kind::Tables(table),
                    other => Kind::List(Box::new(other)),
                });
            }
        }
        if let Some(parser) = parser {
            return Ok(Kind::Named(parser.to_owned()));
        }
        let Type::Path(path) = of else { return Err("type without a name".to_owned()) };
        let last = path.path.segments.last().unwrap();
        if last.ident == "BTreeMap" || last.ident == "HashMap" {
            let PathArguments::AngleBracketed(arguments) = &last.arguments else { return Err("bare map".to_owned()) };
            let Some(GenericArgument::Type(value)) = arguments.args.last() else { return Err("bare map".to_owned()) };
            return Ok(Kind::Names(Box::new(self.kind(value, None)?)));
        }
        let name = last.ident.to_string();
        Ok(match name.as_str() {
            "String" => Kind::Text,
            "SecretString" => Kind::Secret,
            "PathBuf" => Kind::File,
            "bool" => Kind::Flag,
            "u8" | "u16" | "u32" | "u64" | "usize" | "NonZeroU32" => Kind::Whole,
            "f64" => Kind::Number,
            "SocketAddr" => Kind::Socket,
            "NaiveDate" => Kind::Day,
            "NaiveTime" => Kind::Named("TimeOfDay".to_owned()),
            _ => return self.kind_of_ours(name),
        })
    }

    fn kind_of_ours(&self, name: String) -> Result<Kind, String> {
        if let Some(item) = self.structs.get(&name) {
            let serde = Serde::of(&item.attrs);
            return match &item.fields {
                _ if serde.try_from.is_some() => Ok(Kind::Named(name)),
                Fields::Unnamed(fields) if serde.is_transparent => self.kind(&fields.unnamed[0].ty, None),
                Fields::Named(_) if derives(&item.attrs, "Deserialize") => Ok(Kind::Table(name)),
                _ => Err(name),
            };
        }
        let Some(item) = self.enums.get(&name) else { return Err(name) };
        if Serde::of(&item.attrs).try_from.is_some() {
            return Ok(Kind::Named(name));
        }
        if derives(&item.attrs, "Deserialize") { Ok(Kind::Choice(name)) } else { Err(name) }
    }

    /// What a type of ours is written as, in the first paragraph of its documentation.
    pub fn words_of(&self, name: &str) -> String {
        let attributes =
            self.structs.get(name).map(|item| &item.attrs).or(self.enums.get(name).map(|item| &item.attrs));
        let words = documentation(attributes.unwrap());
        assert!(!words.is_empty(), "the type {name} stands for a value of griot.toml and has no documentation");
        words
    }

    /// Whether a type of ours is read from a text; else it is a number.
    pub fn is_text(&self, name: &str) -> bool {
        let attributes =
            self.structs.get(name).map(|item| &item.attrs).or(self.enums.get(name).map(|item| &item.attrs));
        Serde::of(attributes.unwrap()).try_from.as_deref() == Some("String")
    }

    /// The words of a choice, each with what it means where that is said.
    pub fn choices(&self, name: &str) -> Vec<(String, String)> {
        let item = &self.enums[name];
        let rename_all = Serde::of(&item.attrs).rename_all;
        let word = |variant: &syn::Variant| {
            let name = variant.ident.to_string();
            Serde::of(&variant.attrs).rename.unwrap_or_else(|| match rename_all.as_deref() {
                Some("lowercase") => name.to_lowercase(),
                Some("kebab-case") => parted(&name, '-'),
                Some("snake_case") => parted(&name, '_'),
                None => name,
                Some(other) => panic!("{name}: rename_all = {other:?} is not known to tests/docs/types.rs"),
            })
        };
        item.variants.iter().map(|variant| (word(variant), documentation(&variant.attrs))).collect()
    }
}

/// `QuietHours` as `quiet hours`.
pub fn parted(name: &str, by: char) -> String {
    let mut parted = String::new();
    for (index, letter) in name.chars().enumerate() {
        if letter.is_uppercase() && index > 0 {
            parted.push(by);
        }
        parted.extend(letter.to_lowercase());
    }
    parted
}

fn argument_of<'a>(of: &'a Type, name: &str) -> Option<&'a Type> {
    let Type::Path(path) = of else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    })
}

fn derives(attributes: &[Attribute], name: &str) -> bool {
    let mut found = false;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("derive")) {
        attribute
            .parse_nested_meta(|meta| {
                found |= meta.path.is_ident(name);
                Ok(())
            })
            .unwrap();
    }
    found
}

/// The first paragraph, on one line and without what only the source's readers need.
fn documentation(attributes: &[Attribute]) -> String {
    let line = |attribute: &Attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value().trim().to_owned()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    };
    let lines: Vec<String> = attributes.iter().filter_map(line).take_while(|line| !line.is_empty()).collect();
    let mut words = lines.join(" ");
    while let Some(start) = words.find(" (rule ") {
        let end = start + words[start..].find(')').unwrap() + 1;
        words.replace_range(start..end, "");
    }
    words
}

/// What serde is told of a type, a field or a variant.
#[derive(Default)]
struct Serde {
    rename: Option<String>,
    rename_all: Option<String>,
    try_from: Option<String>,
    deserialize_with: Option<String>,
    has_default: bool,
    is_skipped: bool,
    is_transparent: bool,
}

impl Serde {
    fn of(attributes: &[Attribute]) -> Self {
        let mut told = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
            attribute
                .parse_nested_meta(|meta| {
                    let value = match meta.value() {
                        Ok(value) => Some(value.parse::<syn::LitStr>()?.value()),
                        Err(_) => None,
                    };
                    match meta.path.get_ident().map(ToString::to_string).as_deref() {
                        Some("rename") => told.rename = value,
                        Some("rename_all") => told.rename_all = value,
                        Some("try_from") => told.try_from = value,
                        Some("deserialize_with") => told.deserialize_with = value,
                        Some("default") => told.has_default = true,
                        Some("skip") => told.is_skipped = true,
                        Some("transparent") => told.is_transparent = true,
                        Some("deny_unknown_fields" | "into") => {}
                        other => panic!("tests/docs/types.rs does not know #[serde({other:?})]"),
                    }
                    Ok(())
                })
                .unwrap();
        }
        told
    }
}
