//! Two sorted sequences of rows as one, from both ends: changes win over what lies beneath.

use std::borrow::Cow;
use std::cmp::Ordering;

/// A key, and its row unless it is deleted.
pub(super) type Change<'a> = (Cow<'a, [u8]>, Option<Cow<'a, [u8]>>);

/// A sequence with a look at its next item at both ends.
struct Ends<I: Iterator> {
    inner: I,
    front: Option<I::Item>,
    back: Option<I::Item>,
}

impl<I: DoubleEndedIterator> Ends<I> {
    fn new(inner: I) -> Self {
        Self { inner, front: None, back: None }
    }

    fn front(&mut self) -> Option<&I::Item> {
        if self.front.is_none() {
            self.front = self.inner.next().or_else(|| self.back.take());
        }
        self.front.as_ref()
    }

    fn back(&mut self) -> Option<&I::Item> {
        if self.back.is_none() {
            self.back = self.inner.next_back().or_else(|| self.front.take());
        }
        self.back.as_ref()
    }
}

/// See the module.
pub(super) struct Merged<O: Iterator, B: Iterator> {
    over: Ends<O>,
    beneath: Ends<B>,
}

impl<'a, O, B> Merged<O, B>
where
    O: DoubleEndedIterator<Item = Change<'a>>,
    B: DoubleEndedIterator<Item = Change<'a>>,
{
    /// Both ascending, neither with a key twice.
    pub(super) fn new(over: O, beneath: B) -> Self {
        Self { over: Ends::new(over), beneath: Ends::new(beneath) }
    }
}

/// Which of two comes first; a sequence that has ended comes last.
fn order(a: Option<&Change<'_>>, b: Option<&Change<'_>>) -> Ordering {
    match (a, b) {
        (Some((a, _)), Some((b, _))) => a.cmp(b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

impl<'a, O, B> Iterator for Merged<O, B>
where
    O: DoubleEndedIterator<Item = Change<'a>>,
    B: DoubleEndedIterator<Item = Change<'a>>,
{
    type Item = (Cow<'a, [u8]>, Cow<'a, [u8]>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let order = order(self.over.front(), self.beneath.front());
            let beneath = if order == Ordering::Less { None } else { self.beneath.front.take() };
            let over = if order == Ordering::Greater { None } else { self.over.front.take() };
            let (key, row) = over.or(beneath)?;
            if let Some(row) = row {
                return Some((key, row));
            }
        }
    }
}

impl<'a, O, B> DoubleEndedIterator for Merged<O, B>
where
    O: DoubleEndedIterator<Item = Change<'a>>,
    B: DoubleEndedIterator<Item = Change<'a>>,
{
    fn next_back(&mut self) -> Option<Self::Item> {
        loop {
            let (a, b) = (self.over.back(), self.beneath.back());
            // From behind the greater key comes first, an ended sequence still last.
            let order = if a.is_some() && b.is_some() { order(b, a) } else { order(a, b) };
            let beneath = if order == Ordering::Less { None } else { self.beneath.back.take() };
            let over = if order == Ordering::Greater { None } else { self.over.back.take() };
            let (key, row) = over.or(beneath)?;
            if let Some(row) = row {
                return Some((key, row));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn from_both_ends_it_is_the_map_that_the_changes_make(
            beneath in prop::collection::btree_map(0..12_u8, any::<u8>(), 0..12),
            over in prop::collection::btree_map(0..12_u8, prop::option::of(any::<u8>()), 0..12),
            from_behind in prop::collection::vec(any::<bool>(), 30),
        ) {
            let mut whole = beneath.clone();
            for (key, row) in &over {
                match row {
                    Some(row) => whole.insert(*key, *row),
                    None => whole.remove(key),
                };
            }
            let cow = |byte: u8| Cow::from(vec![byte]);
            let mut merged = Merged::new(
                over.iter().map(|(key, row)| (cow(*key), row.map(cow))),
                beneath.iter().map(|(key, row)| (cow(*key), Some(cow(*row)))),
            );
            let mut found = BTreeMap::new();
            for behind in from_behind {
                let expected = if behind { whole.pop_last() } else { whole.pop_first() };
                let next = if behind { merged.next_back() } else { merged.next() };
                let next = next.map(|(key, row)| (key[0], row[0]));
                prop_assert_eq!(next, expected);
                found.extend(next);
            }
            prop_assert!(whole.is_empty());
        }
    }
}
