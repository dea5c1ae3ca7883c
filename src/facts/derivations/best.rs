//! The first so many of a long list, without holding the rest of it.

use std::cmp::Ordering;

use crate::facts::LIST_LIMIT;
use crate::facts::model::Capped;

/// The first [`LIST_LIMIT`] of all items offered, in an order, and how many were offered.
pub(super) struct Best<T> {
    order: fn(&T, &T) -> Ordering,
    items: Vec<T>,
    total: u64,
    is_cut: bool,
}

impl<T> Best<T> {
    /// None yet.
    pub(super) fn new(order: fn(&T, &T) -> Ordering) -> Self {
        Self {
            order,
            items: Vec::new(),
            total: 0,
            is_cut: false,
        }
    }

    /// Counts an item and keeps it if it may be one of the first.
    pub(super) fn add(&mut self, item: T) {
        self.offer(|_| false, || item);
    }

    /// The same with an item that is costly to make. `after` says whether it comes
    /// after a given one for certain; only where it does not is it made.
    pub(super) fn offer(&mut self, after: impl FnOnce(&T) -> bool, make: impl FnOnce() -> T) {
        self.total = self.total.saturating_add(1);
        let last_kept = LIST_LIMIT.checked_sub(1).filter(|_| self.is_cut);
        if last_kept
            .and_then(|last| self.items.get(last))
            .is_some_and(after)
        {
            return;
        }
        self.items.push(make());
        if self.items.len() >= LIST_LIMIT.saturating_mul(2) {
            self.cut();
        }
    }

    fn cut(&mut self) {
        self.items.sort_unstable_by(self.order);
        self.items.truncate(LIST_LIMIT);
        self.is_cut = true;
    }

    /// The first of them, in order.
    pub(super) fn into_capped(mut self) -> Capped<T> {
        self.cut();
        Capped::of_total(self.items, self.total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_many_are_kept_in_order() {
        let mut best = Best::new(usize::cmp);
        let many = LIST_LIMIT * 7;
        // Every number below `many` once, out of order: 11 has no factor in common with it.
        for n in (0..many).map(|n| n * 11 % many) {
            best.offer(|kept| n > *kept, || n);
            assert!(best.items.len() < 2 * LIST_LIMIT);
        }
        let kept = best.into_capped();
        assert_eq!(kept.total, many as u64);
        assert!(kept.truncated);
        assert_eq!(kept.items, (0..LIST_LIMIT).collect::<Vec<_>>());
    }

    #[test]
    fn a_short_list_is_kept_whole() {
        let mut best = Best::new(u8::cmp);
        for n in [3, 1, 2] {
            best.offer(|_| true, || n);
        }
        let kept = best.into_capped();
        assert_eq!(
            (kept.items, kept.total, kept.truncated),
            (vec![1, 2, 3], 3, false)
        );
    }
}
