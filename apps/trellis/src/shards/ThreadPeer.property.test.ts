import fc from "fast-check";
import { expect, it } from "vitest";
import { ThreadPeer } from "./ThreadPeer.ts";

interface Calls {
  own(): number;
}

const message = fc.record(
  {
    kind: fc.oneof(fc.constantFrom("call", "answer", "refusal"), fc.anything()),
    id: fc.oneof(fc.nat(3), fc.anything()),
    name: fc.oneof(fc.constantFrom("own", "toString", "constructor", "__proto__"), fc.anything()),
    args: fc.oneof(fc.constant([]), fc.anything()),
    value: fc.anything(),
    error: fc.anything(),
  },
  { requiredKeys: [] },
);

it("EXEC-35: whatever a thread sends, only calls that are served and answers that are awaited pass", () => {
  fc.assert(
    fc.property(fc.oneof(message, fc.anything()), fc.nat(2), (sent, waiting) => {
      const peer = new ThreadPeer<Calls, Calls>(
        () => {},
        { own: () => 1 },
        () => {},
      );
      for (let id = 1; id <= waiting; id++) peer.ask("own").catch(() => {});
      if (!peer.expects(sent)) return;
      if (sent.kind === "call") expect(sent.name).toBe("own");
      else expect(sent.id).toBeLessThanOrEqual(waiting);
      peer.receive(sent);
    }),
  );
});
