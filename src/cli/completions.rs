use anyhow::Result;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Output};

/// Print the completions of a shell, as in `griot completions bash > /etc/bash_completion.d/griot`
#[derive(Debug, Args)]
pub struct Completions {
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    pub fn run(self, out: &mut Output) -> Result<()> {
        // Into memory first: the generator panics where its writer fails.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "griot", &mut script);
        Ok(std::io::Write::write_all(out, &script)?)
    }
}
