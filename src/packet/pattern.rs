//! The pattern of an approval code, in the part of regular expressions that Rust and PostgreSQL read alike: `^`, then characters, classes
//! such as `[A-Z0-9-]` and counts (`{n}`, `{m,n}`, `?`, `*`, `+`), then `$`.

/// A pattern that a whole text must match.
#[derive(Clone, Debug)]
pub struct Pattern(Vec<Element>);

/// A set of characters, and how often they may occur in sequence.
#[derive(Clone, Debug)]
struct Element {
    class: Vec<(char, char)>,
    least: usize,
    most: usize,
}

/// The upper limit of an open count such as `*`. No code is longer.
const MOST: usize = 1000;

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// Returns the part of the pattern that is not supported.
    pub fn read(text: &str) -> Result<Self, String> {
        let inner = text.strip_prefix('^').and_then(|rest| rest.strip_suffix('$'));
        let inner = inner.ok_or("it does not begin with ^ and end with $")?;
        let mut elements: Vec<Element> = Vec::new();
        let mut rest = inner.chars().peekable();
        while let Some(character) = rest.next() {
            let class = match character {
                '[' => class(&mut rest)?,
                plain if plain.is_ascii_alphanumeric() || matches!(plain, '-' | '_' | '/' | ':' | ' ' | '#') => {
                    vec![(plain, plain)]
                }
                other => return Err(format!("{other:?} is not supported; only characters, classes and counts are")),
            };
            let (least, most) = count(&mut rest)?;
            elements.push(Element { class, least, most });
        }
        Ok(Self(elements))
    }

    /// The pattern in words, such as `REL- and then 1 to 60 of A-Z, 0-9 and -`.
    pub fn words(&self) -> String {
        let mut words: Vec<String> = Vec::new();
        let mut literal = false;
        for element in &self.0 {
            match element.class.as_slice() {
                [(first, last)] if first == last && (element.least, element.most) == (1, 1) => {
                    match words.last_mut().filter(|_| literal) {
                        Some(word) => word.push(*first),
                        None => words.push(first.to_string()),
                    }
                    literal = true;
                }
                class => {
                    words.push(format!("{} of {}", times(element.least, element.most), listed(class)));
                    literal = false;
                }
            }
        }
        words.join(" and then ")
    }

    /// Whether the whole text matches the pattern.
    pub fn obeys(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        // The positions in the text that the elements so far can have reached.
        let mut reached = vec![false; text.len() + 1];
        reached[0] = true;
        for element in &self.0 {
            let mut next = vec![false; text.len() + 1];
            for start in (0..=text.len()).filter(|start| reached[*start]) {
                let run =
                    text[start..].iter().take(element.most).take_while(|character| element.holds(**character)).count();
                for length in element.least..=run {
                    next[start + length] = true;
                }
            }
            reached = next;
        }
        reached[text.len()]
    }
}

impl Element {
    fn holds(&self, character: char) -> bool {
        self.class.iter().any(|(first, last)| (*first..=*last).contains(&character))
    }
}

fn times(least: usize, most: usize) -> String {
    match (least, most) {
        (least, most) if least == most => least.to_string(),
        (0, 1) => "at most 1".to_owned(),
        (0, MOST) => "any number".to_owned(),
        (1, MOST) => "1 or more".to_owned(),
        (least, most) => format!("{least} to {most}"),
    }
}

/// The ranges of a class in words, such as `A-Z, 0-9 and -`.
fn listed(class: &[(char, char)]) -> String {
    let range =
        |(first, last): &(char, char)| if first == last { first.to_string() } else { format!("{first}-{last}") };
    let words: Vec<String> = class.iter().map(range).collect();
    match words.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

type Rest<'t> = std::iter::Peekable<std::str::Chars<'t>>;

/// Reads a class. The opening bracket has already been read.
fn class(rest: &mut Rest<'_>) -> Result<Vec<(char, char)>, String> {
    let mut ranges: Vec<(char, char)> = Vec::new();
    loop {
        let first = rest.next().ok_or("a class has no closing ]")?;
        match first {
            ']' if !ranges.is_empty() => return Ok(ranges),
            plain if plain.is_ascii_alphanumeric() || matches!(plain, '-' | '_' | '/' | ':' | '.' | ' ' | '#') => {
                let mut ahead = rest.clone();
                let range = (ahead.next() == Some('-')).then(|| ahead.next()).flatten().filter(|last| *last != ']');
                match range {
                    Some(last) if plain.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() && plain <= last => {
                        *rest = ahead;
                        ranges.push((plain, last));
                    }
                    Some(last) => return Err(format!("{plain}-{last} is not a range")),
                    None => ranges.push((plain, plain)),
                }
            }
            other => return Err(format!("{other:?} is not allowed in a class")),
        }
    }
}

/// Reads the count after an element. Without a count, the element occurs once.
fn count(rest: &mut Rest<'_>) -> Result<(usize, usize), String> {
    let (least, most) = match rest.peek() {
        Some('?') => (0, 1),
        Some('*') => (0, MOST),
        Some('+') => (1, MOST),
        Some('{') => {
            rest.next();
            let words: String = rest.by_ref().take_while(|character| *character != '}').collect();
            let (least, most) = words.split_once(',').unwrap_or((&words, &words));
            let number = |word: &str| word.parse::<usize>().ok().filter(|number| *number <= 255);
            let counts = number(least).zip(number(most)).filter(|(least, most)| least <= most);
            return counts.ok_or_else(|| format!("{{{words}}} is not a count such as {{1,60}}"));
        }
        _ => return Ok((1, 1)),
    };
    rest.next();
    Ok((least, most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_says_which_codes_obey_it() {
        for (rule, good, bad) in [
            ("^APR-[A-Z0-9-]{1,60}$", vec!["APR-1", "APR-A-B"], vec!["APR-", "apr-1", "APR-a", "xAPR-1", "APR-1 "]),
            ("^REL-[0-9]{4}$", vec!["REL-0007"], vec!["REL-7", "REL-00007"]),
            ("^[A-Z]+-?[0-9]*$", vec!["A", "AB-1", "A1"], vec!["", "-1", "1"]),
            ("^a{2}a?$", vec!["aa", "aaa"], vec!["a", "aaaa"]),
            ("^[-_]x$", vec!["-x", "_x"], vec!["x"]),
        ] {
            let pattern = Pattern::read(rule).unwrap();
            assert!(good.iter().all(|code| pattern.obeys(code)), "{rule}");
            assert!(bad.iter().all(|code| !pattern.obeys(code)), "{rule}");
        }
    }

    #[test]
    fn a_rule_is_described_in_words() {
        for (rule, words) in [
            ("^APR-[A-Z0-9-]{1,60}$", "APR- and then 1 to 60 of A-Z, 0-9 and -"),
            ("^REL-[0-9]{4}$", "REL- and then 4 of 0-9"),
            ("^[A-Z]+-?x$", "1 or more of A-Z and then at most 1 of - and then x"),
        ] {
            assert_eq!(Pattern::read(rule).unwrap().words(), words);
        }
    }

    #[test]
    fn a_pattern_that_rust_and_postgresql_read_differently_is_refused() {
        for rule in [
            "",
            "A",
            "^A",
            "A$",
            "^(A|B)$",
            "^A|B$",
            "^.$",
            "^\\d$",
            "^[^A]$",
            "^[]$",
            "^[A$",
            "^A{$",
            "^A{2,1}$",
            "^A{x}$",
            "^A{999}$",
            "^[Z-A]$",
            "^[[:alpha:]]$",
            "^A**$",
            "^'$",
        ] {
            assert!(Pattern::read(rule).is_err(), "{rule}");
        }
    }
}
