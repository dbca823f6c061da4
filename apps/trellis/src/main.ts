import { askSecret } from "./cli/askSecret.ts";
import { runCli } from "./cli/runCli.ts";
import { COMMANDS } from "./verbs/commands.ts";

// A closed pipe (`| head`) is not a failure.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

// `bin/trellis.js` checks the Node.js version first.
const exitCode = await runCli(process.argv.slice(2), COMMANDS, {
  stdout: { write: (text) => process.stdout.write(text), isTerminal: process.stdout.isTTY === true },
  stderr: { write: (text) => process.stderr.write(text), isTerminal: process.stderr.isTTY === true },
  environment: process.env,
  askSecret: (question) => askSecret(question, { input: process.stdin, output: process.stderr }),
});
if (exitCode !== undefined) process.exit(exitCode);
