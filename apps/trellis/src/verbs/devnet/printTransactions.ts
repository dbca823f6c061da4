import { bytesToHex, type Clock } from "@trellis/base";
import {
  type AcceptedTransaction,
  type Address,
  type ChainBlock,
  type ChainView,
  jsonText,
} from "@trellis/protocol";
import { CONSOLE_ADDRESS, consoleText } from "./solidityConsole.ts";

interface PrintPorts {
  readonly chain: Pick<ChainView, "subscribe" | "simulation">;
  readonly clock: Clock;
  readonly print: (lines: string) => void;
}

/** Beyond it, transactions are only counted. */
const PER_SECOND_MAX = 20;
/** A trace of more characters is not searched. */
const TRACE_MAX = 1_000_000;
const WAITING_MAX = 50;
const TRACE_MS_MAX = 1_000;
const TRANSFER_GAS = 21_000n;
const TRACER = { kind: "call", onlyTopCall: false, withLog: false } as const;

/** Prints a line per transaction, and its `console.log`. Returns a function that ends it. */
export function printTransactions(
  { chain, clock, print }: PrintPorts,
  /** Of programs of the devnet itself. */
  hidden: ReadonlySet<Address>,
): () => void {
  let printing = Promise.resolve();
  let second = 0;
  let inSecond = 0;
  let left = 0;
  let waiting = 0;
  return chain.subscribe((event) => {
    if (event.kind !== "added") return;
    const { block } = event;
    for (const accepted of block.transactions) {
      if (hidden.has(accepted.sender)) continue;
      const now = Math.floor(clock.nowMs() / 1_000);
      if (now !== second) [second, inSecond] = [now, 0];
      if (++inSecond > PER_SECOND_MAX || waiting >= WAITING_MAX) {
        left++;
        continue;
      }
      const skipped = left;
      left = 0;
      waiting++;
      printing = printing.then(async () => {
        if (skipped > 0) print(`  … ${skipped} more transactions\n`);
        print(await linesOf({ chain, clock }, block, accepted));
        waiting--;
      });
    }
  });
}

async function linesOf(
  ports: Pick<PrintPorts, "chain" | "clock">,
  block: ChainBlock,
  { transaction, sender, receipt }: AcceptedTransaction,
): Promise<string> {
  const { hash, to, data } = transaction;
  const target = to ?? `new ${receipt.contractAddress}`;
  const selector = to === null || data.length < 4 ? "" : ` ${bytesToHex(data.subarray(0, 4))}`;
  const isFailed = receipt.status === 0;
  const frame = receipt.gasUsed > TRANSFER_GAS ? await traceOf(ports, block, hash) : undefined;
  const failure = isFailed ? `, failed: ${frame?.revertReason ?? frame?.error ?? "unknown"}` : "";
  const line = `  #${block.header.number} ${hash} ${sender} → ${target}${selector}, ${receipt.gasUsed} gas${failure}\n`;
  const texts = frame === undefined ? [] : consoleTexts(frame);
  return line + texts.map((text) => `    ${text.replaceAll("\n", "\n    ")}\n`).join("");
}

interface Frame {
  readonly to?: string;
  readonly input: string;
  readonly error?: string;
  readonly revertReason?: string;
  readonly calls?: readonly Frame[];
}

/** Undefined if the trace is too large or slow, or failed, for example because its state was dropped. */
async function traceOf(
  { chain: { simulation }, clock }: Pick<PrintPorts, "chain" | "clock">,
  { hash }: ChainBlock,
  transaction: AcceptedTransaction["transaction"]["hash"],
): Promise<Frame | undefined> {
  const endMs = clock.nowMs() + TRACE_MS_MAX;
  const cancellation = { signal: AbortSignal.timeout(TRACE_MS_MAX), isOver: () => clock.nowMs() >= endMs };
  try {
    const text = jsonText(await simulation.traceTransaction(hash, transaction, TRACER, cancellation));
    return text.length > TRACE_MAX ? undefined : ((JSON.parse(text) as Frame | null) ?? undefined);
  } catch {
    return undefined;
  }
}

function consoleTexts({ to, input, calls = [] }: Frame): string[] {
  const own = to === CONSOLE_ADDRESS ? consoleText(input) : undefined;
  return [...(own === undefined ? [] : [own]), ...calls.flatMap(consoleTexts)];
}
