//! Who is told how far the reading has come.

/// Told of stored bytes and layers, from any thread.
pub trait Progress: Sync {
    /// Layers are about to be read, of so many stored bytes together; 0 where that is not known.
    fn expect(&self, layers: usize, bytes: u64);

    /// `bytes` more of the stored layers were read.
    fn advance(&self, bytes: u64);

    /// So many of the layers that were read are about to be read a second time.
    fn again(&self, layers: usize, bytes: u64);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn expect(&self, _layers: usize, _bytes: u64) {}

    fn advance(&self, _bytes: u64) {}

    fn again(&self, _layers: usize, _bytes: u64) {}
}
