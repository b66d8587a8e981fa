//! The shapes that a tier changes: the objects with the parts that are new or different, and the parts that they replace. This module is pure.

use super::changed::{Changed, is_remade};
use super::state::{DatabaseState, Object};
use crate::packet::form::{Shape, moved_part};
use std::collections::BTreeMap;

/// The parts of a shape, each with its digest.
type ShapeParts = BTreeMap<String, String>;

/// The shapes that a tier changed, in the order in which their objects were created. `up` holds the states of the database before and after
/// the tier, `down` those before and after its rollback.
pub(super) fn shapes(up: [&DatabaseState; 2], down: [&DatabaseState; 2], changed: Changed<'_>) -> Vec<Shape> {
    let [before, state] = up;
    let place = |object: &str| state.objects.iter().position(|known| known.key() == object);
    let none = ShapeParts::new();
    let shape = |object: &String| {
        let now = state.shapes.get(object).unwrap_or(&none);
        let from = before.objects.iter().find(|was| was.is_listed() && was.is_renamed_to(state.object(object)));
        if let Some(from) = from.map(Object::key) {
            let [parts, before] = differences([before, state], [&from, object]);
            return Shape { object: object.clone(), from, parts, before, ..Shape::default() };
        }
        let dropped = !state.shapes.contains_key(object);
        let was = before.object(object);
        if was.is_some_and(|was| state.objects.iter().any(|now| was.is_renamed_to(Some(now)))) {
            let (object, parts) = (object.clone(), in_words(now.iter().collect()));
            return Shape { object, parts, remade: !dropped, renamed: true, dropped, ..Shape::default() };
        }
        let remade = [up, down].iter().any(|[before, after]| is_remade(before, after, object));
        let [parts, before] = if remade {
            [now, before.shapes.get(object).unwrap_or(&none)].map(|parts| in_words(parts.iter().collect()))
        } else {
            differences([before, state], [object, object])
        };
        Shape { object: object.clone(), parts, before, remade: remade || dropped, dropped, ..Shape::default() }
    };
    let mut shapes: Vec<(Option<usize>, Shape)> =
        changed.into_keys().map(|object| (place(object), shape(object))).collect();
    shapes.retain(|(_, shape)| {
        !(shape.parts.is_empty() && shape.before.is_empty() && shape.from.is_empty() && !shape.renamed)
    });
    shapes.sort_by_key(|(place, _)| *place);
    shapes.into_iter().map(|(_, shape)| shape).collect()
}

fn in_words(parts: Vec<(&String, &String)>) -> String {
    parts.into_iter().map(|(part, digest)| format!("{part}:{digest}")).collect::<Vec<_>>().join(" ")
}

/// The parts that an object has after the tier and did not have before it, and the parts that it had before and does not have any more. The object
/// may have another name after the tier. A column that has another name is listed with the other name, and without a digest if it is otherwise the
/// same.
fn differences([before, after]: [&DatabaseState; 2], [from, object]: [&str; 2]) -> [String; 2] {
    let none = ShapeParts::new();
    let [was, now] = [before.shapes.get(from), after.shapes.get(object)].map(|parts| parts.unwrap_or(&none));
    let columns: Vec<(&str, &str)> = after
        .columns_of(object)
        .filter_map(|now| {
            let was = before.columns_of(from).find(|was| was.number == now.number)?;
            (was.name != now.name).then_some((was.name.as_str(), now.name.as_str()))
        })
        .collect();
    let moved: Vec<(&String, String)> = was.keys().map(|part| (part, moved_part(part, &columns))).collect();
    let same = |part: &str, former: &str| now.get(part).is_some_and(|digest| was.get(former) == Some(digest));
    // The other name of a column, if it was renamed.
    let other = |part: &str, name: &str| match name.strip_prefix("column.") {
        Some(column) if part != name => format!("={column}"),
        _ => String::new(),
    };
    let (mut new, mut old) = (Vec::new(), Vec::new());
    for (former, part) in &moved {
        let digest = if same(part, former) { "" } else { was[*former].as_str() };
        let name = if now.contains_key(part) { other(former, part) } else { String::new() };
        if !digest.is_empty() || !name.is_empty() {
            old.push(format!("{former}:{digest}{name}"));
        }
    }
    for (part, digest) in now {
        let former = moved.iter().find(|(_, moved)| moved == part).map(|(former, _)| *former);
        let digest = if former.is_some_and(|former| same(part, former)) { "" } else { digest.as_str() };
        let name = former.map_or_else(String::new, |former| other(part, former));
        if !digest.is_empty() || !name.is_empty() {
            new.push(format!("{part}:{digest}{name}"));
        }
    }
    [new, old].map(|parts| parts.join(" "))
}
