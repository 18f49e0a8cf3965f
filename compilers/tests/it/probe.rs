//! probe
use workbooks_host::Shape;
use crate::support::Toolkit;
#[test]
fn probe() {
    for (n, main) in [
        ("incbin", "__asm__(\".section .data.x,\\\"\\\",@\\n.globl x\\nx:\\n.incbin \\\"/work/src/b.c\\\"\\n.size x, 4\\n\"); extern char x[]; int main(void){return x[0];}\n"),
        ("include-asm", "__asm__(\".include \\\"/work/src/b.c\\\"\"); int main(void){return 0;}\n"),
        ("embed", "#include <stdio.h>\nstatic const char x[] = {\n#embed \"b.c\"\n}; int main(void){return x[0];}\n"),
        ("embed-missing", "static const char x[] = {\n#embed \"nope\"\n}; int main(void){return sizeof x;}\n"),
        ("embed-abs", "static const char x[] = {\n#embed \"/etc/passwd\"\n}; int main(void){return sizeof x;}\n"),
        ("has-embed", "#if __has_embed(\"b.c\") == 1\nint main(void){return 0;}\n#else\nint main(void){return 1;}\n#endif\n"),
        ("has-include", "#if __has_include(\"b.c\")\nint main(void){return 0;}\n#else\nint main(void){return 1;}\n#endif\n"),
        ("dot", "#include \"./b.c\"\nint main(void){return 1;}\n"),
        ("dotdot", "#include \"../src/b.c\"\nint main(void){return 1;}\n"),
        ("usr", "#include \"/usr/../work/src/b.c\"\nint main(void){return 1;}\n"),
        ("tmp", "#include \"/tmp/../work//src/b.c\"\nint main(void){return 1;}\n"),
        ("rel", "#include \"a b.h\"\n#include <work/src/b.c>\nint main(void){return 1;}\n"),
        ("std", "#include <stdio.h>\n#include <math.h>\nint main(void){return 1;}\n"),
    ] {
        let t = Toolkit::new(Shape::Command, &[("src/main.c", main), ("src/b.c", "static int f(void) { return 3; }\n"), ("src/a b.h", "")]);
        eprintln!("=== {n}");
        match t.build() { Ok(b) => eprintln!("ok {}", b.wasm.len()), Err(e) => eprintln!("{:?}", e) }
    }
    let t = Toolkit::new(Shape::Command, &[("src/main.cpp", "#include <vector>\n#include <math.h>\nint main(){return 0;}\n")]);
    t.build().unwrap();
}
