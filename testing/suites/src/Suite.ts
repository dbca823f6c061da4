/** Tests that another project wrote for its own code. */
export interface Suite {
  /** Also the archive's name. */
  readonly name: string;
  /** Folder in the archive in which the tests run; undefined if a package holds the tests. */
  readonly folder?: string;
  /** Installs packages and compilers, and adds the files that change the network. */
  prepare(project: string): Promise<void>;
  command(run: SuiteRun): SuiteCommand;
  outcomesOf(result: string): readonly Outcome[];
}

export interface HardhatSuite extends Suite {
  /** Hardhat's node, without its task's name. */
  hardhatNode(project: string): SuiteCommand;
}

export interface SuiteRun {
  readonly project: string;
  /** Test files in the project; none for all. */
  readonly files: readonly string[];
  /** File to which the tests write their outcomes. */
  readonly result: string;
  /** Undefined for the own network of Hardhat or forge. */
  readonly rpcUrl: string | undefined;
}

/** The environment gets `SUITE_RPC_URL`, too. */
export interface SuiteCommand {
  /** Arguments of Node.js. */
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** The tests print their outcomes instead of writing the file. Default: false. */
  readonly printsResult?: boolean;
}

export interface Outcome {
  /** With the titles of the groups around it. */
  readonly title: string;
  /** Undefined if the test passed. */
  readonly failure?: string;
}
