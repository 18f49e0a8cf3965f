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
