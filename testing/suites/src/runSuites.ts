import { parseArgs } from "node:util";
import { describeVerdict } from "./describeVerdict.ts";
import { judge } from "./judge.ts";
import { projectOf, sourceOf } from "./projectOf.ts";
import { outcomesOn, runSuite } from "./runSuite.ts";
import { SUITES } from "./suites.ts";

const USAGE = `usage: npm run suites -- NAME|all [FILE…] [--own | --rpc-url URL]
  --own      run on the own network of Hardhat or forge
  --rpc-url  run on another node, such as Anvil
suites: ${SUITES.map(({ name }) => name).join(", ")}`;

/** @returns exit code: 0 if exactly the known differences fail, 1 if others do, 2 if nothing was run */
export async function runSuites(
  argv: readonly string[],
  directory: string,
  print: (line: string) => void,
): Promise<number> {
  const { problem, help, own, rpcUrl, name = "", files } = readArguments(argv);
  const suites = SUITES.filter((suite) => name === "all" || suite.name === name);
  if (help || suites.length === 0) {
    if (!help) print(problem ?? (name === "" ? "no suite given" : `no suite ${name}`));
    print(USAGE);
    return help ? 0 : 2;
  }
  let isExpected = true;
  for (const suite of suites) {
    const source = sourceOf(suite);
    if (source === undefined) {
      print(`${suite.name}: skipped, because there is no archive; set TRELLIS_SUITES`);
      continue;
    }
    const options = { project: await projectOf(suite, source, directory), files };
    const verdict =
      own || rpcUrl !== undefined
        ? judge(await outcomesOn(rpcUrl, suite, options), {}, false)
        : await runSuite(suite, options);
    const network = own ? "its tool's own network" : (rpcUrl ?? "the devnet");
    for (const line of describeVerdict(suite.name, network, verdict)) print(line);
    isExpected &&= verdict.unexpectedFailures.length + verdict.unexpectedPasses.length === 0;
  }
  return isExpected ? 0 : 1;
}

interface Arguments {
  readonly problem?: string;
  readonly help: boolean;
  readonly own: boolean;
  readonly rpcUrl?: string | undefined;
  readonly name?: string | undefined;
  readonly files: readonly string[];
}

function readArguments(argv: readonly string[]): Arguments {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: {
        help: { type: "boolean", short: "h", default: false },
        own: { type: "boolean", default: false },
        "rpc-url": { type: "string" },
      },
      allowPositionals: true,
    });
    const { help, own, "rpc-url": rpcUrl } = values;
    const [name, ...files] = positionals;
    return { help, own, rpcUrl, name, files };
  } catch (error) {
    return { problem: (error as Error).message, help: false, own: false, files: [] };
  }
}
