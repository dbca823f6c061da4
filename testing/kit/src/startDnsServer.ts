import { createSocket } from "node:dgram";
import {
  decode,
  encode,
  type Packet,
  RECURSION_DESIRED,
  type StringAnswer,
  type TxtAnswer,
} from "dns-packet";

/** Text of TXT records, or IP addresses, by lower-case name. */
export type DnsRecords = Record<string, readonly string[]>;

export interface DnsServer {
  /** `IP:PORT`. */
  readonly address: string;
  /** May change while the server runs. */
  records: DnsRecords;
  /** Undefined: no answer. */
  respond: (answer: Packet) => Uint8Array | undefined;
  /** Names asked for, with repeats. */
  readonly asked: string[];
  stop(): Promise<void>;
}

const TEXT_BYTES_MAX = 255;
const NAME_ERROR = 3;

/** Real DNS over UDP on loopback. */
export async function startDnsServer(records: DnsRecords = {}): Promise<DnsServer> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const server: DnsServer = {
    address: `127.0.0.1:${socket.address().port}`,
    records,
    respond: encode,
    asked: [],
    stop: () => new Promise<void>((resolve) => socket.close(resolve)),
  };
  socket.on("message", (message, { port, address }) => {
    const { id, questions = [] } = decode(message);
    const [question] = questions;
    const [name, type] = [question!.name.toLowerCase(), question!.type];
    server.asked.push(name);
    const known = server.records[name];
    const answers = (known ?? []).flatMap((text) => answerOf(name, type, text));
    const flags = RECURSION_DESIRED | (known === undefined ? NAME_ERROR : 0);
    const bytes = server.respond({
      type: "response",
      ...(id === undefined ? {} : { id }),
      flags,
      questions,
      answers,
    });
    if (bytes !== undefined) socket.send(bytes, port, address);
  });
  return server;
}

function answerOf(name: string, type: string, text: string): (TxtAnswer | StringAnswer)[] {
  if (type === "TXT") {
    const bytes = Buffer.from(text);
    const count = Math.max(1, Math.ceil(bytes.length / TEXT_BYTES_MAX));
    const data = Array.from({ length: count }, (_part, at) =>
      bytes.subarray(at * TEXT_BYTES_MAX, (at + 1) * TEXT_BYTES_MAX),
    );
    return [{ name, type: "TXT", ttl: 0, data }];
  }
  if (type !== "A" && type !== "AAAA") return [];
  return text.includes(":") === (type === "AAAA") ? [{ name, type, ttl: 0, data: text }] : [];
}
