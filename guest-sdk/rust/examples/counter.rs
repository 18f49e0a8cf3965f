//! A tool that counts under a key of `kv`: `#+EXEC: component`, `#+CAPS: kv`. Built as a library
//! of the kind `cdylib`.

use workbooks_guest::tool::Tool;
use workbooks_guest::{Error, info, kv, tools};

const COUNT: Tool = Tool { name: "count", description: "Counts.", parameters: "{}", call: count };
tools!(COUNT);

fn count(_: &str) -> Result<String, Error> {
    let before = kv::get("count")?.and_then(|bytes| bytes.try_into().ok());
    let count = before.map_or(0, u64::from_le_bytes) + 1;
    kv::set("count", &count.to_le_bytes())?;
    info!("counted to {count}");
    Ok(count.to_string())
}
