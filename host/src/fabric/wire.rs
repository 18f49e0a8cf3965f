//! The length-prefixed protocol of the original's brokers, for guests that still speak it.
//!
//! All numbers have four bytes, little-endian; a *blob* is its length and its bytes. What follows
//! a message is ignored, as it was there. A message is read without trusting any number in it:
//! nothing is allocated for bytes that are not there.
//!
//! | message | content |
//! |---|---|
//! | exec request | name, count of arguments, each a blob, standard input: a blob |
//! | map request | name, count of arguments, each a blob, count of inputs, each a blob |
//! | map reply | count, each a length and its bytes, or −1 for an input that failed |

use thiserror::Error;

/// Why bytes are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WireError {
    /// They end before the message does.
    #[error("the message is cut off")]
    Cut,
    /// A name or an argument is not UTF-8.
    #[error("a name or an argument is not UTF-8")]
    Text,
    /// A length is negative, and not −1.
    #[error("a length is negative")]
    Length,
}

/// One command with its input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExecRequest {
    /// The command.
    pub name: String,
    /// Its arguments, without its name.
    pub args: Vec<String>,
    /// Its standard input.
    pub stdin: Vec<u8>,
}

/// One command with many inputs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MapRequest {
    /// The command.
    pub name: String,
    /// Its arguments, without its name, for each input alike.
    pub args: Vec<String>,
    /// The standard input of each run.
    pub inputs: Vec<Vec<u8>>,
}

/// What came of each input, in order; nothing of one that failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MapReply(pub Vec<Option<Vec<u8>>>);

impl ExecRequest {
    /// Reads a request.
    ///
    /// # Errors
    ///
    /// [`WireError::Cut`] and [`WireError::Text`].
    pub fn parse(bytes: &[u8]) -> Result<Self, WireError> {
        let mut rest = Rest(bytes);
        let (name, args) = (rest.text()?, rest.list(Rest::text)?);
        Ok(Self { name, args, stdin: rest.blob()?.to_vec() })
    }

    /// Writes a request.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = head(&self.name, &self.args);
        blob(&mut out, &self.stdin);
        out
    }
}

impl MapRequest {
    /// Reads a request.
    ///
    /// # Errors
    ///
    /// [`WireError::Cut`] and [`WireError::Text`].
    pub fn parse(bytes: &[u8]) -> Result<Self, WireError> {
        let mut rest = Rest(bytes);
        let (name, args) = (rest.text()?, rest.list(Rest::text)?);
        let inputs = rest.list(|rest| rest.blob().map(<[u8]>::to_vec))?;
        Ok(Self { name, args, inputs })
    }

    /// Writes a request.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = head(&self.name, &self.args);
        number(&mut out, self.inputs.len());
        self.inputs.iter().for_each(|input| blob(&mut out, input));
        out
    }
}

impl MapReply {
    /// Reads a reply.
    ///
    /// # Errors
    ///
    /// [`WireError::Cut`] and [`WireError::Length`].
    pub fn parse(bytes: &[u8]) -> Result<Self, WireError> {
        let result = |rest: &mut Rest<'_>| match rest.number()?.cast_signed() {
            -1 => Ok(None),
            length => {
                let length = usize::try_from(length).map_err(|_| WireError::Length)?;
                Ok(Some(rest.take(length)?.to_vec()))
            }
        };
        Rest(bytes).list(result).map(Self)
    }

    /// Writes a reply.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        number(&mut out, self.0.len());
        for result in &self.0 {
            match result {
                Some(bytes) => blob(&mut out, bytes),
                None => out.extend((-1_i32).to_le_bytes()),
            }
        }
        out
    }
}

/// What is left to read.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], WireError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(WireError::Cut)?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u32, WireError> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or(WireError::Cut)?;
        self.0 = rest;
        Ok(u32::from_le_bytes(*bytes))
    }

    fn blob(&mut self) -> Result<&'a [u8], WireError> {
        let length = self.number()?;
        self.take(length as usize)
    }

    fn text(&mut self) -> Result<String, WireError> {
        String::from_utf8(self.blob()?.to_vec()).map_err(|_| WireError::Text)
    }

    /// A count and as many items, each of which has at least the four bytes of its length.
    fn list<T>(
        &mut self,
        item: impl Fn(&mut Self) -> Result<T, WireError>,
    ) -> Result<Vec<T>, WireError> {
        let count = self.number()? as usize;
        if self.0.len() / 4 < count {
            return Err(WireError::Cut);
        }
        (0..count).map(|_| item(self)).collect()
    }
}

fn head(name: &str, args: &[String]) -> Vec<u8> {
    let mut out = Vec::new();
    blob(&mut out, name.as_bytes());
    number(&mut out, args.len());
    for arg in args {
        blob(&mut out, arg.as_bytes());
    }
    out
}

/// # Panics
///
/// When there are more than four bytes can count, which no memory of a guest holds.
fn number(out: &mut Vec<u8>, number: usize) {
    out.extend(u32::try_from(number).expect("a guest's memory has 32 bits").to_le_bytes());
}

fn blob(out: &mut Vec<u8>, bytes: &[u8]) {
    number(out, bytes.len());
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_message_is_what_the_original_wrote() {
        let request =
            ExecRequest { name: "jq".into(), args: vec![".a".into()], stdin: b"{}".to_vec() };
        let bytes = b"\x02\0\0\0jq\x01\0\0\0\x02\0\0\0.a\x02\0\0\0{}";
        assert_eq!(request.encode(), bytes);
        let reply = MapReply(vec![Some(b"x".to_vec()), None, Some(Vec::new())]);
        assert_eq!(reply.encode(), b"\x03\0\0\0\x01\0\0\0x\xff\xff\xff\xff\0\0\0\0");
    }

    #[test]
    fn numbers_that_lie_are_refused_before_anything_is_allocated() {
        for bytes in [
            &b""[..],
            b"\xff\xff\xff\xff",
            b"\0\0\0\0\xff\xff\xff\xff\0\0\0\0",
            b"\0\0\0\0\0\0\0\0\xff\xff\xff\x7fx",
        ] {
            assert_eq!(ExecRequest::parse(bytes), Err(WireError::Cut), "{bytes:?}");
            assert_eq!(MapRequest::parse(bytes), Err(WireError::Cut), "{bytes:?}");
        }
        assert_eq!(ExecRequest::parse(b"\x01\0\0\0\xff\0\0\0\0\0\0\0\0"), Err(WireError::Text));
        assert_eq!(MapReply::parse(b"\x01\0\0\0\xfe\xff\xff\xff"), Err(WireError::Length));
    }

    fn args() -> impl Strategy<Value = Vec<String>> {
        prop::collection::vec(".{0,9}", 0..5)
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back_whatever_follows(
            name in ".{0,9}",
            args in args(),
            inputs in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..6),
            tail in prop::collection::vec(any::<u8>(), 0..9),
        ) {
            let stdin = inputs[0].clone();
            let exec = ExecRequest { name: name.clone(), args: args.clone(), stdin };
            let map = MapRequest { name, args, inputs: inputs.clone() };
            let reply =
                MapReply(inputs.into_iter().map(|i| (i.len() % 3 != 0).then_some(i)).collect());
            let with = |mut bytes: Vec<u8>| { bytes.extend(&tail); bytes };
            prop_assert_eq!(ExecRequest::parse(&with(exec.encode())), Ok(exec));
            prop_assert_eq!(MapRequest::parse(&with(map.encode())), Ok(map));
            prop_assert_eq!(MapReply::parse(&with(reply.encode())), Ok(reply));
        }

        #[test]
        fn a_message_that_is_cut_is_refused(name in ".{0,9}", args in args(), cut in any::<prop::sample::Index>()) {
            let whole = ExecRequest { name, args, stdin: vec![1, 2, 3] }.encode();
            let cut = cut.index(whole.len());
            prop_assert_eq!(ExecRequest::parse(&whole[..cut]), Err(WireError::Cut));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            drop((ExecRequest::parse(&bytes), MapRequest::parse(&bytes), MapReply::parse(&bytes)));
        }
    }
}
