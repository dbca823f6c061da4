import { expect, it } from "vitest";
import { Connection } from "../guards/Connection.ts";
import { testSession } from "../testing/testSession.ts";
import { VirtualTime } from "../testing/VirtualTime.ts";
import { paceLargeMessages } from "./paceLargeMessages.ts";

const TOOK_MS = 30;

function open() {
  const time = new VirtualTime();
  const handled: number[] = [];
  const handle = paceLargeMessages(
    (message) => {
      handled.push(message[0]!);
      if (message.length > 1_000) time.advance(TOOK_MS);
      return `${message[0]}`;
    },
    { clock: time, scheduler: time },
  );
  const send = (name: number, bytes: number, session = testSession()) => {
    const message = Buffer.alloc(bytes);
    message[0] = name;
    return handle(message, session);
  };
  return { time, handled, send };
}

it("RPC-16: a large message waits as long as the previous one took, a small one does not wait", async () => {
  const { time, handled, send } = open();
  const answers = [1, 2, 3].map((name) => send(name, 100_000));
  expect(handled).toEqual([]);
  await turn();
  expect(handled).toEqual([1]);
  time.advance(TOOK_MS - 1);
  expect(handled).toEqual([1]);
  expect(send(9, 1_000)).toBe("9");
  time.advance(1);
  expect(handled).toEqual([1, 9, 2]);
  time.advance(TOOK_MS);
  expect(await Promise.all(answers)).toEqual(["1", "2", "3"]);
  const late = send(4, 100_000);
  time.advance(TOOK_MS - 1);
  expect(handled).toEqual([1, 9, 2, 3]);
  time.advance(1);
  expect(await late).toBe("4");
});

it("RPC-16: addresses alternate with large messages", async () => {
  const { time, handled, send } = open();
  const attacker = testSession({ address: "192.0.2.1", connection: new Connection() });
  for (const name of [1, 2, 3]) void send(name, 100_000, attacker);
  void send(7, 100_000, testSession({ address: "192.0.2.2", connection: new Connection() }));
  await turn();
  for (let pause = 0; pause < 3; pause++) time.advance(TOOK_MS);
  expect(handled).toEqual([1, 7, 2, 3]);
});

it("RPC-16: a large message of a disconnected client is not parsed", async () => {
  const { handled, send } = open();
  const session = testSession({ connection: new Connection() });
  const answer = send(1, 100_000, session);
  session.connection.end();
  await turn();
  expect(await answer).toBeUndefined();
  expect(handled).toEqual([]);
});

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
