//! Images in a registry (OCI distribution-spec).

mod credentials;
