//! How each shape is called, and what a run leaves behind.

mod command;
mod component;
mod error;
mod flat;
mod kernel;
mod outcome;

pub use command::Running;
pub(crate) use command::command;
pub use component::{Instance, Invoked};
pub use error::RunError;
pub use kernel::Kernel;
pub use outcome::{Outcome, Run, Usage};

use crate::instance::Prepared;
use crate::toolkit::Shape;

impl Prepared {
    /// Whether this version runs toolkits of its shape.
    pub(crate) fn expect_shape(&self, wanted: Shape) -> Result<(), RunError> {
        match self.shape() {
            shape if shape == wanted => Ok(()),
            shape @ (Shape::Task | Shape::Federation | Shape::Posix) => {
                Err(RunError::NotAvailable { shape })
            }
            shape => Err(RunError::OtherShape { shape, wanted }),
        }
    }
}
