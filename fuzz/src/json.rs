//! A second reader of strict JSON, by recursive descent, and its verdict on two members of one name.

/// The limits of strict texts, outermost value included.
pub const STRICT: Limits = Limits { levels: 32, values: 2_000, unique_names: true };
/// None, but for the depth that protects the stack.
pub const LOOSE: Limits = Limits { levels: 100, values: usize::MAX, unique_names: false };

#[derive(Clone, Copy)]
pub struct Limits {
    levels: usize,
    values: usize,
    unique_names: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Number(f64),
    String(String),
    Array(Vec<Value>),
    Object(Vec<(String, Value)>),
}

impl Value {
    pub fn get(&self, name: &str) -> Option<&Value> {
        let Self::Object(members) = self else { return None };
        members.iter().find_map(|(candidate, value)| (candidate == name).then_some(value))
    }

    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }
}

/// What a text says, and whether a member name in it is written with an escape.
pub struct Read {
    pub value: Value,
    pub has_escaped_name: bool,
}

/// Reads a whole text; `None` if it is no JSON within the limits.
pub fn read(text: &[u8], limits: Limits) -> Option<Read> {
    let text = std::str::from_utf8(text).ok()?;
    let mut reader = Reader { rest: text, limits, values: 0, has_escaped_name: false };
    let value = reader.value(0)?;
    reader.skip_space();
    let Reader { rest, has_escaped_name, .. } = reader;
    rest.is_empty().then_some(Read { value, has_escaped_name })
}

struct Reader<'text> {
    rest: &'text str,
    limits: Limits,
    values: usize,
    has_escaped_name: bool,
}

impl<'text> Reader<'text> {
    fn value(&mut self, level: usize) -> Option<Value> {
        self.values += 1;
        (self.values <= self.limits.values).then_some(())?;
        self.skip_space();
        match self.rest.chars().next()? {
            'n' => self.eat("null").map(|()| Value::Null),
            't' => self.eat("true").map(|()| Value::Bool(true)),
            'f' => self.eat("false").map(|()| Value::Bool(false)),
            '"' => self.string().map(Value::String),
            '[' => self.items('[', ']', level, Self::value).map(Value::Array),
            '{' => self.object(level),
            _ => self.number(),
        }
    }

    fn object(&mut self, level: usize) -> Option<Value> {
        let members = self.items('{', '}', level, |reader, level| {
            reader.skip_space();
            let before = reader.rest;
            let name = reader.string()?;
            reader.has_escaped_name |= before[..before.len() - reader.rest.len()].contains('\\');
            reader.skip_space();
            reader.eat(":")?;
            Some((name, reader.value(level)?))
        })?;
        let names: std::collections::HashSet<_> = members.iter().map(|(name, _)| name).collect();
        let is_unique = names.len() == members.len() || !self.limits.unique_names;
        is_unique.then_some(Value::Object(members))
    }

    fn items<Item>(
        &mut self,
        open: char,
        close: char,
        level: usize,
        mut item: impl FnMut(&mut Self, usize) -> Option<Item>,
    ) -> Option<Vec<Item>> {
        (level < self.limits.levels).then_some(())?;
        self.rest = self.rest.strip_prefix(open)?;
        let mut items = Vec::new();
        self.skip_space();
        if self.eat(close.encode_utf8(&mut [0; 4])).is_some() {
            return Some(items);
        }
        loop {
            items.push(item(self, level + 1)?);
            self.skip_space();
            if self.eat(close.encode_utf8(&mut [0; 4])).is_some() {
                return Some(items);
            }
            self.eat(",")?;
        }
    }

    fn string(&mut self) -> Option<String> {
        self.eat("\"")?;
        let mut units: Vec<u16> = Vec::new();
        loop {
            let character = self.rest.chars().next()?;
            self.rest = &self.rest[character.len_utf8()..];
            match character {
                '"' => return String::from_utf16(&units).ok(),
                '\\' => units.push(self.escaped()?),
                '\0'..='\x1f' => return None,
                _ => units.extend_from_slice(character.encode_utf16(&mut [0; 2])),
            }
        }
    }

    fn escaped(&mut self) -> Option<u16> {
        let letter = self.rest.chars().next()?;
        self.rest = &self.rest[letter.len_utf8()..];
        let plain = "\"\\/\u{8}\u{c}\n\r\t".chars().zip("\"\\/bfnrt".chars());
        if letter != 'u' {
            return plain.into_iter().find(|(_, name)| *name == letter).map(|(it, _)| it as u16);
        }
        let digits = self.rest.get(..4).filter(|it| it.bytes().all(|it| it.is_ascii_hexdigit()))?;
        self.rest = &self.rest[4..];
        u16::from_str_radix(digits, 16).ok()
    }

    fn number(&mut self) -> Option<Value> {
        let text = self.rest;
        self.eat("-");
        if self.eat("0").is_none() {
            (self.digits() > 0).then_some(())?;
        }
        if self.eat(".").is_some() {
            (self.digits() > 0).then_some(())?;
        }
        if self.eat("e").or_else(|| self.eat("E")).is_some() {
            self.eat("+").or_else(|| self.eat("-"));
            (self.digits() > 0).then_some(())?;
        }
        let number: f64 = text[..text.len() - self.rest.len()].parse().ok()?;
        number.is_finite().then_some(Value::Number(number))
    }

    fn digits(&mut self) -> usize {
        let rest = self.rest.trim_start_matches(|it: char| it.is_ascii_digit());
        let count = self.rest.len() - rest.len();
        self.rest = rest;
        count
    }

    fn eat(&mut self, text: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(text)?;
        Some(())
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }
}
