import { rpcErrors } from "@trellis/rpc";
import { expect, it } from "vitest";
import { trellisErrors } from "../errors.ts";
import { type Served, ThreadPeer } from "./ThreadPeer.ts";

interface Calls {
  double(value: bigint): Promise<bigint>;
  refuse(): void;
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Two sides that clone their messages. */
function connect(served: Served<Calls>) {
  const faults: unknown[] = [];
  const posted: unknown[] = [];
  const asking: ThreadPeer<Calls, object> = new ThreadPeer(
    (message) => {
      posted.push(message);
      void turn().then(() => serving.receive(structuredClone(message)));
    },
    {},
    () => {},
  );
  const serving: ThreadPeer<object, Calls> = new ThreadPeer(
    (message) => void turn().then(() => asking.expects(message) && asking.receive(structuredClone(message))),
    served,
    (error) => faults.push(error),
  );
  return { asking, serving, faults, posted };
}

const served: Served<Calls> = {
  double: async (value) => 2n * value,
  refuse() {
    throw rpcErrors.RPC_SHARD_UNKNOWN({ shard: "3", followed: "0 1" });
  },
};

it("answers calls, with codes and facts of errors", async () => {
  const { asking, faults } = connect(served);
  expect(await Promise.all([asking.ask("double", 2n), asking.ask("double", 3n)])).toEqual([4n, 6n]);
  const code = "RPC_SHARD_UNKNOWN";
  await expect(asking.ask("refuse")).rejects.toMatchObject({ code, facts: { shard: "3" } });
  asking.tell("refuse");
  await turn();
  await turn();
  expect(faults).toMatchObject([{ code }]);
});

it("expects only calls that it serves, and answers that it waits for", async () => {
  const { serving, asking } = connect(served);
  const call = { kind: "call", id: 1, name: "double", args: [] };
  expect(serving.expects(call)).toBe(true);
  for (const wrong of [null, "call", {}, { ...call, name: "toString" }, { ...call, args: 1 }])
    expect(serving.expects(wrong)).toBe(false);
  expect(asking.expects({ kind: "answer", id: 1, value: 0 })).toBe(false);
});

it("SHARD_HOST_FAILED: rejects waiting and later calls when the thread ends", async () => {
  const { asking, posted } = connect({ ...served, double: () => new Promise(() => {}) });
  const waiting = asking.ask("double", 1n);
  asking.fail(trellisErrors.SHARD_HOST_FAILED({ shard: 1 }));
  const code = "SHARD_HOST_FAILED";
  await expect(waiting).rejects.toMatchObject({ code });
  await expect(asking.ask("double", 1n)).rejects.toMatchObject({ code });
  asking.tell("refuse");
  expect(posted).toHaveLength(1);
});
