//! The texts of a packet as they are sent to the server. Parts are included, the files of checks are found, and every line keeps its file.

use super::DeriveError;
use super::banned;
use super::text::Text;
use crate::packet::compose::Files;
use crate::packet::form::{PageOne, PageTier};
use std::collections::BTreeMap;

/// The file that creates the prerequisite.
pub(super) const REQUIRES: &str = "requires.sql";

/// A release that is part of the prerequisite of a packet.
#[derive(Debug)]
pub struct Earlier {
    /// Its name and its digest, as `name sha256:digest`.
    pub release: String,
    /// Its page.
    pub page: PageOne,
    /// The files of its folder.
    pub sources: Files,
}

/// The texts of a tier.
#[derive(Debug)]
pub(super) struct TierTexts<'p> {
    /// The tier on the page.
    pub page: &'p PageTier,
    pub up: Text,
    pub down: Text,
    /// The query that returns true if none of the tier's changes to existing rows is there.
    pub absent: Option<Text>,
    /// The query that returns true if all of those changes are there.
    pub applied: Option<Text>,
    /// The query that returns the tier's state, if people wrote it.
    pub state: Option<Text>,
    /// The checks before and after the tier, then the checks before and after its rollback.
    pub checks: [Vec<Text>; 4],
}

impl TierTexts<'_> {
    /// The checks before and after the tier or, if `back` is set, its rollback.
    pub(super) fn checks(&self, back: bool) -> (&[Text], &[Text]) {
        let [before, after, down_before, down_after] = &self.checks;
        if back { (down_before, down_after) } else { (before, after) }
    }

    /// Whether the tier's folder has files that show whether the tier is applied: `state.sql`, or both `absent.sql` and `applied.sql`.
    pub(super) fn tells_state(&self) -> bool {
        self.state.is_some() || self.tells_rows()
    }

    /// Whether the tier's folder has both `absent.sql` and `applied.sql`.
    pub(super) fn tells_rows(&self) -> bool {
        self.absent.is_some() && self.applied.is_some()
    }
}

/// The texts of a packet.
#[derive(Debug)]
pub(super) struct Texts<'p> {
    /// The name and the digest of the release. Empty for the packet that is being built.
    pub release: String,
    pub page: &'p PageOne,
    /// The releases that are part of the prerequisite, in their order.
    pub earlier: Vec<Texts<'p>>,
    pub requires: Text,
    pub tiers: Vec<TierTexts<'p>>,
    /// The checks of the end state.
    pub verify: Vec<Text>,
}

impl<'p> Texts<'p> {
    /// Reads the folder and rejects banned statements.
    pub(super) fn read(files: &Files, page: &'p PageOne) -> Result<Self, DeriveError> {
        let folder = Folder { files, page };
        let requires = folder.text(REQUIRES)?;
        banned::refuse_in_prerequisite(&requires)?;
        let tiers = page.tiers.iter().map(|tier| folder.tier(tier)).collect::<Result<Vec<_>, _>>()?;
        let mut verify = Vec::new();
        folder.checks(&[&page.verify], &mut verify)?;
        Ok(Self { release: String::new(), page, earlier: Vec::new(), requires, tiers, verify })
    }

    /// Adds the releases that the packet comes after.
    pub(super) fn after(mut self, earlier: &'p [Earlier]) -> Result<Self, DeriveError> {
        for one in earlier {
            if one.page.database != self.page.database {
                return Err(DeriveError::OtherDatabase {
                    release: one.page.name.clone(),
                    database: one.page.database.clone(),
                    own: self.page.database.clone(),
                });
            }
            let texts = Self::read(&one.sources, &one.page)?;
            self.earlier.push(Self { release: one.release.clone(), ..texts });
        }
        Ok(self)
    }
}

/// The folder that the texts are read from.
struct Folder<'s> {
    files: &'s Files,
    page: &'s PageOne,
}

impl Folder<'_> {
    fn tier<'p>(&self, tier: &'p PageTier) -> Result<TierTexts<'p>, DeriveError> {
        let name = self.name(&tier.name)?;
        let step = |file: &str| -> Result<Text, DeriveError> {
            let text = self.text(&format!("{name}/{file}"))?;
            banned::refuse_in_step(&text)?;
            Ok(text)
        };
        let question = |file: &str| self.files.contains_key(&format!("{name}/{file}")).then(|| step(file)).transpose();
        let every = &self.page.every;
        let lists: [&[&Vec<String>]; 4] =
            [&[&every.before, &tier.before], &[&every.after, &tier.after], &[&tier.down_before], &[&tier.down_after]];
        let mut checks: [Vec<Text>; 4] = Default::default();
        for (names, found) in lists.into_iter().zip(&mut checks) {
            self.checks(names, found)?;
        }
        let (up, down) = (step("up.sql")?, step("down.sql")?);
        Ok(TierTexts {
            page: tier,
            up,
            down,
            absent: question("absent.sql")?,
            applied: question("applied.sql")?,
            state: question("state.sql")?,
            checks,
        })
    }

    /// The name of a tier's folder. It is a number, a `-`, and the name of the tier.
    fn name(&self, tier: &str) -> Result<String, DeriveError> {
        let folders = self.files.keys().filter_map(|path| path.split_once('/')).map(|(folder, _)| folder);
        let mut found: Vec<&str> = folders
            .filter(|folder| {
                folder.split_once('-').is_some_and(|(number, name)| {
                    name == tier && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
                })
            })
            .collect();
        found.dedup();
        match found.as_slice() {
            [one] => Ok((*one).to_owned()),
            [] => Err(DeriveError::Missing { path: format!("NN-{tier}/up.sql") }),
            several => Err(DeriveError::TwoFolders { tier: tier.to_owned(), folders: several.join(" and ") }),
        }
    }

    /// Adds the checks that are files. The engine's own checks have no file in the folder.
    fn checks(&self, names: &[&Vec<String>], found: &mut Vec<Text>) -> Result<(), DeriveError> {
        for entry in names.iter().copied().flatten() {
            let (name, expected) =
                entry.split_once(" = ").map_or((entry.as_str(), None), |(name, value)| (name, Some(value)));
            let path = format!("checks/{name}.sql");
            if self.files.contains_key(&path) {
                let mut text = self.text(&path)?;
                banned::refuse_in_step(&text)?;
                let written = text.sql.lines().find_map(|line| line.strip_prefix("-- expected: "));
                let expected = expected.or(written).unwrap_or_default().to_owned();
                text.expected = expected;
                text.entry.clone_from(entry);
                found.push(text);
            }
        }
        Ok(())
    }

    fn text(&self, path: &str) -> Result<Text, DeriveError> {
        let mut text = Text::named(path);
        self.include(path, &mut text, 0)?;
        Ok(text)
    }

    /// Appends a file, with its `-- include:` lines replaced.
    fn include(&self, path: &str, into: &mut Text, depth: u32) -> Result<(), DeriveError> {
        let file = self.files.get(path).ok_or_else(|| DeriveError::Missing { path: path.to_owned() })?;
        if depth > 8 {
            return Err(DeriveError::Circle { path: path.to_owned() });
        }
        for (line, number) in file.split_inclusive('\n').zip(1_u32..) {
            match line.trim().strip_prefix("-- include: ") {
                Some("contract" | "packet") => {
                    into.composed = true;
                    into.add(line, path, number);
                }
                Some(name) => self.include(&format!("parts/{name}.sql"), into, depth + 1)?,
                None => into.add(line, path, number),
            }
        }
        Ok(())
    }
}

/// The texts by their path, so that a check which is listed several times is made once.
pub(super) fn by_path<'t>(texts: impl Iterator<Item = &'t Text>) -> BTreeMap<&'t str, &'t Text> {
    texts.map(|text| (text.path.as_str(), text)).collect()
}
