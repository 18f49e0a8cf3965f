//! The compiler flags that a manifest may give (`#+BUILD_FLAGS`): a list of what is allowed.
//! Whatever names a file, a plugin or another tool is not on it.

use super::error::Invalid;

/// The step of a build that a flag is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuildStep {
    /// Compiling each file.
    Compile,
    /// Linking all of them.
    Link,
}

/// One flag of the list: one word, or two as in `-mllvm -wasm-enable-sjlj`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildFlag {
    /// Its words, in order, exactly as the compiler gets them: there is no shell and no quoting.
    pub words: Vec<String>,
    /// Where it belongs.
    pub step: BuildStep,
}

/// One row of the list.
#[derive(Debug, Clone, Copy)]
pub struct FlagRule {
    /// The flag, up to its operand.
    pub flag: &'static str,
    /// Where it belongs.
    pub step: BuildStep,
    /// What follows it, or what it does.
    pub about: &'static str,
    operand: Operand,
}

/// What follows a flag, in the same word or, where it says so, in the next one.
/// The sets are words with a space between them.
#[derive(Debug, Clone, Copy)]
enum Operand {
    None,
    OneOf(&'static str),
    Name,
    Macro,
    Warning,
    StackSize,
    NextOneOf(&'static str),
    NextStackSize,
}

const fn compile(flag: &'static str, operand: Operand, about: &'static str) -> FlagRule {
    FlagRule { flag, step: BuildStep::Compile, about, operand }
}

const fn link(flag: &'static str, operand: Operand, about: &'static str) -> FlagRule {
    FlagRule { flag, step: BuildStep::Link, about, operand }
}

/// The largest stack in linear memory that a flag may ask for, in bytes.
const MAX_STACK: u32 = 64 << 20;

/// Every flag that is allowed.
pub const FLAGS: &[FlagRule] = &[
    compile("-O", Operand::OneOf("0 1 2 3 s z"), "optimise: 0 1 2 3 s z"),
    compile(
        "-std=",
        Operand::OneOf(
            "c89 c90 c99 c11 c17 c18 c23 c2x gnu89 gnu90 gnu99 gnu11 gnu17 gnu18 gnu23 \
             gnu2x c++11 c++14 c++17 c++20 c++23 gnu++11 gnu++14 gnu++17 gnu++20 gnu++23",
        ),
        "the language: c89 to c23, gnu89 to gnu23, c++11 to c++23, gnu++11 to gnu++23",
    ),
    compile("-D", Operand::Macro, "define NAME or NAME=VALUE, in the same word"),
    compile("-U", Operand::Name, "undefine NAME, in the same word"),
    compile("-w", Operand::None, "no warnings"),
    compile("-W", Operand::Warning, "a warning, such as -Wall or -Wno-unused"),
    compile(
        "-fno-",
        Operand::OneOf(
            "strict-aliasing strict-overflow delete-null-pointer-checks signed-char \
             unsigned-char common builtin exceptions rtti math-errno fast-math wrapv ident \
             inline-functions unroll-loops threadsafe-statics signed-zeros trapping-math",
        ),
        "switch off one of a list, such as strict-aliasing",
    ),
    compile(
        "-f",
        Operand::OneOf(
            "strict-aliasing wrapv trapv signed-char unsigned-char common freestanding \
             math-errno fast-math fp-contract=off fp-contract=on fp-contract=fast \
             function-sections data-sections inline-functions unroll-loops \
             visibility=hidden visibility=default short-enums",
        ),
        "switch on one of a list, such as wrapv",
    ),
    compile(
        "-m",
        Operand::OneOf("simd128 bulk-memory nontrapping-fptoint sign-ext multivalue"),
        "use a WebAssembly feature: simd128 bulk-memory nontrapping-fptoint sign-ext multivalue",
    ),
    compile(
        "-mllvm",
        Operand::NextOneOf("-wasm-enable-sjlj -wasm-use-legacy-eh=false"),
        "setjmp and longjmp: -wasm-enable-sjlj, and -wasm-use-legacy-eh=false",
    ),
    compile("--no-check", Operand::None, "TypeScript: leave types unchecked"),
    link(
        "-l",
        Operand::OneOf(
            "m setjmp wasi-emulated-signal wasi-emulated-process-clocks wasi-emulated-mman \
             wasi-emulated-getpid",
        ),
        "a library of the sysroot: m setjmp wasi-emulated-{signal,process-clocks,mman,getpid}",
    ),
    link("-z", Operand::NextStackSize, "stack-size=BYTES"),
    link("-Wl,-z,", Operand::StackSize, "stack-size=BYTES"),
    link(
        "-Wl,--",
        Operand::OneOf("stack-first strip-debug strip-all gc-sections"),
        "stack-first, strip-debug, strip-all or gc-sections",
    ),
];

const HELP: &str = "these are allowed: -O* -std=* -DNAME[=VALUE] -UNAME -w -W* -f* -m* -l* of fixed \
                    lists, `-mllvm -wasm-enable-sjlj`, `-mllvm -wasm-use-legacy-eh=false`, \
                    -Wl,-z,stack-size=BYTES; folders of headers go into `#+BUILD_INCLUDE`";

/// The flag that begins with this word; where it has two, the next word is its second.
pub(super) fn read(word: &str, next: Option<&str>) -> Result<BuildFlag, Invalid> {
    let rule = FLAGS.iter().find(|rule| allows(rule, word, next));
    let Some(rule) = rule else {
        return Err(Invalid::new(word, "is not an allowed flag", HELP));
    };
    let mut words = vec![word.to_owned()];
    if matches!(rule.operand, Operand::NextOneOf(_) | Operand::NextStackSize) {
        words.extend(next.map(str::to_owned));
    }
    Ok(BuildFlag { words, step: rule.step })
}

fn allows(rule: &FlagRule, word: &str, next: Option<&str>) -> bool {
    let Some(rest) = word.strip_prefix(rule.flag) else {
        return false;
    };
    match rule.operand {
        Operand::None => rest.is_empty(),
        Operand::OneOf(set) => is_one_of(set, rest),
        Operand::Name => is_name(rest),
        Operand::Macro => match rest.split_once('=') {
            None => is_name(rest),
            Some((name, value)) => is_name(name) && value.bytes().all(in_macro),
        },
        Operand::Warning => is_warning(rest),
        Operand::StackSize => is_stack_size(rest),
        Operand::NextOneOf(set) => rest.is_empty() && next.is_some_and(|n| is_one_of(set, n)),
        Operand::NextStackSize => rest.is_empty() && next.is_some_and(is_stack_size),
    }
}

fn is_one_of(set: &str, word: &str) -> bool {
    set.split(' ').any(|one| one == word)
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// No path can be written without `/` and `\`, no response file without `@`.
fn in_macro(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'/' | b'\\' | b'@' | b'`' | b'$')
}

/// No comma: `-Wl,` `-Wa,` and `-Wp,` hand words to other tools.
fn is_warning(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'=' | b'#'))
}

fn is_stack_size(text: &str) -> bool {
    text.strip_prefix("stack-size=")
        .filter(|n| n.bytes().all(|b| b.is_ascii_digit()))
        .and_then(|n| n.parse::<u32>().ok())
        .is_some_and(|n| (1..=MAX_STACK).contains(&n))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one(word: &str) -> Result<BuildFlag, Invalid> {
        read(word, None)
    }

    const REFUSED: &str = r"
        -I/usr/include -I -Iinclude -isystem -iquote -idirafter -include -imacros
        -include/etc/passwd -L/ -L -B/ -o -oout -Xclang -Xlinker -Xpreprocessor -load
        -fplugin=x.so -fpass-plugin=x -fplugin-arg-x @file @/etc/passwd --sysroot=/
        -isysroot --config=x -specs=x -Wl,-T,x -Wl,--export=x -Wl,-z,stack-size=0 -Wl,-z,x
        -Wl,--stack-first,-o,x -Wa,-x -Wp,-MD,x -Wl,@x -MD -MF -M -MMDx -save-temps
        --save-temps=obj -dumpdir -fdump-record-layouts -E -S -c -### -v -g -gsplit-dwarf -x
        -xc++ -target --target=x86_64 -march=native -mcpu=x -pthread -fuse-ld=/bin/sh -ld
        -lc -lpthread -l/etc/x -l:x.a -fprofile-use=x -fprofile-generate -fmodules
        -fmodule-file=x -fsanitize=address -fsanitize-blacklist=x -ftime-trace=x
        -foptimization-record-file=x -fembed-bitcode -flto -ffile-prefix-map=a=b
        -fdebug-prefix-map=a=b -resource-dir=x -nostdinc -static -shared -rdynamic
        -emit-llvm -cc1 -cc1as -Ofast -O4 -O -OO -std= -std=c++99 -std=x - -- main.c
        /etc/passwd O2 -D -D=1 -D1A -DA=a/b -DA=\x -DA=@x -DA=$x -DA=`x` -DA=é -DA(x)=x -U
        -U1 -UA=1 -W -WL,x -W,x -Wx/y -w1 -Werror,x -mllvm -z -mexec-model=reactor
        -msimd128x -mno-simd128
    ";

    #[test]
    fn a_flag_that_names_a_file_a_plugin_or_a_tool_is_refused() {
        for word in REFUSED.split_whitespace().chain(["", "-DA B"]) {
            assert!(one(word).is_err(), "{word}");
        }
    }

    #[test]
    fn a_pair_needs_both_of_its_words() {
        assert!(read("-mllvm", Some("-load=x")).is_err());
        assert!(read("-mllvm", Some("-wasm-use-legacy-eh=true")).is_err());
        assert!(read("-mllvm-wasm-enable-sjlj", None).is_err());
        assert!(read("-z", Some("execstack")).is_err());
        assert!(read("-z", Some("stack-size=67108865")).is_err());
        assert!(read("-z", Some("stack-size=-1")).is_err());
        assert!(read("-wasm-enable-sjlj", None).is_err());
        let pair = read("-mllvm", Some("-wasm-enable-sjlj")).unwrap();
        assert_eq!(pair.words, ["-mllvm", "-wasm-enable-sjlj"]);
        assert_eq!(pair.step, BuildStep::Compile);
        let pair = read("-z", Some("stack-size=4194304")).unwrap();
        assert_eq!((pair.words.len(), pair.step), (2, BuildStep::Link));
    }

    const ALLOWED: &str = r#"
        -O2 -Oz -std=c11 -std=gnu17 -std=c++20 -D_GNU_SOURCE -DA=1 -DVERSION="1.0-x"
        -DF=(1<<3) -DE= -UNDEBUG -w -Wall -Wno-everything -Werror=format
        -Wno-c++11-narrowing -funsigned-char -fwrapv -fno-strict-aliasing -ffast-math
        -ffp-contract=off -msimd128 -lm -lsetjmp -lwasi-emulated-signal
        -Wl,-z,stack-size=4194304 -Wl,--stack-first
    "#;

    #[test]
    fn the_flags_of_lua_and_quickjs_are_allowed() {
        for word in ALLOWED.split_whitespace() {
            assert_eq!(one(word).unwrap().words, [word]);
        }
        assert_eq!(one("-lm").unwrap().step, BuildStep::Link);
        assert_eq!(one("-Wl,--stack-first").unwrap().step, BuildStep::Link);
        assert_eq!(one("-Wall").unwrap().step, BuildStep::Compile);
    }

    proptest! {
        #[test]
        fn no_allowed_flag_names_a_path(word in "-[A-Za-z]{1,2}[ -~]{0,12}", next in "[ -~]{0,20}") {
            if let Ok(flag) = read(&word, Some(&next)) {
                prop_assert!(flag.words.iter().all(|w| !w.contains(['/', '\\', '@'])), "{flag:?}");
            }
        }
    }
}
