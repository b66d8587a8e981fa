//! Tests for the colours and the escaping of the page.

use super::*;

#[test]
fn text_stays_text() {
    assert_eq!(html("<script>'\"&\u{1b}"), r"&lt;script&gt;&#39;&quot;&amp;\u{1b}");
}

/// The value of a colour variable in one block of the style sheet.
fn colour(block: &str, name: &str) -> [f64; 3] {
    let (_, rest) = block.split_once(&format!("--{name}:#")).unwrap_or_else(|| panic!("--{name}"));
    let digits: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
    let long = if digits.len() == 3 { digits.chars().flat_map(|digit| [digit, digit]).collect() } else { digits };
    let part = |at: usize| f64::from(u8::from_str_radix(&long[at..at + 2], 16).unwrap()) / 255.0;
    [part(0), part(2), part(4)]
}

/// The contrast ratio as WCAG 2 defines it.
fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let linear = |part: f64| if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) };
    let light = |colour: [f64; 3]| 0.2126 * linear(colour[0]) + 0.7152 * linear(colour[1]) + 0.0722 * linear(colour[2]);
    let (one, other) = (light(one), light(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn every_text_of_the_page_has_the_contrast_of_wcag_aa() {
    let blocks: Vec<&str> = STYLE.match_indices(":root{").map(|(at, _)| &STYLE[at..]).collect();
    assert_eq!(blocks.len(), 3, "light, dark, print");
    let on = |text: &'static str, ground: &'static str| (text, ground);
    // Lines and borders of drawings are "soft" on "paper". They would need 3 to 1.
    let mut pairs = vec![on("ink", "paper"), on("soft", "paper"), on("ink", "band")];
    pairs.extend(["good", "open", "bad"].map(|tone| on(tone, "paper")));
    pairs.extend([("t1", "k1"), ("t2", "k2"), ("t3", "k3"), ("t4", "k4"), ("t5", "k5")]);
    for block in blocks {
        let block = block.split('}').next().unwrap();
        for (text, ground) in &pairs {
            let ratio = contrast(colour(block, text), colour(block, ground));
            assert!(ratio >= 4.5, "{text} on {ground}: {ratio:.2}\n{block}");
        }
    }
    // A drawing has only these five shades, and each text on a shade has the shade's own colour.
    for shade in 1..=5 {
        for rule in
            [".k{n} rect{fill:var(--k{n})}", ".draw .k{n} text{fill:var(--t{n})}", ".k{n}{background:var(--k{n});"]
        {
            assert!(STYLE.contains(&rule.replace("{n}", &shade.to_string())), "{rule} {shade}");
        }
    }
    // The contrast function itself is tested too.
    assert!((contrast([0.0; 3], [1.0; 3]) - 21.0).abs() < 0.01);
    assert!(contrast(colour("--x:#777777", "x"), [1.0; 3]) < 4.5);
}

#[test]
fn a_page_holds_no_script_and_nothing_from_elsewhere() {
    let mut page = Document::new("T", "K", "GO", "r");
    page.heading("H");
    page.table("c", &["a", "b"], vec![vec!["1".to_owned(), "<img src=x>".to_owned()]]);
    let page = page.html();
    for banned in ["<script", " src=\"", "url(", "@import", "http:", "https:", "<img", "style=\""] {
        assert!(!page.contains(banned), "{banned}: {page}");
    }
    // The only links lead to a section of the page.
    assert_eq!(page.matches("href=").count(), page.matches("<li><a href=\"#s").count(), "{page}");
    assert!(page.contains("<li><a href=\"#s1\">H</a></li>") && page.contains("<h2 id=\"s1\">H</h2>"), "{page}");
    for held in [
        "<caption>c</caption>",
        "scope=\"col\"",
        "scope=\"row\"",
        "<main>",
        "<header>",
        "<nav aria-label",
        "lang=\"en\"",
    ] {
        assert!(page.contains(held), "{held}: {page}");
    }
}

/// The number of lines that differ between two texts of the same length.
fn changed(one: &str, other: &str) -> usize {
    assert_eq!(one.lines().count(), other.lines().count());
    one.lines().zip(other.lines()).filter(|(one, other)| one != other).count()
}

#[test]
fn one_owner_that_changes_changes_one_place_of_the_page() {
    let text = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
    let matrix = |cell: &str| {
        let mut page = Document::new("T", "K", "GO", "r");
        page.review(&TableAnswer {
            title: "who owns what".to_owned(),
            draw: Some(Draw::Matrix),
            columns: text(&["class", "one", "two"]),
            rows: vec![text(&["x", "B1-LOW", "C1-HIGH"]), text(&["y", cell, "B1-LOW"])],
        });
        (page.html(), page.markdown())
    };
    let (before, after) = (matrix("B1-LOW"), matrix("C1-HIGH"));
    assert_eq!((changed(&before.0, &after.0), changed(&before.1, &after.1)), (1, 1));
    assert!(
        after.0.contains("<b>C1</b><span>-HIGH</span>") && after.0.contains("<svg class=\"draw\" role=\"img\""),
        "{}",
        after.0
    );
    // The row of the other class is unchanged, and the legend names each owner once.
    assert_eq!(after.0.matches("<i class").count(), 2, "{}", after.0);
}

/// A matrix that is too wide for a drawing is a table, with the same shades and texts.
#[test]
fn a_table_that_is_not_drawn_is_written_out() {
    let texts =
        |first: &str, cell: &str| std::iter::once(first).chain([cell; 13]).map(str::to_owned).collect::<Vec<_>>();
    let wide = TableAnswer {
        title: "wide".to_owned(),
        draw: Some(Draw::Matrix),
        columns: texts("class", "c"),
        rows: vec![texts("x", "L4-HIGH")],
    };
    let names = |draw| TableAnswer {
        title: "names".to_owned(),
        draw: Some(draw),
        columns: vec!["n".to_owned(), "of".to_owned()],
        rows: (0..200)
            .map(|number| vec![format!("n{number}"), if number == 0 { "" } else { "n0" }.to_owned()])
            .collect(),
    };
    let mut page = Document::new("T", "K", "GO", "r");
    for shown in [&wide, &names(Draw::Tree), &names(Draw::List)] {
        page.review(shown);
    }
    let page = page.html();
    assert!(!page.contains("<svg") && page.contains("<table class=\"matrix\""), "{page}");
    assert_eq!(page.matches("<b>L4</b>").count(), 14, "{page}");
    assert_eq!(page.matches("<b>n199</b>").count(), 2, "{page}");
}
