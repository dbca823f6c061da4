import { afterEach, expect, it } from "vitest";
import { openTap, type Tap } from "./testing/openTap.ts";
import { readServerHello } from "./testing/readServerHello.ts";
import { ECHO, type Started, startTransport } from "./testing/startTransport.ts";

const X25519_MLKEM768 = 0x11ec;
const TLS_1_3 = 0x0304;

const running: Started[] = [];
let tap: Tap | undefined;

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ transport }) => transport.stop()));
  await tap?.close();
});

it("LINK-2: two nodes negotiate TLS 1.3 and X25519MLKEM768, as the handshake on the wire shows", async () => {
  const [one, two] = [await startTransport(), await startTransport()];
  running.push(one, two);
  tap = await openTap(Number(/\/tcp\/(\d+)/.exec(two.address())![1]));
  await one.transport.dial(`/ip4/127.0.0.1/tcp/${tap.port}/p2p/${two.transport.self}`);
  const answer = await one.transport.request(two.transport.self, ECHO, Uint8Array.of(1), {
    timeoutMs: 5_000,
    answerBytesMax: 10,
  });
  expect(answer).toEqual(Uint8Array.of(1));

  const hello = readServerHello(tap.answered());
  expect(hello).toMatchObject({ version: TLS_1_3, group: X25519_MLKEM768 });
  expect(hello.shareBytes).toBe(1_088 + 32);
  expect(hello.cipherSuite >> 8).toBe(0x13);
});
