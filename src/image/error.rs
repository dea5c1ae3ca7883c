//! What can go wrong turning layers into a tree.

use std::io;

use miette::Diagnostic;
use thiserror::Error;

use crate::source::SourceError;

/// A scan cannot go on: the layers do not make a tree that can be trusted.
#[derive(Debug, Error, Diagnostic)]
pub enum ImageError {
    /// The source could not open or deliver a layer, or its digest is wrong.
    #[error("layer {layer} cannot be read")]
    #[diagnostic(code(image::layer::source))]
    Source {
        /// Layer, from 1.
        layer: u32,
        /// What the source said.
        #[source]
        #[diagnostic_source]
        error: SourceError,
    },
    /// A layer does not decompress, or ends early.
    #[error("layer {layer} cannot be decompressed: {detail}")]
    #[diagnostic(
        code(image::layer::corrupt),
        help("the blob is damaged or was cut off: copy or pull the image again")
    )]
    Corrupt {
        /// Layer, from 1.
        layer: u32,
        /// What the decoder said.
        detail: String,
    },
    /// A layer is no tar archive, or a broken one.
    #[error("layer {layer} is not a readable tar archive: {detail}")]
    #[diagnostic(
        code(image::layer::tar),
        help("a container runtime would refuse this layer as well")
    )]
    Tar {
        /// Layer, from 1.
        layer: u32,
        /// What is wrong, and at which offset.
        detail: String,
    },
    /// A limit on one layer was reached.
    #[error("layer {layer} goes over a limit: {what} is more than {limit}")]
    #[diagnostic(
        code(image::layer::limit),
        help("if you trust this image, raise the limit with {flag}")
    )]
    LayerLimit {
        /// Layer, from 1.
        layer: u32,
        /// What was counted.
        what: &'static str,
        /// The limit.
        limit: u64,
        /// The flag that raises it.
        flag: &'static str,
    },
    /// A limit on the whole image was reached. No layer is named: which one comes last depends on
    /// how they were read.
    #[error("the image goes over a limit: {what} is more than {limit}")]
    #[diagnostic(
        code(image::limit),
        help("if you trust this image, raise the limit with {flag}")
    )]
    Limit {
        /// What was counted.
        what: &'static str,
        /// The limit.
        limit: u64,
        /// The flag that raises it.
        flag: &'static str,
    },
    /// Content that has to be kept does not fit into memory, and not on disk either.
    #[error("the temporary file for kept content cannot be used: {0}")]
    #[diagnostic(
        code(image::temporary_file),
        help("name a folder with more room in the environment variable TMPDIR")
    )]
    Spill(String),
    /// A reader thread could not be started or died.
    #[error("a reader thread failed: {0}")]
    #[diagnostic(code(image::thread))]
    Thread(String),
}

/// What stops the walk over one layer; becomes an [`ImageError`] once the layer is named.
#[derive(Debug)]
pub(super) enum LayerFault {
    /// From the reader below: the source or the decoder.
    Io(io::Error),
    /// The source cannot deliver, or a digest is wrong.
    Source(SourceError),
    /// The temporary file cannot be made or written.
    Spill(io::Error),
    /// The archive is malformed.
    Tar(String),
    /// Over a limit on one layer: what, the limit, its flag.
    Limit(&'static str, u64, &'static str),
    /// Over a limit on all layers together: what, the limit, its flag.
    Total(&'static str, u64, &'static str),
}

impl From<io::Error> for LayerFault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<SourceError> for LayerFault {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

impl LayerFault {
    /// The fault as an error of layer number `layer`.
    pub(super) fn in_layer(self, layer: u32) -> ImageError {
        match self {
            Self::Tar(detail) => ImageError::Tar { layer, detail },
            Self::Limit(what, limit, flag) => ImageError::LayerLimit {
                layer,
                what,
                limit,
                flag,
            },
            Self::Total(what, limit, flag) => ImageError::Limit { what, limit, flag },
            Self::Spill(error) => ImageError::Spill(error.to_string()),
            Self::Source(error) => ImageError::Source { layer, error },
            Self::Io(error) => match error.downcast::<SourceError>() {
                Ok(error) => ImageError::Source { layer, error },
                Err(error) => ImageError::Corrupt {
                    layer,
                    detail: error.to_string(),
                },
            },
        }
    }
}
