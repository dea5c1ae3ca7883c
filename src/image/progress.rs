//! Who is told how far the reading has come.

/// Told of stored bytes and layers, from any thread.
pub trait Progress: Sync {
    /// Layers are about to be read, of so many stored bytes together; 0 where that is not known.
    fn expect(&self, layers: usize, bytes: u64);

    /// `bytes` more of the stored layers were read.
    fn advance(&self, bytes: u64);

    /// So many of the layers that were read are about to be read a second time.
    fn again(&self, layers: usize, bytes: u64);

    /// So many more layers were known from an earlier scan.
    fn known(&self, _layers: usize) {}

    /// A part of the work, such as one probe on one file, begins on this thread.
    fn begin(&self, _part: &'static str) {}

    /// That part has ended, on the same thread.
    fn end(&self, _part: &'static str) {}
}

/// Does a part of the work and says when it begins and ends.
pub fn part<T>(progress: &dyn Progress, name: &'static str, work: impl FnOnce() -> T) -> T {
    progress.begin(name);
    let done = work();
    progress.end(name);
    done
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn expect(&self, _layers: usize, _bytes: u64) {}

    fn advance(&self, _bytes: u64) {}

    fn again(&self, _layers: usize, _bytes: u64) {}
}
