//! The structure of a function's type as one line of text, equal exactly if the types are.

use wit_parser::{Function, Handle, Resolve, Type, TypeDefKind, TypeId, TypeOwner};

/// How much longer than the other type a type is written, in bytes.
const MORE: usize = 200;

/// The type of `function`: `func(key: string) -> result<_, …>`.
///
/// A text far longer than `expected` bytes is cut, so that a type that doubles on each of a
/// hundred levels is told from ours without being written out.
pub(super) fn of(resolve: &Resolve, function: &Function, expected: usize) -> String {
    let mut text = Text { resolve, out: String::new(), most: expected.saturating_add(MORE) };
    text.function(function);
    if text.out.len() > text.most {
        text.out.truncate(text.out.floor_char_boundary(text.most));
        text.out.push('…');
    }
    text.out
}

struct Text<'a> {
    resolve: &'a Resolve,
    out: String,
    most: usize,
}

impl Text<'_> {
    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn function(&mut self, function: &Function) {
        self.push(if function.kind.is_async() { "async func(" } else { "func(" });
        self.list(&function.params, |this, param| this.field(&param.name, Some(&param.ty)));
        self.push(")");
        if let Some(result) = &function.result {
            self.push(" -> ");
            self.ty(result);
        }
    }

    fn list<T>(&mut self, items: &[T], each: impl Fn(&mut Self, &T)) {
        for (n, item) in items.iter().enumerate() {
            if self.out.len() > self.most {
                return;
            }
            if n > 0 {
                self.push(", ");
            }
            each(self, item);
        }
    }

    fn field(&mut self, name: &str, ty: Option<&Type>) {
        self.push(name);
        if let Some(ty) = ty {
            self.push(": ");
            self.ty(ty);
        }
    }

    fn around(&mut self, word: &str, types: &[Option<Type>]) {
        self.push(word);
        self.push("<");
        self.list(types, |this, ty| match ty {
            Some(ty) => this.ty(ty),
            None => this.push("_"),
        });
        self.push(">");
    }

    fn ty(&mut self, ty: &Type) {
        let Type::Id(id) = ty else {
            return self.push(&format!("{ty:?}").to_lowercase());
        };
        // What is cut anyway is not walked: types from a guest may be deep.
        if self.out.len() > self.most {
            return;
        }
        match &self.resolve.types[*id].kind {
            TypeDefKind::Type(ty) => self.ty(ty),
            TypeDefKind::Record(record) => {
                self.push("record{");
                self.list(&record.fields, |this, field| this.field(&field.name, Some(&field.ty)));
                self.push("}");
            }
            TypeDefKind::Variant(variant) => {
                self.push("variant{");
                self.list(&variant.cases, |this, case| this.field(&case.name, case.ty.as_ref()));
                self.push("}");
            }
            TypeDefKind::Enum(names) => {
                self.push("enum{");
                self.list(&names.cases, |this, case| this.push(&case.name));
                self.push("}");
            }
            TypeDefKind::Flags(names) => {
                self.push("flags{");
                self.list(&names.flags, |this, flag| this.push(&flag.name));
                self.push("}");
            }
            TypeDefKind::Tuple(tuple) => {
                self.around("tuple", &tuple.types.iter().copied().map(Some).collect::<Vec<_>>());
            }
            TypeDefKind::Option(ty) => self.around("option", &[Some(*ty)]),
            TypeDefKind::List(ty) => self.around("list", &[Some(*ty)]),
            TypeDefKind::Map(key, value) => self.around("map", &[Some(*key), Some(*value)]),
            TypeDefKind::FixedLengthList(ty, length) => {
                self.around(&format!("list{length}"), &[Some(*ty)]);
            }
            TypeDefKind::Result(result) => self.around("result", &[result.ok, result.err]),
            TypeDefKind::Future(ty) => self.around("future", &[*ty]),
            TypeDefKind::Stream(ty) => self.around("stream", &[*ty]),
            TypeDefKind::Handle(Handle::Own(id)) => self.handle("own", *id),
            TypeDefKind::Handle(Handle::Borrow(id)) => self.handle("borrow", *id),
            TypeDefKind::Resource => self.handle("resource", *id),
            TypeDefKind::Unknown => self.push("unknown"),
        }
    }

    /// A resource is the one that its interface calls so, whatever version and alias it has here.
    fn handle(&mut self, word: &str, mut id: TypeId) {
        while let TypeDefKind::Type(Type::Id(next)) = self.resolve.types[id].kind {
            id = next;
        }
        let resource = &self.resolve.types[id];
        let name = resource.name.as_deref().unwrap_or("_");
        let owner = match resource.owner {
            TypeOwner::Interface(interface) => self.resolve.id_of(interface),
            TypeOwner::World(_) | TypeOwner::None => None,
        };
        match owner {
            Some(owner) => {
                let owner = owner.split('@').next().unwrap_or_default().to_owned();
                self.push(&format!("{word}<{owner}.{name}>"));
            }
            None => self.push(&format!("{word}<{name}>")),
        }
    }
}
