import { announceStart } from "./cli/announceStart.ts";

// A closed pipe (`| head`) is not a failure.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

// `bin/trellis.js` checks the Node.js version first.
const argv = process.argv.slice(2);
const outputOf = (stream: NodeJS.WriteStream) => ({
  write: (text: string | Uint8Array): void => void stream.write(text),
  isTerminal: stream.isTTY === true,
});
const [stdout, stderr] = [outputOf(process.stdout), outputOf(process.stderr)];
announceStart(argv, { stderr, nowMs: Date.now() });
const [{ askSecret }, { runCli }, { COMMANDS }] = await Promise.all([
  import("./cli/askSecret.ts"),
  import("./cli/runCli.ts"),
  import("./verbs/commands.ts"),
]);
const exitCode = await runCli(argv, COMMANDS, {
  stdout,
  stderr,
  environment: process.env,
  askSecret: (question) => askSecret(question, { input: process.stdin, output: process.stderr }),
});
if (exitCode !== undefined) process.exit(exitCode);
