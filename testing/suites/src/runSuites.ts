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

/** @returns exit code: 0 if exactly the known differences fail */
export async function runSuites(
  argv: readonly string[],
  directory: string,
  print: (line: string) => void,
): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: { own: { type: "boolean", default: false }, "rpc-url": { type: "string" } },
    allowPositionals: true,
  });
  const { own, "rpc-url": rpcUrl } = values;
  const [name, ...files] = positionals;
  const suites = SUITES.filter((suite) => name === "all" || suite.name === name);
  if (suites.length === 0) print(USAGE);
  let isExpected = suites.length > 0;
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
