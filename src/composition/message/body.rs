#[derive(Debug, Clone)]
pub(super) struct Body;
