use super::fill::{fill, literal};

#[test]
fn a_frame_is_filled_in_every_place() {
    assert_eq!(fill("{{a}} and {{b}}, {{a}}", &[("a", "1"), ("b", "{{a}}")]), "1 and {{a}}, 1");
    assert_eq!(fill("nothing", &[("a", "1")]), "nothing");
    assert_eq!(literal("it's"), "'it''s'");
    assert_eq!(literal("a\\b $1\n"), "'a\\b $1\n'");
    assert_eq!(literal("it's a\\b $oneroof$"), "U&'it''s a\\\\b \\0024oneroof\\0024'");
    assert_eq!(literal("$q$\n-- oneroof:body"), "U&'\\0024q\\0024\\000A-- oneroof:body'");
}
