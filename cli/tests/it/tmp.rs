#[test]
fn tmp() {
    use workbooks_compilers::*;
    let w = Contract::OURS.world(&[], Door::Tool).unwrap();
    for (n, b) in for_c(Contract::OURS, &w).unwrap() { if n.ends_with(".h") { std::fs::write("/tmp/guest.h", b).unwrap(); } }
}
