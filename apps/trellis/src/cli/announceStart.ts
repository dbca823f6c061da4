import { eventLine } from "./eventLine.ts";

/** Their first line comes before their modules are loaded, which takes a second of processor time. */
const ANNOUNCED = ["devnet"];
const WITHOUT_START = ["--help", "-h", "help"];
const QUIET = /(?:^| )--log-level[= ](?:warn|error|fatal|silent)(?: |$)/;

interface AnnouncePorts {
  readonly stderr: { write(text: string): void; readonly isTerminal: boolean };
  readonly nowMs: number;
}

/** Written without the log, which is not loaded yet, in its format. */
export function announceStart(argv: readonly string[], { stderr, nowMs }: AnnouncePorts): void {
  const [verb = "", ...flags] = argv;
  if (!ANNOUNCED.includes(verb) || flags.some((flag) => WITHOUT_START.includes(flag))) return;
  if (QUIET.test(flags.join(" "))) return;
  const event = (): string => eventLine("process.starting", { module: "process", verb }, nowMs);
  stderr.write(stderr.isTerminal ? `Trellis ${verb} is starting\n` : event());
}
