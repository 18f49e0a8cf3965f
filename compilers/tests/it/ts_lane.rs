//! Claims about the TS lane.

use std::time::Instant;

use workbooks_host::Shape;

use crate::support::Toolkit;

fn command(files: &[(&str, &str)]) -> Toolkit {
    let mut toolkit = Toolkit::new(Shape::Command, files);
    toolkit.request.lane = "ts".to_owned();
    toolkit
}

#[test]
fn a_type_error_has_file_line_column_and_code() {
    let source = "const n: number = 1;\n\nconsole.log(n.toUpperCase());\n";
    let start = Instant::now();
    let refusal = command(&[("src/main.ts", source)]).refusal();
    eprintln!("{:?}", start.elapsed());
    assert_eq!(
        refusal,
        "src/main.ts:3:15: Property 'toUpperCase' does not exist on type 'number'. (TS2339)"
    );
}

#[test]
fn zz_measure() {
    let deep = |open: &str, close: &str, n| format!("export const a = {}1{};", open.repeat(n), close.repeat(n));
    let mut cases = vec![
        ("one".to_owned(), std::fs::read_to_string("/tmp/x/ts/one.ts").unwrap()),
        ("500".to_owned(), std::fs::read_to_string("/tmp/x/ts/500.ts").unwrap()),
        ("parens100k".to_owned(), deep("(", ")", 100_000)),
        ("types".to_owned(), format!("export type A = {}number{};", "Array<".repeat(50_000), ">".repeat(50_000))),
    ];
    for n in [200, 400, 600,  1000, 1500, 2000, 4000] { cases.push((format!("parens{n}"), deep("(", ")", n))); cases.push((format!("fn{n}"), deep("()=>{return ", "}", n)));  cases.push((format!("chain{n}"), format!("export const a = [1]{};", ".map((x) => x)".repeat(n))));}
    for (name, text) in cases {
        let toolkit = command(&[("src/main.ts", &text)]);
        let start = Instant::now();
        let refusal: String = toolkit.refusal().chars().take(400).collect();
        eprintln!("== {name} {:?} {refusal}", start.elapsed());
    }
}
