//! Lines of `/etc/passwd`. A static binary has no name service modules, so the file is read by us.

/// The accounts of this machine.
pub const FILE: &str = "/etc/passwd";

/// What a line says of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'text> {
    /// Login name.
    pub name: &'text str,
    /// User id.
    pub user: u32,
    /// Id of its own group.
    pub group: u32,
    /// Home directory.
    pub home: &'text str,
}

/// The accounts that a text of this form lists; a line of another form is none.
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
