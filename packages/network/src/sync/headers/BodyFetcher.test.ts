import { type Body, EMPTY_BODY } from "@trellis/protocol";
import { expect, it } from "vitest";
import type { PeerRequests } from "../../requests/PeerRequests.ts";
import { Backoffs } from "../Backoffs.ts";
import type { ReadyPeer } from "../handshake/Handshakes.ts";
import { mineMany } from "../testing/testChain.ts";
import { BodyFetcher } from "./BodyFetcher.ts";
import { HeaderWindow, withHashes } from "./HeaderWindow.ts";

const [block] = await mineMany(1, { payEvery: 1 });
const { header, body } = block!;

function open(bodies: Readonly<Record<string, Body | undefined>>) {
  const clock = { ms: 0, nowMs: () => clock.ms };
  const window = new HeaderWindow();
  window.pushPage(withHashes([header]), undefined)[0]!.isChecked = true;
  const asked: string[] = [];
  const reports: string[] = [];
  const requests = {
    async bodies(peer: string) {
      asked.push(peer);
      return [bodies[peer]];
    },
  } as unknown as PeerRequests;
  const hello = { sink: { blueWork: header.blueWork }, oldest: { number: 0 } };
  const peers = Object.keys(bodies).map((id) => ({ id, hello }) as ReadyPeer);
  const fetcher = new BodyFetcher({
    window,
    requests,
    guard: {
      report: (peer, offence) => void reports.push(`${peer} ${offence}`),
      credit() {},
      spend: () => true,
      isTrusted: () => true,
    },
    backoffs: new Backoffs(clock),
    clock,
    source: "a",
    confirmServesHistory: async () => true,
    peers: () => peers,
    arrived() {},
  });
  const pump = async (): Promise<boolean> => {
    clock.ms += 3_600_000;
    const result = fetcher.pump();
    await new Promise((resolve) => setImmediate(resolve));
    return result;
  };
  return { window, asked, reports, pump };
}

it.each([
  ["another body than the header's", EMPTY_BODY, "falseAnswer"],
  ["none", undefined, "falseClaim"],
])(
  "a peer that returned %s is not asked again: without others no peer is left [SYNC-12]",
  async (_, given, offence) => {
    const { asked, reports, pump, window } = open({ a: given });
    expect(await pump()).toBe(true);
    expect(await pump()).toBe(false);
    expect(asked).toEqual(["a"]);
    expect(reports).toEqual([`a ${offence}`]);
    expect(window.first?.body).toBeUndefined();
  },
);

it("requests a body from another peer when one does not return it [SYNC-12]", async () => {
  const { asked, pump, window } = open({ a: EMPTY_BODY, b: body });
  expect(await pump()).toBe(true);
  expect(await pump()).toBe(true);
  expect(asked).toEqual(["a", "b"]);
  expect(window.first?.body).toEqual(body);
});
