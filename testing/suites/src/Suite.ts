/** Tests that another project wrote for its own code. */
export interface Suite {
  /** Also the archive's name. */
  readonly name: string;
  /** Folder in the archive in which the tests run. */
  readonly folder: string;
  /** Installs packages and compilers, and adds the files that change the network. */
  prepare(project: string): Promise<void>;
  command(run: SuiteRun): SuiteCommand;
  /** Hardhat's node, without its task's name. */
  hardhatNode(project: string): SuiteCommand;
  outcomesOf(result: string): readonly Outcome[];
}

export interface SuiteRun {
  readonly project: string;
  /** Test files in the project; none for all. */
  readonly files: readonly string[];
  /** File to which the tests write their outcomes. */
  readonly result: string;
}

/** The environment has `SUITE_RPC_URL` on the devnet, and lacks it on Hardhat's own network. */
export interface SuiteCommand {
  /** Arguments of Node.js. */
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export interface Outcome {
  /** With the titles of the groups around it. */
  readonly title: string;
  /** Undefined if the test passed. */
  readonly failure?: string;
}
