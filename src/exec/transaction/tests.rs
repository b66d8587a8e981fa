use super::*;
use crate::pg::session::StatementReply;

fn ends(tag: &str, status: u8, end: TxEnd) -> bool {
    let last = StatementReply { tag: tag.to_owned(), ..StatementReply::default() };
    let reply = Reply { statements: vec![StatementReply::default(), last], error: None, status };
    wrong_end(&reply, end).is_none()
}

#[test]
fn a_message_ends_open_before_commit_and_rolled_back_after_a_rehearsal_and_in_no_other_way() {
    assert!(ends("SELECT 1", b'T', TxEnd::Commit));
    assert!(!ends("SELECT 1", b'I', TxEnd::Commit));
    assert!(!ends("SELECT 1", b'E', TxEnd::Commit));
    assert!(ends("ROLLBACK", b'I', TxEnd::Abort));
    assert!(!ends("COMMIT", b'I', TxEnd::Abort));
    assert!(!ends("ROLLBACK", b'T', TxEnd::Abort));
    assert!(!ends("SELECT 1", b'T', TxEnd::Abort));
}
