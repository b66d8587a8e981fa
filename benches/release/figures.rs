//! The measured figures and their limits.

/// One line of the result.
pub(crate) struct Figure {
    what: String,
    measured: f64,
    must: f64,
    aim: f64,
    note: String,
}

/// Every figure so far, and those that have no budget.
#[derive(Default)]
pub(crate) struct Figures(Vec<Figure>, Vec<String>);

impl Figures {
    /// Adds a figure for which smaller is better.
    pub(crate) fn add(&mut self, what: impl Into<String>, measured: f64, must: f64, aim: f64, note: impl Into<String>) {
        let what = what.into();
        let figure = Figure { what, measured, must, aim, note: note.into() };
        eprintln!("  {}: {measured:.2}", figure.what);
        self.0.push(figure);
    }

    /// Adds a figure that has no budget.
    pub(crate) fn tell(&mut self, what: &str, measured: f64, note: impl std::fmt::Display) {
        let line = format!("{what:<50} {measured:>9.2} {:>15}  no budget; {note}", "");
        eprintln!("  {what}: {measured:.2}");
        self.1.push(line);
    }

    /// Prints the table. Returns whether all figures are within their limits.
    pub(crate) fn print(&self) -> bool {
        println!("{:<50} {:>9} {:>7} {:>7}  verdict", "figure", "measured", "must", "aim");
        for figure in &self.0 {
            let verdict = match figure.measured {
                measured if measured <= figure.aim => "aim reached",
                measured if measured <= figure.must => "within budget",
                _ => "PAST THE MUST",
            };
            println!(
                "{:<50} {:>9.2} {:>7.2} {:>7.2}  {verdict}; {}",
                figure.what, figure.measured, figure.must, figure.aim, figure.note
            );
        }
        self.1.iter().for_each(|line| println!("{line}"));
        self.0.iter().all(|figure| figure.measured <= figure.must)
    }
}

/// The median. For an even number of values it is the mean of the two in the middle.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        length if length % 2 == 1 => sorted[length / 2],
        length => f64::midpoint(sorted[length / 2 - 1], sorted[length / 2]),
    }
}

/// The median of the ratios of the pairs.
pub(crate) fn ratio(pairs: &[(f64, f64)]) -> f64 {
    median(&pairs.iter().map(|(ours, theirs)| ours / theirs).collect::<Vec<_>>())
}

/// The medians of both sides as text.
pub(crate) fn medians(pairs: &[(f64, f64)], unit: &str) -> String {
    let side = |pick: fn(&(f64, f64)) -> f64| median(&pairs.iter().map(pick).collect::<Vec<_>>());
    format!("{:.1} against {:.1} {unit}, {} pairs", side(|pair| pair.0), side(|pair| pair.1), pairs.len())
}
