//! Lines of `/etc/passwd`. A static binary has no name service modules, so the program reads the file itself.

/// The path of the list of accounts on this machine.
pub const FILE: &str = "/etc/passwd";

/// The fields of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'text> {
    /// The login name.
    pub name: &'text str,
    /// The user id.
    pub user: u32,
    /// The id of the account's own group.
    pub group: u32,
    /// The home directory.
    pub home: &'text str,
}

/// The accounts in the text of such a file. Lines of another form are skipped.
pub fn entries(text: &str) -> impl Iterator<Item = Entry<'_>> {
    text.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| !name.is_empty())?;
        let user = fields.nth(1)?.parse().ok()?;
        let group = fields.next()?.parse().ok()?;
        let home = fields.nth(1)?;
        Some(Entry { name, user, group, home })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_another_form_is_no_account() {
        let text = "root:x:0:0:root:/root:/bin/bash\nbroken line\n:x:1:1::/:\nnobody:x:many:1::/:\n\
                    postgres:x:101:104:,,,:/var/lib/postgresql:/bin/bash\n";
        let root = Entry { name: "root", user: 0, group: 0, home: "/root" };
        let postgres = Entry { name: "postgres", user: 101, group: 104, home: "/var/lib/postgresql" };
        assert_eq!(entries(text).collect::<Vec<_>>(), [root, postgres]);
    }
}
