//! Tests for the drawings: every fact is there once, as a text and in a sentence, and what does not fit is not drawn.

use super::*;
use crate::release::Draw;
use crate::report::review::tree;

fn row(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

fn table(draw: Draw, columns: &[&str], rows: &[&[&str]]) -> TableAnswer {
    let rows = rows.iter().map(|cells| row(cells)).collect();
    TableAnswer { title: "T <1>".to_owned(), draw: Some(draw), columns: row(columns), rows }
}

fn owners(cell: &str) -> TableAnswer {
    let rows: [&[&str]; 2] = [&["X", "B1-LOW", "C1-HIGH", "B1-LOW"], &["Y", cell, "C1-HIGH", "B1-LOW"]];
    table(Draw::Matrix, &["class", "define", "approve", "remediate"], &rows)
}

#[test]
fn a_matrix_shows_each_owner_as_text_and_in_a_sentence() {
    let drawn = matrix(&owners("B1-LOW"), 7).unwrap();
    let opening = "<svg class=\"draw\" role=\"img\" width=\"100%\" height=\"136\" aria-labelledby=\"d7t\" \
                   aria-describedby=\"d7d d7r1 d7r2\">\n<title id=\"d7t\">T &lt;1&gt;</title>\n<desc id=\"d7d\">\
                   A row for each class, and a column for each of: define, approve, remediate.</desc>\n";
    assert!(drawn.contains(opening), "{drawn}");
    assert!(drawn.contains("<desc id=\"d7r1\">X: define B1-LOW, approve C1-HIGH, remediate B1-LOW.</desc>"), "{drawn}");
    assert!(drawn.contains("<g class=\"k5\"><title>X, approve: C1-HIGH</title><rect "), "{drawn}");
    assert!(drawn.contains(">C1</text><text class=\"c w\" ") && drawn.contains(">HIGH</text>"), "{drawn}");
    assert!(drawn.contains("<i class=\"k1\"><b>B1</b><span>-LOW</span></i><i class=\"k5\"><b>C1</b>"), "{drawn}");
    assert!(!drawn.contains("style=") && !drawn.contains("href"), "{drawn}");
}

#[test]
fn one_owner_that_changes_changes_the_row_of_its_class_alone() {
    let (before, after) = (matrix(&owners("B1-LOW"), 1).unwrap(), matrix(&owners("C1-HIGH"), 1).unwrap());
    let apart: Vec<(&str, &str)> = before.lines().zip(after.lines()).filter(|(one, other)| one != other).collect();
    assert_eq!((apart.len(), before.lines().count()), (1, after.lines().count()), "{apart:#?}");
    assert!(apart[0].1.contains("Y: define C1-HIGH, approve C1-HIGH, remediate B1-LOW."), "{apart:#?}");
}

#[test]
fn texts_that_have_no_short_form_get_letters_and_a_legend() {
    let rows: [&[&str]; 2] = [&["X", "B1-LOW-AND-LONG", "B1-HIGH-AND-LONG", "-"], &["Y", "-", "-", "-"]];
    let columns = ["class", "1", "2", "3"];
    let drawn = matrix(&table(Draw::Matrix, &columns, &rows), 1).unwrap();
    assert!(drawn.contains("<title>X, 2: B1-HIGH-AND-LONG</title>"), "{drawn}");
    assert!(drawn.contains("<i class=\"k3\"><b>B</b> <span>B1-HIGH-AND-LONG</span></i>"), "{drawn}");
}

/// The marks of every cell fit the cell on a narrow page, and a table for which that is impossible is not drawn.
#[test]
fn what_does_not_fit_a_narrow_page_is_not_drawn() {
    let columns = |count: usize| (0..=count).map(|number| format!("c{number}")).collect::<Vec<_>>();
    let shown = |count: usize, name: &str, cell: &str| TableAnswer {
        title: "t".to_owned(),
        draw: Some(Draw::Matrix),
        columns: columns(count),
        rows: vec![std::iter::once(name).chain(std::iter::repeat_n(cell, count)).map(str::to_owned).collect()],
    };
    assert!(matrix(&shown(12, "x", "L4-PRESIDENT"), 1).is_some());
    assert!(matrix(&shown(13, "x", "L4"), 1).is_none(), "too many columns");
    assert!(matrix(&shown(3, "a name that is too long", "L4"), 1).is_none(), "too long a name");
    let mut cut = shown(3, "x", "L4");
    cut.rows[0].pop();
    assert!(matrix(&cut, 1).is_none(), "a row with too few cells");
    for count in 1..=12 {
        let shown = shown(count, "PROC", "L4-PRESIDENT");
        let marks = marks(&shown.rows);
        let grid = Grid::of(&shown, &marks).unwrap();
        let (label, _) = grid.label(&marks, "L4-PRESIDENT");
        assert!(letters(&label) * MARK_LETTER / 10 <= grid.cell * NARROW / WHOLE, "{count}");
        assert!(grid.name + count * grid.cell <= WHOLE, "{count}");
    }
}

fn names_of(rows: &[&[&str]]) -> Option<String> {
    let shown = table(Draw::Tree, &["node", "lies under"], rows);
    names(&shown, &tree(&shown.rows), shown.rows.len(), 2)
}

#[test]
fn a_tree_names_what_is_below_each_branch() {
    let rows: [&[&str]; 5] = [&["root", ""], &["a", "root"], &["b", "root"], &["c", "a"], &["d", "a"]];
    let drawn = names_of(&rows).unwrap();
    for said in [
        "<desc id=\"d2d\">root is above all others.</desc>",
        "<desc id=\"d2r1\">root, 2 below it: a, b.</desc>",
        "<desc id=\"d2r2\">a, 2 below it: c, d.</desc>",
        "<desc id=\"d2r3\">b.</desc>",
        "aria-describedby=\"d2d d2r1 d2r2 d2r3\"",
    ] {
        assert!(drawn.contains(said), "{said}: {drawn}");
    }
    // A name that moves changes the two branches, and nothing else.
    let moved: [&[&str]; 5] = [&["root", ""], &["a", "root"], &["b", "root"], &["c", "a"], &["d", "b"]];
    let moved = names_of(&moved).unwrap();
    assert!(moved.contains("b, 1 below it: d.") && moved.contains("a, 1 below it: c."), "{moved}");
}

#[test]
fn a_tree_that_would_lose_a_name_is_not_drawn() {
    assert!(names_of(&[&["root", ""], &["a", "elsewhere"]]).is_none());
    assert!(names_of(&[&["a", "b"], &["b", "a"]]).is_none());
    assert!(names_of(&[&["root", ""], &["a name of more than thirty letters", "root"]]).is_none());
    let many: Vec<String> = (0..200).map(|number| number.to_string()).collect();
    let many: Vec<Vec<&str>> = many.iter().map(|name| vec![name.as_str(), ""]).collect();
    assert!(names_of(&many.iter().map(Vec::as_slice).collect::<Vec<_>>()).is_none());
}

/// Every position is inside the drawing, and no box is wider than the room that is left.
#[test]
fn every_box_is_inside_the_drawing() {
    let rows: [&[&str]; 6] = [
        &["root", ""],
        &["a", "root"],
        &["b", "a"],
        &["c", "b"],
        &["d", "c"],
        &["thirty letters, as many as fit", "d"],
    ];
    let drawn = [names_of(&rows).unwrap(), matrix(&owners("A1"), 1).unwrap()];
    let number = |text: &str, name: &str| {
        let (_, rest) = text.split_once(&format!(" {name}=\"")).unwrap();
        rest.split(['"', '%']).next().unwrap().parse::<f64>().unwrap()
    };
    for drawn in drawn {
        let height = number(&drawn, "height");
        let boxes: Vec<&str> = drawn.split("<rect").skip(1).collect();
        assert!(boxes.len() >= 6, "{drawn}");
        for one in boxes {
            assert!(number(one, "x") + number(one, "width") <= 100.01, "{one}");
            assert!(number(one, "y") + number(one, "height") <= height, "{one}");
        }
    }
}
