//! Samples of a shape: JSON that serde would write.

use serde_json::{Map, Value};

use super::{FieldShape, Shape, Tagging, VariantShape};

impl Shape {
    /// Samples: one with everything in it, one with as little as can be, and so many more that each variant of each enum is
    /// in one of them. Each once.
    ///
    /// # Errors
    ///
    /// [`serde_json::Error`] when a sample in a description is not JSON.
    pub fn samples(&self) -> Result<Vec<Value>, serde_json::Error> {
        let mut samples: Vec<Value> = Vec::new();
        let rounds = self.most_variants(&mut Vec::new()).max(1);
        let whole = (0..rounds).map(|round| Sampler::new(round, false));
        for mut sampler in whole.chain([Sampler::new(0, true)]) {
            let sample = sampler.value(self)?;
            if !samples.contains(&sample) {
                samples.push(sample);
            }
        }
        Ok(samples)
    }

    fn most_variants(&self, open: &mut Vec<&'static str>) -> usize {
        match self {
            Self::Leaf(_) | Self::Unknown(_) => 0,
            Self::Optional(inner) | Self::List(inner) | Self::Array(inner, _) => {
                inner.most_variants(open)
            }
            Self::Map(key, value) => key.most_variants(open).max(value.most_variants(open)),
            Self::Tuple(parts) => {
                let of_parts = parts.iter().map(|part| part.most_variants(open));
                of_parts.max().unwrap_or_default()
            }
            Self::Fields(fields) => {
                let of_fields = fields.iter().map(|field| field.shape.most_variants(open));
                of_fields.max().unwrap_or_default()
            }
            Self::OneOf(_, variants) => {
                let contents = variants
                    .iter()
                    .filter_map(|variant| variant.content.as_ref());
                let of_contents = contents.map(|content| content.most_variants(open)).max();
                variants.len().max(of_contents.unwrap_or_default())
            }
            Self::Named(name, _) if open.contains(name) => 0,
            Self::Named(name, shape) => {
                open.push(name);
                let most = shape().most_variants(open);
                open.pop();
                most
            }
        }
    }
}

struct Sampler {
    /// Which variant of each enum.
    round: usize,
    /// As little as can be.
    is_least: bool,
    open: Vec<&'static str>,
}

impl Sampler {
    const fn new(round: usize, is_least: bool) -> Self {
        Self {
            round,
            is_least,
            open: Vec::new(),
        }
    }

    fn value(&mut self, shape: &Shape) -> Result<Value, serde_json::Error> {
        Ok(match shape {
            Shape::Leaf(leaf) => {
                let text = if self.is_least {
                    leaf.other
                } else {
                    leaf.sample
                };
                serde_json::from_str(text)?
            }
            Shape::Unknown(_) => Value::Null,
            Shape::Optional(inner) if self.is_least || self.is_open(inner) => {
                let _ = inner;
                Value::Null
            }
            Shape::Optional(inner) => self.value(inner)?,
            Shape::List(inner) if self.is_least || self.is_open(inner) => {
                let _ = inner;
                Value::Array(Vec::new())
            }
            Shape::List(inner) => Value::Array(vec![self.value(inner)?]),
            Shape::Array(inner, length) => Value::Array(vec![self.value(inner)?; *length]),
            Shape::Map(..) if self.is_least => Value::Object(Map::new()),
            Shape::Map(_, value) if self.is_open(value) => Value::Object(Map::new()),
            Shape::Map(key, value) => {
                let key = match self.value(key)? {
                    Value::String(text) => text,
                    other => other.to_string(),
                };
                Value::Object(Map::from_iter([(key, self.value(value)?)]))
            }
            Shape::Tuple(parts) => {
                let parts = parts.iter().map(|part| self.value(part));
                Value::Array(parts.collect::<Result<_, _>>()?)
            }
            Shape::Fields(fields) => Value::Object(self.object(fields)?),
            Shape::OneOf(tagging, variants) => self.one_of(*tagging, variants)?,
            // What contains itself without an end has no JSON.
            Shape::Named(name, _) if self.open.contains(name) => Value::Null,
            Shape::Named(name, shape) => {
                self.open.push(name);
                let value = self.value(&shape());
                self.open.pop();
                value?
            }
        })
    }

    /// Whether the value would contain itself again.
    fn is_open(&self, shape: &Shape) -> bool {
        match shape {
            Shape::Named(name, _) => self.open.contains(name),
            Shape::Optional(inner) | Shape::List(inner) => self.is_open(inner),
            _ => false,
        }
    }

    fn object(&mut self, fields: &[FieldShape]) -> Result<Map<String, Value>, serde_json::Error> {
        let mut object = Map::new();
        for field in fields {
            if self.is_least && field.may_be_left_out {
                continue;
            }
            match self.value(&field.shape)? {
                Value::Object(inner) if field.is_flattened => object.extend(inner),
                Value::Null if field.is_flattened => {}
                value => {
                    object.insert(field.name.to_owned(), value);
                }
            }
        }
        Ok(object)
    }

    fn one_of(
        &mut self,
        tagging: Tagging,
        variants: &[VariantShape],
    ) -> Result<Value, serde_json::Error> {
        let Some(variant) = variants.get(self.round % variants.len().max(1)) else {
            return Ok(Value::Null);
        };
        let name = Value::from(variant.name);
        let content = variant.content.as_ref();
        let content = content.map(|content| self.value(content)).transpose()?;
        Ok(match (tagging, content) {
            (Tagging::External, None) => name,
            (Tagging::External, Some(content)) => object([(variant.name, content)]),
            (Tagging::Untagged, content) => content.unwrap_or_default(),
            (Tagging::Internal(tag), content) => {
                let mut all = Map::from_iter([(tag.to_owned(), name)]);
                if let Some(Value::Object(fields)) = content {
                    all.extend(fields);
                }
                Value::Object(all)
            }
            (Tagging::Adjacent(tag, _), None) => object([(tag, name)]),
            (Tagging::Adjacent(tag, at), Some(content)) => object([(tag, name), (at, content)]),
        })
    }
}

fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let fields = fields.map(|(name, value)| (name.to_owned(), value));
    Value::Object(fields.into_iter().collect())
}
