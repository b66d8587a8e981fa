//! The structure of a table that people confirm, as a matrix, a tree or a list. It does not depend on how the table is drawn.

/// The maximum depth of a drawn tree. It ends the drawing if a table contains a cycle.
const DEEPEST: usize = 12;

/// The number of shades. The last shade is the strongest.
const SHADES: usize = 5;

/// The abbreviation and the shade of a cell's text in a matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// The number of bytes at the beginning of the text that distinguish it from all other texts.
    pub short: usize,
    /// The shade from 1 to 5, in the order of the texts.
    pub shade: usize,
}

/// The distinct texts in the cells of a matrix, sorted, each with its abbreviation and shade.
pub(super) fn marks(rows: &[Vec<String>]) -> Vec<(&str, Mark)> {
    let mut texts: Vec<&str> = rows.iter().flat_map(|row| row.iter().skip(1)).map(String::as_str).collect();
    texts.sort_unstable();
    texts.dedup();
    let head = |text: &str| text.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(text.len());
    let mut heads: Vec<&str> = texts.iter().map(|text| &text[..head(text)]).collect();
    heads.sort_unstable();
    heads.dedup();
    let is_clear = heads.len() == texts.len() && !heads.contains(&"");
    let last = texts.len().saturating_sub(1);
    let mark = |(index, text): (usize, &&'_ str)| Mark {
        short: if is_clear { head(text) } else { text.len() },
        shade: 1 + (index * (SHADES - 1)).checked_div(last).unwrap_or(SHADES / 2),
    };
    let marks: Vec<Mark> = texts.iter().enumerate().map(mark).collect();
    texts.into_iter().zip(marks).collect()
}

/// The mark of a cell with this text.
pub(super) fn mark_of(marks: &[(&str, Mark)], text: &str) -> Mark {
    let known = marks.iter().find(|(known, _)| *known == text);
    known.map_or(Mark { short: text.len(), shade: 1 }, |(_, mark)| *mark)
}

/// A node of a tree, with the nodes below it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Branch<'a> {
    pub name: &'a str,
    pub under: Vec<Branch<'a>>,
}

impl<'a> Branch<'a> {
    /// The number of nodes, this one included.
    pub(super) fn count(&self) -> usize {
        1 + self.under.iter().map(Self::count).sum::<usize>()
    }

    /// The number of levels, this one included.
    pub(super) fn depth(&self) -> usize {
        1 + self.under.iter().map(Self::depth).max().unwrap_or_default()
    }

    /// The number of letters in the longest name.
    pub(super) fn longest(&self) -> usize {
        self.under.iter().map(Self::longest).chain([self.name.chars().count()]).max().unwrap_or_default()
    }

    /// The names of the child nodes, if none of them has children.
    pub(super) fn leaves(&self) -> Option<Vec<&'a str>> {
        let is_flat = !self.under.is_empty() && self.under.iter().all(|branch| branch.under.is_empty());
        is_flat.then(|| self.under.iter().map(|branch| branch.name).collect())
    }
}

/// Builds a tree from rows of a name and the name of its parent.
pub(super) fn tree(rows: &[Vec<String>]) -> Vec<Branch<'_>> {
    under(rows, "", DEEPEST)
}

fn under<'a>(rows: &'a [Vec<String>], parent: &str, depth: usize) -> Vec<Branch<'a>> {
    let children = rows.iter().filter(|row| row.get(1).map_or("", String::as_str) == parent && !row[0].is_empty());
    if depth == 0 {
        return Vec::new();
    }
    children.map(|row| Branch { name: &row[0], under: under(rows, &row[0], depth - 1) }).collect()
}

/// Builds groups from rows of a name and its group, in the order in which the groups appear.
pub(super) fn groups(rows: &[Vec<String>]) -> Vec<(&str, Vec<&str>)> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for row in rows {
        let (Some(name), Some(group)) = (row.first(), row.last()) else { continue };
        match groups.iter_mut().find(|(known, _)| known == group) {
            Some((_, names)) => names.push(name),
            None => groups.push((group, vec![name])),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[&[&str]]) -> Vec<Vec<String>> {
        rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect()
    }

    #[test]
    fn cells_are_shortened_only_where_they_stay_apart() {
        let apart = rows(&[&["x", "B1-LOW", "C1-HIGH"], &["y", "A1-NONE", "B1-LOW"]]);
        let mark = |short, shade| Mark { short, shade };
        assert_eq!(marks(&apart), [("A1-NONE", mark(2, 1)), ("B1-LOW", mark(2, 3)), ("C1-HIGH", mark(2, 5))]);
        // In the sorted list, another name may be between two names with the same beginning.
        let between = rows(&[&["x", "B1-LOW", "B1A", "B1_HIGH"]]);
        assert_eq!(marks(&between).iter().map(|(_, mark)| mark.short).collect::<Vec<_>>(), [6, 3, 7]);
        let alike = rows(&[&["x", "B1-LOW", "B1-HIGH"]]);
        assert_eq!(marks(&alike).iter().map(|(_, mark)| mark.short).collect::<Vec<_>>(), [7, 6]);
        assert_eq!(mark_of(&marks(&rows(&[&["x", "-"]])), "-"), mark(1, 3));
    }

    #[test]
    fn a_cycle_in_a_tree_ends() {
        let circle = rows(&[&["a", ""], &["b", "a"], &["a", "b"]]);
        let mut depth = 0;
        let mut at = tree(&circle);
        while let Some(branch) = at.pop() {
            (at, depth) = (branch.under, depth + 1);
        }
        assert_eq!(depth, DEEPEST);
        let plain = rows(&[&["a", ""], &["b", "a"], &["c", "a"]]);
        assert_eq!(tree(&plain)[0].leaves(), Some(vec!["b", "c"]));
        assert_eq!(tree(&plain)[0].under[0].leaves(), None);
    }

    #[test]
    fn groups_keep_the_order_of_the_rows() {
        let list = rows(&[&["a", "two"], &["b", "one"], &["c", "two"]]);
        assert_eq!(groups(&list), [("two", vec!["a", "c"]), ("one", vec!["b"])]);
    }
}
