//! A shape as lines of text: one for each field, so that a difference is one line.

use std::fmt::Write;

use super::{FieldShape, Shape, Tagging, VariantShape};

impl Shape {
    /// The shape as lines, each indented by two blanks for each level.
    #[must_use]
    pub fn to_lines(&self) -> Vec<String> {
        let mut printer = Printer::default();
        match self {
            Self::Fields(_) => printer.children(self),
            _ => printer.line("", self),
        }
        printer.lines
    }
}

#[derive(Default)]
struct Printer {
    lines: Vec<String>,
    level: usize,
    /// The types that are being printed.
    open: Vec<&'static str>,
}

impl Printer {
    fn push(&mut self, text: &str) {
        self.lines
            .push(format!("{}{text}", "  ".repeat(self.level)));
    }

    /// A line that ends in what the shape is, and lines for what is in it.
    fn line(&mut self, before: &str, shape: &Shape) {
        self.push(&format!("{before}{}", self.head(shape)));
        self.level += 1;
        self.children(shape);
        self.level -= 1;
    }

    fn head(&self, shape: &Shape) -> String {
        match shape {
            Shape::Leaf(leaf) => leaf.is.to_owned(),
            Shape::Optional(inner) => format!("optional {}", self.head(inner)),
            Shape::List(inner) => format!("list of {}", self.head(inner)),
            Shape::Array(inner, length) => format!("{length} of {}", self.head(inner)),
            Shape::Map(key, value) => {
                format!("map of {} to {}", self.head(key), self.head(value))
            }
            Shape::Tuple(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| self.head(part)).collect();
                format!("({})", parts.join(", "))
            }
            Shape::Fields(_) => "object".to_owned(),
            Shape::OneOf(tagging, _) => match tagging {
                Tagging::External => "one of".to_owned(),
                Tagging::Internal(tag) => format!("one of, by `{tag}`"),
                Tagging::Adjacent(tag, content) => format!("one of, by `{tag}` with `{content}`"),
                Tagging::Untagged => "one of, untagged".to_owned(),
            },
            Shape::Named(name, _) if self.open.contains(name) => {
                let name = name.rsplit("::").next().unwrap_or(name);
                format!("{name}, as above")
            }
            Shape::Named(_, shape) => self.head(&shape()),
            Shape::Unknown(unknown) => format!("undescribed {}", unknown.rust_type),
        }
    }

    fn children(&mut self, shape: &Shape) {
        match shape {
            Shape::Leaf(_) | Shape::Unknown(_) => {}
            Shape::Optional(inner) | Shape::List(inner) | Shape::Array(inner, _) => {
                self.children(inner);
            }
            Shape::Map(key, value) => {
                self.children(key);
                self.children(value);
            }
            Shape::Tuple(parts) => parts.iter().for_each(|part| self.children(part)),
            Shape::Fields(fields) => self.fields(fields),
            Shape::OneOf(_, variants) => {
                let mut variants: Vec<_> = variants.iter().collect();
                variants.sort_by_key(|variant| variant.name);
                for variant in variants {
                    self.variant(variant);
                }
            }
            Shape::Named(name, shape) => {
                if !self.open.contains(name) {
                    self.open.push(name);
                    self.children(&shape());
                    self.open.pop();
                }
            }
        }
    }

    /// By name: the order in an object says nothing. Fields that are flattened stand among the others, as in the JSON.
    fn fields(&mut self, fields: &[FieldShape]) {
        let mut all = Vec::new();
        flattened(fields, &mut all);
        all.sort_by_key(|field| (field.is_flattened, field.name));
        for field in &all {
            self.field(field);
        }
    }

    fn field(&mut self, field: &FieldShape) {
        if field.is_flattened {
            self.line("with the fields of: ", &field.shape);
            return;
        }
        let mut before = field.name.to_owned();
        for alias in field.aliases {
            let _ = write!(before, " or {alias}");
        }
        match (field.may_be_left_out, field.has_default) {
            (true, true) => before.push_str(" (may be left out, default)"),
            (true, false) => before.push_str(" (may be left out)"),
            (false, true) => before.push_str(" (default)"),
            (false, false) => {}
        }
        before.push_str(": ");
        self.line(&before, &field.shape);
    }

    fn variant(&mut self, variant: &VariantShape) {
        let mut name = variant.name.to_owned();
        for alias in variant.aliases {
            let _ = write!(name, " or {alias}");
        }
        match &variant.content {
            None => self.push(&name),
            Some(content) => self.line(&format!("{name}: "), content),
        }
    }
}

fn flattened(fields: &[FieldShape], all: &mut Vec<FieldShape>) {
    for field in fields {
        let inner = match &field.shape {
            Shape::Named(_, shape) if field.is_flattened => shape(),
            shape => shape.clone(),
        };
        match inner {
            Shape::Fields(inner) if field.is_flattened => flattened(&inner, all),
            _ => all.push(field.clone()),
        }
    }
}
