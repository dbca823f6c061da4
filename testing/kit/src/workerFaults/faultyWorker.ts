// Runs the worker whose URL is the last argument, with a fault at one of its messages.
import { getEnvironmentData, parentPort, type Transferable } from "node:worker_threads";
import { FAULT_KEY, WORDS, WORKER_FAULTS, type WorkerFault } from "./WorkerFault.ts";

const words = new Int32Array(getEnvironmentData(FAULT_KEY) as SharedArrayBuffer);
const port = parentPort!;
const post = port.postMessage.bind(port);

port.postMessage = ((message: unknown, transfer?: readonly Transferable[]) => {
  const send = (changed: unknown): void => post(changed, (transfer ?? []) as Transferable[]);
  const isDue = Atomics.sub(words, WORDS.messagesLeft, 1) === 1;
  if (!isDue) return send(message);
  Atomics.store(words, WORDS.happened, 1);
  misbehave(WORKER_FAULTS[Atomics.load(words, WORDS.fault)]!, message, send);
}) as typeof port.postMessage;

void import(process.argv.at(-1)!);

function misbehave(fault: WorkerFault, message: unknown, send: (message: unknown) => void): void {
  switch (fault) {
    case "exits":
      process.exit(7);
      break;
    case "exits after it":
      send(message);
      process.exit(7);
      break;
    case "throws":
      throw new RangeError("as the test asked");
    case "hangs":
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      break;
    case "omits it":
      break;
    case "sends null":
      send(null);
      break;
    case "sends a text":
      send("garbage");
      break;
    case "sends an empty object":
      send({});
      break;
    case "sends it for another task":
      send(typeof message === "object" ? { ...message, id: 1_000_000 } : message);
      break;
    case "sends it twice":
      // A second question has no other meaning than the first.
      if (typeof message !== "object" || "id" in message!) post(message);
      send(message);
      break;
    case "cuts its bytes":
      send(changed(message, (bytes) => bytes.slice(1)));
      break;
    case "clears its bytes":
      send(changed(message, (bytes) => bytes.fill(0)));
      break;
    case "changes its numbers":
      send(changed(message, (bytes) => bytes));
      break;
  }
}

/** Changes the bytes and 64-bit numbers in a message, in place where its type permits. */
function changed(value: unknown, change: (bytes: Uint8Array) => Uint8Array): unknown {
  if (value instanceof ArrayBuffer) {
    const bytes = change(new Uint8Array(value));
    return bytes.buffer === value ? value : bytes.buffer;
  }
  if (value instanceof Uint8Array) return change(value);
  if (typeof value === "bigint") return value + 1n;
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  for (const [key, field] of Object.entries(value))
    (value as Record<string, unknown>)[key] = changed(field, change);
  return value;
}
